"""How fast whisper hears many messages: a loop of faster-whisper beside stacks of windows.

    python -m benchmarks.whisper_speed [--json benchmarks/results/whisper_speed.json] [--device cuda]
    python -m benchmarks.whisper_speed --show benchmarks/results/whisper_speed.json [--readme README.md]

The weights are random and of tiny.en's true size, made here with numpy: each message takes what a real one of
60 tokens takes, and its text depends on the sound, so that a mix-up would show. They say nothing about how
well real weights hear. The loop is `WhisperModel.transcribe` on all cores, message by message.

Each contender is a process of its own (or one for each core), kept alive: cold is from its start to its first
text, imports and loading included. Then all hear the same messages in turn, round after round, and a ratio is
taken within a round: other load on the machine slows all of them. What a message costs the processor is the
least of the rounds.
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
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

import aftertone as at
from aftertone.acoustics.audio import Recording
from aftertone.bench.machine import LoadMeter
from aftertone.language.engines import WhisperOptions, load_engine
from aftertone.language.engines.windows import WINDOW_S
from aftertone.workers import core_count
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


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to hear all messages.

    Attributes
    ----------
    name : str
    way : {"loop", "end to end", "ours"}
    batch_size, workers, threads : int
        Windows decoded at once; stacks side by side; threads of each.
    processes : int
        Each with its share of the messages.
    keep_heap, short_input : bool
    instructions : str
        What CTranslate2 is held to (CT2_FORCE_CPU_ISA); empty leaves it the choice.
    """

    name: str
    way: str = "ours"
    batch_size: int = 8
    workers: int = 1
    threads: int = 1
    processes: int = 1
    keep_heap: bool = True
    short_input: bool = False
    instructions: str = ""


LOOP = "loop of WhisperModel.transcribe"
IN_README = {  # contender -> what it is called there
    LOOP: "loop of `WhisperModel.transcribe`",
    "stacked by 8, one worker of one thread": "aftertone on one core",
    "stacked by 8, a worker a core": "aftertone, jobs 1: a worker a core",
    "stacked by 8, a process a core": "aftertone, jobs 2: a process a core",
}
README_MARKS = ("<!-- whisper speed -->\n", "<!-- /whisper speed -->\n")


def contenders(device: str) -> list[Contender]:
    """What hears all messages; the loop first."""
    cores = core_count()
    loop = Contender(LOOP, "loop", threads=cores, keep_heap=False)
    end_to_end = "end to end, faster-whisper's batches of 8"
    if device == "cuda":
        stacks = [Contender(f"stacked by {size}", batch_size=size) for size in (1, 8, 16, 32)]
        return [loop, Contender(end_to_end, "end to end"), *stacks]
    side_by_side = [
        Contender(f"stacked by {size}, a worker a core", batch_size=size, workers=cores)
        for size in (1, 4, 8, 16)
    ]
    return [
        loop,
        Contender("loop, one thread", "loop", threads=1, keep_heap=False),
        Contender("stacked by 8, one worker of one thread"),
        Contender("stacked by 8, one worker of all cores", threads=cores),
        Contender(end_to_end, "end to end", threads=cores),
        *side_by_side,
        Contender("stacked by 8, a worker a core, heap as it is", workers=cores, keep_heap=False),
        Contender("stacked by 8, a process a core", processes=cores),
        Contender("stacked by 8, a worker a core, AVX-512", workers=cores, instructions="AVX512"),
        Contender("stacked by 8, a worker a core, short input", workers=cores, short_input=True),
    ]


def hearer(
    contender: Contender, folder: str, beam: int, device: str
) -> Callable[[Sequence[Recording]], Texts]:
    """What hears messages as the contender does."""
    options = WhisperOptions(
        beam_size=beam,
        temperatures=(0.0,),
        guards=False,
        batch_size=contender.batch_size,
        short_input=contender.short_input,
    )
    engine: Any = load_engine(
        "whisper",
        model=folder,
        device=device,
        threads=contender.threads,
        workers=contender.workers,
        options=options,
        keep_heap=contender.keep_heap,
    )
    model, suppressed = engine._model, engine._suppressed

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
            batch_size=contender.batch_size,
        )
        texts = [""] * len(given)
        for segment in segments:
            texts[int(np.searchsorted(starts, segment.seek / 100 + 1e-6, side="right")) - 1] += segment.text
        return [text.strip() for text in texts]

    def stacked(given: Sequence[Recording]) -> Texts:
        return [each.text for each in engine.transcribe_many(given)]

    return {"loop": loop, "end to end": end_to_end, "ours": stacked}[contender.way]


