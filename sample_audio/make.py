"""Make the practice voicemails: audio, truth and metadata.csv, from scripts.toml.

::

    python -m sample_audio.make                      # all messages, about twenty minutes on one core
    python -m sample_audio.make --only hang_up       # one message, and metadata.csv

Each line of a script is synthesised by itself and placed at a chosen time. So the time of every word, digit,
filler and pause is known. Edges of words beside a silence are taken from the clean voice, before noise is
added: a word starts and ends where the level crosses `kokoro.EDGE_DB`.

It needs pyworld, and what `aftertone.synthesis.packages` names. The same versions on the same processor
write the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from aftertone import read_audio
from aftertone.errors import SynthesisError
from aftertone.synthesis.kokoro import Samples
from aftertone.synthesis.phones import FILLERS
from sample_audio.annotations import number_of, pauses, restarts, span, spoken_digits, timed_words, turns
from sample_audio.phone_numbers import grouped
from sample_audio.script import CODEC, HERE, Message, messages
from sample_audio.sound import (
    BEEP_S,
    MUSIC_DBOV,
    Track,
    at_level,
    beep,
    click,
    in_pocket,
    music,
    noise,
    pieces_of,
    telephone_band,
    with_echo,
)

AMR_BITS_PER_S, OPUS_BITS_PER_S = 12_200, 32_000
COLUMNS = (
    *("file_name", "transcript", "voice", "playbook", "recipient", "caller", "company", "number"),
    *("caller_id", "region", "recorded_at", "script"),
)


def rendered(message: Message) -> tuple[Samples, dict[str, Any]]:
    """The recording of a message, and its truth."""
    rate_hz = message.rate_hz
    track = Track(rate_hz)
    greeting = tone = held = None
    if message.greeting:
        track.now_s = 0.4
        pieces = pieces_of(message, message.lines(message.greeting, message.greeting_voice))
        starts_s = track.add_lines(pieces)
        greeting = {
            **span(starts_s[0], track.now_s),
            "text": " ".join(piece.line.text for piece in pieces),
            "words": timed_words(pieces, starts_s),
        }
        track.now_s += 0.6
    if message.beep:
        tone = span(*track.add(beep(rate_hz), BEEP_S))
    if message.music_s:
        sound = music(message.music_s, rate_hz)
        sound = telephone_band(sound, rate_hz) if message.is_telephone else sound
        sound = at_level(sound, MUSIC_DBOV)
        held = span(*track.add(sound, message.music_s))
    track.now_s += message.lead_s
    pieces = pieces_of(message, message.own_lines) if message.own_lines else []
    starts_s = track.add_lines(pieces)
    ends_s = [start_s + piece.audible_s for piece, start_s in zip(pieces, starts_s, strict=True)]
    for click_s in message.clicks_s:
        track.sounds.append((click_s, click(rate_hz)))
    if message.rustle:
        sound = in_pocket(message)
        track.sounds.append((0.0, sound))
        track.now_s = sound.size / rate_hz
    else:
        track.now_s += message.trail_s
    mix = track.mixed()
    mix = with_echo(mix, rate_hz) if message.far else mix
    mix = (mix + noise(message, mix.size)) * 10 ** (message.drive_db / 20)
    words = timed_words(pieces, starts_s)
    digits = spoken_digits(pieces, starts_s)
    own = [digit for digit in digits if digit["mark"] != "x"]
    length_s = ends_s[-1] - starts_s[0] if pieces else None
    return np.clip(mix, -1, 1 - 2**-15), {
        "file": message.file_name,
        "kind": message.kind,
        "condition": message.condition_name,
        "codec": CODEC[message.format],
        "language": message.language,
        "transcript": message.transcript,
        "duration_s": 0.0,
        "message": span(starts_s[0], ends_s[-1]) if pieces else None,
        "greeting": greeting,
        "beep": tone,
        "music": held,
        "turns": turns(pieces, starts_s) if message.kind == "conversation" else None,
        "words": words,
        "digits": [
            {**{k: v for k, v in digit.items() if k != "mark"}, "reading": int(digit["mark"].rstrip("a"))}
            for digit in own
        ],
        "number": number_of(own),
        "other_numbers": ["".join(d["digit"] for d in digits if d["mark"] == "x")] if message.other else [],
        "fillers": [
            {"form": w["text"].lower(), "start_s": w["start_s"], "end_s": w["end_s"]}
            for w in words
            if w["text"].lower() in FILLERS
        ],
        "restarts": restarts(pieces, starts_s),
        "pauses": pauses(pieces, starts_s),
        "words_per_min": round(60 * len(words) / length_s, 1) if length_s else None,
        "level_dbov": round(message.level_dbov + message.drive_db, 1) if pieces else None,
        "noise_dbov": round(message.noise_dbov + message.drive_db, 1),
        "playbook": message.playbook,
        "verdicts": {"meets": list(message.meets), "misses": list(message.misses)},
        "intent": message.intent,
        "recipient": message.recipient or None,
        "caller": message.caller or None,
        "company": message.company or None,
        "region": message.region,
        "voice": message.voice if pieces else None,
    }


def encoded(samples: Samples, rate_hz: int, codec: str, container: str, bits_per_s: int) -> bytes:
    """A recording compressed by FFmpeg. libsndfile would give an Ogg stream a random serial number."""
    import av

    target = io.BytesIO()
    with av.open(target, "w", format=container, options={"fflags": "+bitexact"}) as output:
        stream = output.add_stream(codec, rate=rate_hz)
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = bits_per_s
        stream.codec_context.layout = "mono"
        stream.codec_context.options = {"flags": "+bitexact"}
        pcm = np.round(samples * 2**15).clip(-(2**15), 2**15 - 1).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate = rate_hz
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            output.mux(packet)
    return target.getvalue()


def write_audio(path: Path, samples: Samples, message: Message) -> None:
    """Write a recording in the message's format."""
    if message.format == "opus":
        path.write_bytes(encoded(samples, message.rate_hz, "libopus", "ogg", OPUS_BITS_PER_S))
    elif message.format == "amr":
        path.write_bytes(encoded(samples, message.rate_hz, "libopencore_amrnb", "amr", AMR_BITS_PER_S))
    else:
        kind, subtype = {
            "flac": ("FLAC", "PCM_16"),
            "ulaw": ("WAV", "ULAW"),
            "gsm": ("WAV", "GSM610"),
            "mp3": ("MP3", "MPEG_LAYER_III"),
        }[message.format]
        smallest = {"compression_level": 1.0} if kind == "FLAC" else {}
        soundfile.write(path, samples, message.rate_hz, format=kind, subtype=subtype, **smallest)


