"""The script that one would write today: text out of a folder of voicemails, with faster-whisper.

    python -m benchmarks.plain_script MODEL FILE...

It is what aftertone is timed against (`benchmarks.whole_process`), on all cores, as faster-whisper comes.
"""

import sys

from faster_whisper import WhisperModel

model = WhisperModel(sys.argv[1])
for path in sys.argv[2:]:
    segments, _ = model.transcribe(path, beam_size=5, word_timestamps=True)
    print(path, "".join(segment.text for segment in segments), flush=True)
