"""Measures of the signal alone, without words.

Read in this order: `audio` (a file becomes a `Recording`), `spectrum` (frame grid and short-time spectrum),
`frames` (features of each frame, from one pass), then the measures that read the frames: `level`, `pitch`,
`nuclei`, `vad`, `tones`, `filled_pauses`. `analysis` runs all of them.
"""
