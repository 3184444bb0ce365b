"""How fast whisper hears many messages: a loop of faster-whisper beside stacks of windows.

    python -m benchmarks.whisper_speed [--json benchmarks/results/whisper_speed.json]

The weights are random and of tiny.en's true size, made here with numpy: each message takes what a real one of
60 tokens takes, and its text depends on the sound, so that a mix-up would show. They say nothing about how
well real weights hear. The loop is `WhisperModel.transcribe` on all cores, message by message.

Contenders run in turn, round after round, in one process, and a ratio is taken within a round: other load on
the machine slows all of them. The rounds run once with glibc's allocator as it is, and once told to keep what
is freed (`keep_heap`), each in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

import aftertone as at
from aftertone.acoustics.audio import Recording
from aftertone.language.engines import WhisperOptions, load_engine
from aftertone.language.engines.windows import WINDOW_S
from benchmarks.machine import ROOT, machine
from benchmarks.tables import Table

WIDTH, HEADS, LAYERS = 384, 6, 4  # tiny.en
N_TEXT_TOKENS, N_TOKENS = 50_257, 60
ALIGNMENT_HEADS = [[1, 0], [2, 0], [2, 5], [3, 0], [3, 1], [3, 2], [3, 3], [3, 4]]  # tiny.en's
N_FRAMES, N_POSITIONS, N_MELS = 1500, 448, 80
STAMP_AT, END_AT = 0, 1  # dimensions that say: now a time stamp; now the end


def write_random_model(folder: Path) -> Path:
    """Random weights of tiny.en's size, which write 60 tokens: a time stamp, 58 of text, a time stamp."""
    from ctranslate2.specs import whisper_spec

    random = np.random.default_rng(0)
    tokenizer = _tokenizer()
    ids = tokenizer.get_vocab(with_added_tokens=True)
    tokens = sorted(ids, key=lambda token: ids[token])

    def drawn(*shape: int, spread: float = 0.02) -> NDArray[np.float32]:
        return random.standard_normal(shape, dtype=np.float32) * np.float32(spread)

    def make_linear(layer: Any, n_out: int, n_in: int, spread: float = 0.02) -> None:
        layer.weight, layer.bias = drawn(n_out, n_in, spread=spread), drawn(n_out)

    def make_norm(layer: Any) -> None:
        layer.gamma, layer.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    spec = whisper_spec.WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    for part in (spec.encoder, spec.decoder):
        make_norm(part.layer_norm)
        for layer in part.layer:
            make_linear(layer.self_attention.linear[0], 3 * WIDTH, WIDTH)
            make_linear(layer.self_attention.linear[1], WIDTH, WIDTH)
            make_linear(layer.ffn.linear_0, 4 * WIDTH, WIDTH)
            make_linear(layer.ffn.linear_1, WIDTH, 4 * WIDTH)
            make_norm(layer.self_attention.layer_norm)
            make_norm(layer.ffn.layer_norm)
    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = drawn(WIDTH, N_MELS, 3, spread=0.2), drawn(WIDTH)
    encoder.conv2.weight, encoder.conv2.bias = drawn(WIDTH, WIDTH, 3, spread=0.1), drawn(WIDTH)
    encoder.position_encodings.encodings = drawn(N_FRAMES, WIDTH, spread=0.1)
    for layer in decoder.layer:
        make_linear(layer.attention.linear[0], WIDTH, WIDTH, 0.1)
        make_linear(layer.attention.linear[1], 2 * WIDTH, WIDTH, 0.1)
        make_linear(layer.attention.linear[2], WIDTH, WIDTH, 0.05)  # so that the sound matters
        make_norm(layer.attention.layer_norm)
    decoder.embeddings.weight = drawn(len(tokens), WIDTH)
    decoder.scale_embeddings = False
    places = drawn(N_POSITIONS, WIDTH, spread=1.0)
    places[:, [STAMP_AT, END_AT]] = 0.0
    places[[0, N_TOKENS - 1], STAMP_AT] = 100.0
    places[N_TOKENS:, END_AT] = 100.0
    decoder.position_encodings.encodings = places
    weight, bias = drawn(len(tokens), WIDTH, spread=0.5), np.zeros(len(tokens), np.float32)
    stamp, end = ids["<|0.00|>"], ids["<|endoftext|>"]
    bias[end:] = -100.0  # no sign but at its time
    weight[end:] = 0.0
    weight[[stamp, stamp + 1400], STAMP_AT] = (40.0, 39.0)
    weight[end, END_AT] = 40.0
    decoder.projection.weight, decoder.projection.bias = weight, bias
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.alignment_heads, spec.config.lang_ids = ALIGNMENT_HEADS, []
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def _tokenizer() -> Any:
    """As many tokens as tiny.en's: bytes, made-up words, signs, time stamps."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    parts = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    made_up = (f"Ġ{a}{b}{c}" for a in parts for b in parts for c in parts)
    known = sorted(pre_tokenizers.ByteLevel.alphabet())
    known += [next(made_up) for _ in range(N_TEXT_TOKENS - 1 - len(known))]
    tokenizer = Tokenizer(
        models.BPE(vocab={text: i for i, text in enumerate(known)}, merges=[], ignore_merges=True)
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    signs = """endoftext startoftranscript en translate transcribe startoflm startofprev nospeech
        notimestamps""".split()  # noqa: SIM905 - a table to read
    tokenizer.add_special_tokens(
        [AddedToken(f"<|{each}|>", special=True, normalized=False) for each in signs]
    )
    stamps = [f"<|{i * 0.02:.2f}|>" for i in range(N_FRAMES + 1)]
    tokenizer.add_tokens([AddedToken(each, special=False, normalized=False) for each in stamps])
    return tokenizer


# ── contenders ───────────────────────────────────────────────────────────────────────────────────────

Texts = list[str]
Contender = Callable[[Sequence[Recording]], Texts]


def contenders(folder: Path, beam: int, cores: int, *, keep_heap: bool) -> dict[str, Contender]:
    """What hears all messages, by name; the loop first."""

    def ours(batch_size: int, workers: int, **more: Any) -> Contender:
        options = WhisperOptions(
            beam_size=beam, temperatures=(0.0,), guards=False, batch_size=batch_size, **more
        )
        engine: Any = load_engine(
            "whisper",
            model=folder,
            device="cpu",
            threads=1 if workers > 1 else cores,
            workers=workers,
            options=options,
            keep_heap=keep_heap,
        )
        return lambda given: [each.text for each in engine.transcribe_many(given)]

    stacked = {f"stacked by {size}": ours(size, 1) for size in (8, 16)}
    first: Any = load_engine("whisper", model=folder, device="cpu", threads=cores)
    model, suppressed = first._model, first._suppressed

    def loop(given: Sequence[Recording]) -> Texts:
        texts = []
        for each in given:
            segments, _ = model.transcribe(
                each.samples,
                language="en",
                beam_size=beam,
                temperature=0.0,
                condition_on_previous_text=False,
                suppress_tokens=suppressed,
                word_timestamps=True,
            )
            texts.append("".join(segment.text for segment in segments).strip())
        return texts

    def end_to_end(given: Sequence[Recording]) -> Texts:
        """faster-whisper's own batches, the messages laid end to end: its public way across files."""
        from faster_whisper import BatchedInferencePipeline

        rate_hz = given[0].rate_hz
        padded = [np.pad(each.samples, (0, -each.samples.size % 160)) for each in given]
        starts = np.cumsum([0, *(each.size for each in padded)])[:-1] / rate_hz
        clips = [
            {"start": float(start), "end": float(start + each.duration_s)}
            for start, each in zip(starts, given, strict=True)
        ]
        segments, _ = BatchedInferencePipeline(model).transcribe(
            np.concatenate(padded),
            language="en",
            beam_size=beam,
            temperature=0.0,
            suppress_tokens=suppressed,
            without_timestamps=False,
            word_timestamps=True,
            clip_timestamps=clips,
            batch_size=8,
        )
        texts = [""] * len(given)
        for segment in segments:
            texts[int(np.searchsorted(starts, segment.seek / 100 + 1e-6, side="right")) - 1] += segment.text
        return [text.strip() for text in texts]

    return {
        "loop of WhisperModel.transcribe": loop,
        "one after the other, a worker a core": ours(1, cores),
        **stacked,
        "end to end, faster-whisper's batches of 8": end_to_end,
        "stacked by 8, a worker a core": ours(8, cores),
        "stacked by 16, a worker a core": ours(16, cores),
        "stacked by 8, a worker a core, short input": ours(8, cores, short_input=True),
    }