def write_message(message: Message, folder: Path) -> dict[str, Any]:
    """Write audio and truth of one message; returns the truth."""
    samples, truth = rendered(message)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    path = folder / message.file_name
    write_audio(path, samples, message)
    truth["duration_s"] = read_audio(path).duration_s  # codecs fill their last frame
    text = json.dumps(truth, indent=1, ensure_ascii=False)
    text = re.sub(r"\{\s+([^{}\[\]]+?)\s+\}", lambda m: "{" + re.sub(r"\s*\n\s*", " ", m[1]) + "}", text)
    (folder / "truth" / f"{message.name}.json").write_text(text + "\n", encoding="utf-8")
    return truth


def write_metadata(every: Sequence[Message], folder: Path) -> None:
    """Write metadata.csv, in the audiofolder convention with the columns of a brief."""
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for message in every:
            own = {name: getattr(message, name) for name in COLUMNS if hasattr(message, name)}
            own["number"] = _written(message) if message.brief_number else ""
            own["caller_id"] = message.digits if message.caller_id else ""
            own["script"] = message.transcript if message.on_script else ""
            own["voice"] = message.voice if message.own_lines else ""
            writer.writerow(own)


def _written(message: Message) -> str:
    """The number as a brief has it: without spaces in the US, in groups elsewhere."""
    groups = grouped(message.digits, message.plan)
    return ("" if message.region == "US" else " ").join(groups)


def write_table(every: Sequence[Message], folder: Path) -> None:
    """Write the table of messages in README.md."""
    rows = ["| file | what it is | playbook | voice | s | number |", "|---|---|---|---|---|---|"]
    rows += [
        row_of(message, json.loads((folder / "truth" / f"{message.name}.json").read_text("utf-8")))
        for message in every
    ]
    path = folder / "README.md"
    before, _, rest = path.read_text(encoding="utf-8").partition("<!-- messages -->\n")
    after = rest[rest.index("<!-- /messages -->") :]
    table = "\n".join(rows)
    path.write_text(f"{before}<!-- messages -->\n{table}\n{after}", encoding="utf-8")


def row_of(message: Message, truth: Mapping[str, Any]) -> str:
    """The row of a message in README.md."""
    number = truth["number"]
    reading = ""
    if number:
        readings = number["each_reading"]
        same = f"{len(readings)} × {readings[0]}" if number["agree"] else " / ".join(readings)
        reading = f"{same}, {number['digits_per_s']:.1f}/s"
    seconds = f"{truth['duration_s']:.0f}"
    cells = (message.file_name, message.intent, message.playbook, message.voice, seconds, reading)
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Make the messages; print the row of each in README.md."""
    parser = argparse.ArgumentParser(description="Make the practice voicemails from scripts.toml.")
    parser.add_argument("--only", metavar="NAME", nargs="+", help="make these messages alone")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to (default: this one)")
    options = parser.parse_args()
    every = messages()
    names = [message.name for message in every]
    if unknown := set(options.only or ()) - set(names):
        parser.error(f"no message {unknown.pop()!r} in scripts.toml; there are {', '.join(names)}")
    chosen = [message for message in every if not options.only or message.name in options.only]
    try:
        for message in chosen:
            print(row_of(message, write_message(message, options.out)), flush=True)
    except (SynthesisError, OSError) as error:
        sys.exit(str(error))
    if options.out.resolve() == HERE:
        write_metadata(every, HERE)
        write_table(every, HERE)
    else:
        write_metadata(chosen, options.out)


if __name__ == "__main__":
    main()
