"""What can be measured in the sound alone.

Read in this order: `audio` (a file becomes a `Recording`), `spectrum` (the frame grid and the one
short-time spectrum), `frames` (the one pass over it), then the measures that read those frames:
`level`, `pitch`, `vad`, `pauses`, `nuclei`, `tones`, `filled_pauses`; `sound` joins them.
Nothing here knows of words.
"""