def measured(folder: Path, beam: int, rounds: int, count: int, *, keep_heap: bool) -> dict[str, Any]:
    """Messages a second of each contender, and its ratio to the loop, median over rounds."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    recordings = [at.read_audio(path) for path in sorted((ROOT / "sample_audio").glob("*.flac"))]
    recordings = [each for each in recordings if each.duration_s <= WINDOW_S][:count]
    entries = contenders(folder, beam, cores, keep_heap=keep_heap)
    expected = next(iter(entries.values()))(recordings)
    took_s: dict[str, list[float]] = {name: [] for name in entries}
    cpu_s: dict[str, list[float]] = {name: [] for name in entries}
    same = {}
    for _ in range(rounds):
        for name, hear in entries.items():
            started_s, used_s = time.perf_counter(), time.process_time()
            texts = hear(recordings)
            took_s[name].append(time.perf_counter() - started_s)
            cpu_s[name].append(time.process_time() - used_s)
            same[name] = sum(a == b for a, b in zip(texts, expected, strict=True))
    loop_s = next(iter(took_s.values()))
    ratios = {name: [a / b for a, b in zip(loop_s, each, strict=True)] for name, each in took_s.items()}
    return {
        "cores": cores,
        "messages": len(recordings),
        "audio_s": round(sum(each.duration_s for each in recordings), 1),
        "different_texts": len(set(expected)),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "contenders": {
            name: {
                "cpu_s_per_message": round(min(cpu_s[name]) / len(recordings), 3),
                "messages_per_s": round(len(recordings) / median(took_s[name]), 2),
                "over_the_loop": round(median(ratios[name]), 2),
                "range": [round(min(ratios[name]), 2), round(max(ratios[name]), 2)],
                "same_text": same[name],
            }
            for name in entries
        },
    }


def main() -> None:
    """Measure and print; with --json, record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=16)
    parser.add_argument("--beams", type=int, nargs="+", default=[1, 5])
    parser.add_argument("--alone", nargs=3, metavar=("FOLDER", "BEAM", "HEAP"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.alone:
        folder, beam, heap = args.alone
        found = measured(Path(folder), int(beam), args.rounds, args.messages, keep_heap=heap == "kept")
        print(json.dumps(found))
        return
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as made:
        folder = str(write_random_model(Path(made, "random-tiny.en")))
        for beam in args.beams:
            for heap in ("kept", "default"):
                command = [
                    sys.executable,
                    "-m",
                    "benchmarks.whisper_speed",
                    "--alone",
                    folder,
                    str(beam),
                    heap,
                ]
                command += ["--rounds", str(args.rounds), "--messages", str(args.messages)]
                done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
                found = results[f"beam {beam}, heap {heap}"] = json.loads(done.stdout)
                title = f"beam {beam}, heap {heap}: {found['peak_memory_mb']} MB at most"
                columns = ("messages/s", "over the loop", "least", "most", "CPU s a message")
                shown = Table(title, {**dict.fromkeys(columns, ".2f"), "same text": "d"})
                for name, each in found["contenders"].items():
                    low, high = each["range"]
                    shown.add(
                        name,
                        rate=each["messages_per_s"],
                        ratio=each["over_the_loop"],
                        low=low,
                        high=high,
                        cpu=each["cpu_s_per_message"],
                        same=each["same_text"],
                    )
                print(shown.markdown())
    if args.json:
        record = {"machine": machine(), "rounds": args.rounds, "weights": "random, of tiny.en's size, int8"}
        args.json.write_text(json.dumps({**record, "results": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
