"""A plain script that transcribes voicemails with faster-whisper.

    python -m benchmarks.plain_script MODEL FILE...

`benchmarks.whole_process` compares aftertone with it, on all cores. int8 is aftertone's default arithmetic.
faster-whisper's default on a CPU is float32, which takes four times as long.
"""

import sys

from faster_whisper import WhisperModel

model = WhisperModel(sys.argv[1], compute_type="int8")
for path in sys.argv[2:]:
    segments, _ = model.transcribe(path, beam_size=5, word_timestamps=True)
    print(path, "".join(segment.text for segment in segments), flush=True)
