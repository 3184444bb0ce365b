"""``aftertone bench``: the speed of the pipeline, and its accuracy where the truth is known."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aftertone.cli.options import transcripts_option
from aftertone.cli.terminal import DefaultGroup, notify

if TYPE_CHECKING:
    from rich.console import Console

    from aftertone.bench.record import Benchmark, EngineResult


@click.group(
    cls=DefaultGroup,
    bare="run",
    default="run",
    subcommand_metavar="[CORPUS…] [OPTIONS] | compare A.json B.json",
)
def bench() -> None:
    """Measure the speed and the accuracy on a corpus; see `aftertone bench run --help`.

    \b
    Examples:
      aftertone bench                                  the messages in sample_audio
      aftertone bench calls/ --engine none --jobs 1    the sound alone
      aftertone bench calls/ --engine whisper:base --engine whisper:tiny.en --json now.json
      aftertone bench compare before.json now.json
    """


@bench.command()
@click.argument("corpus", nargs=-1)
@click.option(
    "--engine",
    "engines",
    multiple=True,
    default=("auto",),
    metavar="NAME[:MODEL]",
    help="auto, whisper, replay, or none for the sound alone. whisper:small.en names a model. May be given "
    "several times, to compare engines. No weights are downloaded. [default: auto]",
)
@transcripts_option
@click.option(
    "--jobs",
    "-j",
    multiple=True,
    type=click.IntRange(1),
    help="The number of processes. May be given several times. [default: 1, 2, 4 … up to the cores]",
)
@click.option(
    "--repeats",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="The number of passes. They give the spread of each figure.",
)
@click.option("--repeat", "copies", type=click.IntRange(1), default=1, help="Repeat each message so often.")
@click.option("--shuffle", is_flag=True, help="Use a random order, the same each time.")
@click.option(
    "--json", "out", type=click.Path(path_type=Path), help="Store all figures of all passes in this file."
)
@click.option("--quiet", "-q", is_flag=True, help="Print no line after each pass.")
def run(
    corpus: tuple[str, ...],
    engines: tuple[str, ...],
    transcripts: Path | None,
    jobs: tuple[int, ...],
    repeats: int,
    copies: int,
    shuffle: bool,
    out: Path | None,
    quiet: bool,
) -> None:
    """Review a corpus as users do, and print the speed.

    CORPUS is recordings, folders, patterns in quotes or a metadata.csv. The default is sample_audio. Each
    pass is a process of its own. With one job the first message is reviewed cold, then all messages warm,
    and each stage is timed. With several jobs the time starts with the first process. The results are
    compared with truth/NAME.json if it lies beside NAME.wav, as in sample_audio.

    \b
    Examples:
      aftertone bench run sample_audio --engine whisper --jobs 1 --repeats 1
    """
    from aftertone.bench import benchmark, write_benchmark
    from aftertone.report.console import console_for

    done = benchmark(
        corpus or (_sample_audio(),),
        engines=engines,
        jobs=jobs or None,
        repeats=repeats,
        copies=copies,
        shuffle=shuffle,
        transcripts=transcripts,
        log=(lambda _: None) if quiet else notify,
    )
    _print(done, console_for(sys.stdout))
    if out is not None:
        write_benchmark(done, out)


@bench.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
def compare(before: Path, after: Path) -> None:
    """Print the figures that differ by more than their repeats do.

    BEFORE and AFTER are files from --json. A figure is "less", or "more", if all repeats of AFTER lie below,
    or above, all repeats of BEFORE.

    \b
    Examples:
      aftertone bench compare before.json after.json
    """
    from aftertone.bench import differences, read_benchmark, unlike
    from aftertone.report.console import console_for, print_rows

    console = console_for(sys.stdout)
    one, other = read_benchmark(before), read_benchmark(after)
    rows = []
    for each in differences(one, other):
        verdict = each.verdict if each.luck is None else f"{each.verdict} (by luck {100 * each.luck:.0f} %)"
        figures = (f"{each.before:.3g} {each.unit}", f"{each.after:.3g} {each.unit}")
        ratio = "-" if each.ratio is None else f"{each.ratio:.2f}"
        rows.append([f"{each.engine}: {each.figure}", *figures, ratio, verdict])
    if not rows:
        raise click.UsageError("the two have no engine and number of jobs in common: nothing to compare")
    print_rows(["", ">before", ">after", ">after / before", ">"], rows, console)
    sides = (("before", one), ("after", other))
    _print_accuracy([(f"{r.engine}, {when}", r) for when, side in sides for r in side.results], console)
    for line in unlike(one, other):
        console.print(f"note: {line}")


def _sample_audio() -> Path:
    from aftertone.bench.machine import CHECKOUT

    for folder in (Path("sample_audio"), CHECKOUT / "sample_audio"):
        if folder.is_dir():
            return folder
    raise click.UsageError(
        "there is no sample_audio here; name a CORPUS: recordings, folders, a metadata.csv"
    )


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────


def _print(done: Benchmark, console: Console) -> None:
    machine, hours = done.machine, done.audio_s / 3600
    console.print(
        f"{done.message_count:,} messages, {hours:.2f} h of sound, on {machine['cores']} cores of "
        f"{machine['cpu']}"
    )
    console.print()
    _print_speed(done, console)
    for result in done.results:
        _print_stages(result, done.message_count, console)
    _print_latency(done.results, console)
    _print_accuracy([(result.engine, result) for result in done.results], console)
    failed_count = max((p.failed_count for result in done.results for p in result.passes), default=0)
    if failed_count:
        console.print(f"{failed_count:,} of {done.message_count:,} messages could not be reviewed")
    if done.load.note:
        console.print(done.load.note)


def _print_speed(done: Benchmark, console: Console) -> None:
    from statistics import median

    from aftertone.report.console import print_rows

    rows = []
    for result in done.results:
        one_job_s = [p.wall_s + (p.start_s or 0) for p in result.passes if p.jobs == 1]
        for jobs in result.jobs:
            walls_s = result.values(jobs, lambda p: p.wall_s)
            wall_s = median(walls_s)
            rows.append(
                [
                    f"{result.engine}, " + ("1 job, warm" if jobs == 1 else f"{jobs} jobs, from the start"),
                    f"{done.message_count / wall_s:.3g}",
                    f"{3600 * done.message_count / wall_s:,.0f}",
                    f"{done.audio_s / wall_s:.3g}",
                    _spread(walls_s),
                    f"{median(one_job_s) / wall_s:.2f}" if one_job_s and jobs > 1 else "-",
                    _spread([peak / 1e6 for peak in result.values(jobs, lambda p: p.peak_bytes)], ".0f"),
                    _spread(result.values(jobs, lambda p: p.start_s)),
                ]
            )
    figures = (">messages/s", ">messages/h", ">x real time", ">wall s", ">x 1 job", ">peak MB", ">start s")
    print_rows(["", *figures], rows, console)
    console.print(
        "median (least to most) of the passes; x real time: hours of sound in an hour; x 1 job: speed over "
        "one job with its start; peak: the largest process"
    )
    console.print()


def _print_stages(result: EngineResult, message_count: int, console: Console) -> None:
    from statistics import median

    from aftertone.report.console import print_rows

    passes = [each for each in result.passes if each.stages_s]
    if not passes:
        return
    wall_ms = 1000 * median(p.wall_s for p in passes) / message_count
    rows = []
    for name in dict.fromkeys(name for p in passes for name in (*p.cold_stages_s, *p.stages_s)):
        warm_ms = [1000 * p.stages_s[name] / message_count for p in passes if name in p.stages_s]
        cold_ms = [1000 * p.cold_stages_s[name] for p in passes if name in p.cold_stages_s]
        share = f"{100 * median(warm_ms) / wall_ms:.1f} %" if warm_ms else "-"
        rows.append([name, _spread(warm_ms), share, _spread(cold_ms, ".0f")])
    headings = [f"{result.engine}, 1 job", ">ms a message, warm", ">share", ">first message, cold, ms"]
    print_rows(headings, rows, console)
    console.print()


def _print_latency(results: Sequence[EngineResult], console: Console) -> None:
    from aftertone.report.console import print_rows

    rows = []
    for result in results:
        p50_s = result.values(1, lambda p: p.message_p50_s)
        p95_s = result.values(1, lambda p: p.message_p95_s)
        max_s = result.values(1, lambda p: p.message_max_s)
        if p50_s:
            rows.append([result.engine, _spread(p50_s), _spread(p95_s), _spread(max_s)])
    if rows:
        print_rows(["one message, warm, s", ">p50", ">p95", ">max"], rows, console)
        console.print()


def _print_accuracy(results: Sequence[tuple[str, EngineResult]], console: Console) -> None:
    from aftertone.report.console import print_rows

    known = [(label, result.accuracy) for label, result in results if result.accuracy is not None]
    if not known:
        return
    rows = [
        [
            label,
            str(a.message_count),
            "-" if a.word_error_rate is None else f"{100 * a.word_error_rate:.1f} %",
            "-" if a.digits_right is None else f"{a.digits_right} of {a.digits_known}",
            "-" if a.fillers_f1 is None else f"{a.fillers_f1:.2f}",
            f"{a.durations_right} of {a.durations_known}",
        ]
        for label, a in known
    ]
    figures = (">messages", ">word errors", ">digits exact", ">fillers F1", ">length right")
    print_rows(["against the truth", *figures], rows, console)
    for line in dict.fromkeys(line for _, a in known for line in a.missing):
        console.print(line)
    console.print()


def _spread(values: Sequence[float], form: str = ".3g") -> str:
    """The median, with the least and the most of several values.

    >>> _spread([1.0, 2.0, 4.0])
    '2 (1 to 4)'
    """
    from statistics import median

    if not values:
        return "-"
    middle = format(median(values), form)
    return middle if len(values) == 1 else f"{middle} ({min(values):{form}} to {max(values):{form}})"