def messages(count: int) -> list[Recording]:
    """The first so many messages of sample_audio that are one window."""
    recordings = (at.read_audio(path) for path in sorted((ROOT / "sample_audio").glob("*.flac")))
    return [each for each in recordings if each.duration_s <= WINDOW_S][:count]


def run_alone(order: dict[str, Any]) -> None:
    """Be a contender's process: say when ready, then hear the messages at each line of standard input."""
    contender = Contender(**order["contender"])
    recordings = messages(order["count"])[order["share"] :: contender.processes]
    hear = hearer(contender, order["folder"], order["beam"], order["device"])
    hear(recordings[:1])
    print(json.dumps("ready"), flush=True)
    for _ in sys.stdin:
        used_s = time.process_time()
        texts = hear(recordings)
        used = {"texts": texts, "cpu_s": time.process_time() - used_s}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps({**used, "peak_memory_mb": peak}), flush=True)


class Running:
    """A contender, in processes of its own."""

    def __init__(self, contender: Contender, folder: str, beam: int, device: str, count: int) -> None:
        self.contender = contender
        environment = dict(os.environ)
        environment.pop("OMP_NUM_THREADS", None)  # it would hold the loop to fewer threads than it asks for
        if contender.instructions:
            environment["CT2_FORCE_CPU_ISA"] = contender.instructions
        order = {"folder": folder, "beam": beam, "device": device, "count": count}
        started_s = time.perf_counter()
        self._processes = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "benchmarks.whisper_speed", "--alone"),
                    json.dumps({**order, "contender": asdict(contender), "share": share}),
                ],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for share in range(contender.processes)
        ]
        self._answers()
        self.cold_s = time.perf_counter() - started_s
        self.took_s: list[float] = []
        self.cpu_s: list[float] = []
        self.peak_memory_mb = 0
        self.texts: Texts = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.communicate()  # the end of its input is its end

    def hear(self) -> None:
        """One round."""
        started_s = time.perf_counter()
        for process in self._processes:
            assert process.stdin is not None
            print("hear", file=process.stdin, flush=True)
        answers = self._answers()
        self.took_s.append(time.perf_counter() - started_s)
        self.cpu_s.append(sum(each["cpu_s"] for each in answers))
        self.peak_memory_mb = sum(each["peak_memory_mb"] for each in answers)
        shares = [each["texts"] for each in answers]
        self.texts = [shares[i % len(shares)][i // len(shares)] for i in range(sum(map(len, shares)))]

    def _answers(self) -> list[Any]:
        answers = []
        for process in self._processes:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise SystemExit(f"{self.contender.name}: its process died")
            answers.append(json.loads(line))
        return answers


def measured(
    folder: str, beam: int, device: str, rounds: int, count: int, only: Sequence[str]
) -> dict[str, Any]:
    """Messages a second of each contender, and its ratio to the loop, median over rounds."""
    recordings = messages(count)
    entries = [each for each in contenders(device) if each.name == LOOP or not only or each.name in only]
    meter = LoadMeter()
    with ExitStack() as stack:
        running = [
            stack.enter_context(Running(each, folder, beam, device, len(recordings))) for each in entries
        ]
        for _ in range(rounds):
            for each in running:
                each.hear()
    load = meter.load()
    loop = running[0]
    found = {}
    for each in running:
        ratios = [a / b for a, b in zip(loop.took_s, each.took_s, strict=True)]
        cpu_ratios = [a / b for a, b in zip(loop.cpu_s, each.cpu_s, strict=True)]
        found[each.contender.name] = {
            "cpu_s_per_message": round(min(each.cpu_s) / len(recordings), 3),
            "cores_busy": round(median(a / b for a, b in zip(each.cpu_s, each.took_s, strict=True)), 2),
            "messages_per_s": round(len(recordings) / median(each.took_s), 2),
            "over_the_loop": round(median(ratios), 2),
            "range": [round(min(ratios), 2), round(max(ratios), 2)],
            "cpu_under_the_loop": round(median(cpu_ratios), 2),
            "cold_s": round(each.cold_s, 2),
            "peak_memory_mb": each.peak_memory_mb,
            "same_text": sum(a == b for a, b in zip(each.texts, loop.texts, strict=True)),
        }
    return {
        "cores": core_count(),
        "messages": len(recordings),
        "audio_s": round(sum(each.duration_s for each in recordings), 1),
        "different_texts": len(set(loop.texts)),
        "load": load.note,
        "contenders": found,
    }


COLUMNS = {
    "messages/s": ".2f",
    "times real time": ".0f",
    "over the loop": ".2f",
    "least and most": "",
    "CPU s a message": ".3f",
    "cores busy": ".2f",
    "cold s": ".1f",
    "MB": "d",
    "same text": "d",
}


def tables(record: dict[str, Any]) -> list[Table]:
    """A table for each beam of a record, contenders as rows."""
    made = []
    for beam, found in record["results"].items():
        on = f"{found['messages']} messages of {found['audio_s']} s, {found['cores']} cores"
        made.append(Table(f"{beam}, {record['device']}: {on}", COLUMNS, found["load"]))
        for name in found["contenders"]:
            made[-1].add(name, **_cells(found, name))
    return made


def readme_block(record: dict[str, Any]) -> str:
    """What the README shows of a record."""
    table = Table("", COLUMNS)
    for beam, found in record["results"].items():
        for name, told in IN_README.items():
            table.add(f"{beam}: {told}", **_cells(found, name))
    notes = {found["load"].capitalize() + ".\n" for found in record["results"].values() if found["load"]}
    rows = table.markdown().partition("\n\n")[2]
    return f"{rows.rstrip()}\n" + "".join(f"\n{note}" for note in sorted(notes)[-1:])


def _cells(found: dict[str, Any], name: str) -> dict[str, Any]:
    each = found["contenders"][name]
    low, high = each["range"]
    return {
        "rate": each["messages_per_s"],
        "times": each["messages_per_s"] * found["audio_s"] / found["messages"],
        "ratio": each["over_the_loop"],
        "range": f"{low:.2f} to {high:.2f}",
        "cpu": each["cpu_s_per_message"],
        "busy": each["cores_busy"],
        "cold": each["cold_s"],
        "memory": each["peak_memory_mb"],
        "same": each["same_text"],
    }


def main() -> None:
    """Measure and print; with --json, record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=16)
    parser.add_argument("--beams", type=int, nargs="+", default=[1, 5])
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="beside the loop")
    parser.add_argument("--show", type=Path, help="print a record, and measure nothing")
    parser.add_argument("--readme", type=Path, help="write what it shows between its marks")
    parser.add_argument("--alone", type=json.loads, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.alone:
        run_alone(args.alone)
        return
    if args.show:
        record = json.loads(args.show.read_text())
    else:
        with tempfile.TemporaryDirectory() as made:
            folder = str(write_random_model(Path(made, "random-tiny.en")))
            results = {
                f"beam {beam}": measured(folder, beam, args.device, args.rounds, args.messages, args.only)
                for beam in args.beams
            }
        record = {
            "machine": machine(),
            "device": args.device,
            "rounds": args.rounds,
            "weights": "random, of tiny.en's size, int8",
            "results": results,
        }
    for each in tables(record):
        print(each.markdown())
    if args.json:
        args.json.write_text(json.dumps(record, indent=2) + "\n")
    if args.readme:
        before, first, rest = args.readme.read_text().partition(README_MARKS[0])
        _, last, after = rest.partition(README_MARKS[1])
        args.readme.write_text(f"{before}{first}{readme_block(record)}{last}{after}")


if __name__ == "__main__":
    main()
