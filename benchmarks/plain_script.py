"""The script that one would write today: text out of a folder of voicemails, with faster-whisper.

    python -m benchmarks.plain_script MODEL FILE...

It is what aftertone is timed against (`benchmarks.whole_process`), on all cores. int8 is the arithmetic
that aftertone has by default; faster-whisper as it comes takes float32 on a CPU, four times as long.
"""

import sys

from faster_whisper import WhisperModel

model = WhisperModel(sys.argv[1], compute_type="int8")
for path in sys.argv[2:]:
    segments, _ = model.transcribe(path, beam_size=5, word_timestamps=True)
    print(path, "".join(segment.text for segment in segments), flush=True)
