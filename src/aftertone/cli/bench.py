"""``aftertone bench``: how fast, and how right where the truth is known."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aftertone.cli.shared import complain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from aftertone.bench.record import Benchmark, EngineResult


class _OrRun(click.Group):
    """A group that runs the benchmark where its first word is no command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The command of that name, else `run` with all that was given."""
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_OrRun, subcommand_metavar="[CORPUS…] [OPTIONS] | compare A.json B.json")
def bench() -> None:
    """Measure how fast a corpus is reviewed, and how right; see `aftertone bench run --help`.

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
    help="auto, whisper, replay, or none for the sound alone; whisper:small.en names a model. May be "
    "given several times: they are compared. Nothing is fetched. [default: auto]",
)
@click.option(
    "--transcripts",
    type=click.Path(exists=True, path_type=Path),
    help="For --engine replay: a transcript, or a folder of NAME.json.",
)
@click.option(
    "--jobs",
    "-j",
    multiple=True,
    type=click.IntRange(1),
    help="Processes; may be given several times. [default: 1, 2, 4 … up to the cores]",
)
@click.option("--repeats", type=click.IntRange(1), default=3, show_default=True, help="Passes; their spread.")
@click.option("--repeat", "copies", type=click.IntRange(1), default=1, help="Have each message so often.")
@click.option("--shuffle", is_flag=True, help="In an order that is drawn, the same each time.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Keep all figures of all passes here.")
@click.option("--quiet", "-q", is_flag=True, help="No line for each pass.")
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
    """Review a corpus as users do, and say how fast that was.

    CORPUS is recordings, folders, patterns in quotes or a metadata.csv; without one, sample_audio. Each pass
    is a process of its own. With one job the first message is reviewed cold, then all of them warm, and each
    stage is timed; with several, all from the birth of the first process. Where truth/NAME.json lies beside
    NAME.wav, as in sample_audio, what was measured is held against it.

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
        told=None if quiet else complain,
    )
    _print(done, console_for(sys.stdout))
    if out is not None:
        write_benchmark(done, out)


@bench.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
def compare(before: Path, after: Path) -> None:
    """Say which figures differ by more than their repeats do.

    BEFORE and AFTER are what --json wrote. A figure is less, or more, where all repeats of the one lie under,
    or over, all of the other.

    \b
    Examples:
      aftertone bench compare before.json after.json
    """
    from aftertone.bench import differences, read_benchmark, unlike
    from aftertone.report.console import console_for

    console = console_for(sys.stdout)
    one, other = read_benchmark(before), read_benchmark(after)
    found = differences(one, other)
    if not found:
        raise click.UsageError("the two have no engine and number of jobs in common: nothing to compare")
    table = _table("", "before", "after", "after / before", "")
    for each in found:
        says = each.says if each.luck is None else f"{each.says} (by luck {100 * each.luck:.0f} %)"
        ratio = "-" if each.ratio is None else f"{each.ratio:.2f}"
        figures = (f"{each.before:.3g} {each.unit}", f"{each.after:.3g} {each.unit}", ratio)
        table.add_row(f"{each.engine}: {each.figure}", *figures, says)
    console.print(table)
    named = (("before", one), ("after", other))
    _print_accuracy([(f"{r.engine}, {when}", r) for when, each in named for r in each.results], console)
    for line in unlike(one, other):
        console.print(f"mind: {line}")


def _sample_audio() -> Path:
    from aftertone.bench.machine import CHECKOUT

    for folder in (Path("sample_audio"), CHECKOUT / "sample_audio"):
        if folder.is_dir():
            return folder
    raise click.UsageError(
        "there is no sample_audio here; name a CORPUS: recordings, folders, a metadata.csv"
    )


def _print(done: Benchmark, console: Console) -> None:
    at = done.machine
    hours = f"{done.audio_s / 3600:.2f} h of sound"
    console.print(f"{done.message_count:,} messages, {hours}, on {at['cores']} cores of {at['cpu']}")
    console.print()
    _print_rates(done, console)
    _print_stages(done, console)
    _print_messages(done, console)
    _print_accuracy([(result.engine, result) for result in done.results], console)
    failed = [p.failed_count for result in done.results for p in result.passes if p.failed_count]
    if failed:
        console.print(f"{max(failed):,} of {done.message_count:,} messages could not be reviewed")
    if done.load.note:
        console.print(done.load.note)


def _print_rates(done: Benchmark, console: Console) -> None:
    table = _table("", "messages/s", "messages/h", "x real time", "wall s", "x 1 job", "peak MB", "start s")
    for result in done.results:
        alone = [p.wall_s + (p.start_s or 0) for p in result.passes if p.jobs == 1]
        for jobs in result.jobs:
            walls_s = result.of(jobs, lambda p: p.wall_s)
            wall_s = _median(walls_s)
            speed_up = _median(alone) / wall_s if alone and jobs > 1 else None
            table.add_row(
                f"{result.engine}, " + ("1 job, warm" if jobs == 1 else f"{jobs} jobs, from the start"),
                f"{done.message_count / wall_s:.3g}",
                f"{3600 * done.message_count / wall_s:,.0f}",
                f"{done.audio_s / wall_s:.3g}",
                _spread(walls_s),
                "-" if speed_up is None else f"{speed_up:.2f}",
                _spread([peak / 1e6 for peak in result.of(jobs, lambda p: p.peak_bytes)], ".0f"),
                _spread(result.of(jobs, lambda p: p.start_s)),
            )
    console.print(table)
    console.print(
        "median (least to most) of the passes; x real time: hours of sound an hour; x 1 job: against one job "
        "with its start; peak: of the largest process"
    )
    console.print()


def _print_stages(done: Benchmark, console: Console) -> None:
    for result in done.results:
        passes = [each for each in result.passes if each.stages_s]
        if not passes:
            continue
        names = list(dict.fromkeys(name for p in passes for name in (*p.cold_stages_s, *p.stages_s)))
        wall_s = _median([p.wall_s for p in passes])
        table = _table(f"{result.engine}, 1 job", "ms a message, warm", "share", "first message, cold, ms")
        for name in names:
            warm = [1000 * p.stages_s[name] / done.message_count for p in passes if name in p.stages_s]
            cold = [1000 * p.cold_stages_s[name] for p in passes if name in p.cold_stages_s]
            share = _median(warm) * done.message_count / 1000 / wall_s if warm else None
            table.add_row(
                name, _spread(warm), "-" if share is None else f"{100 * share:.1f} %", _spread(cold, ".0f")
            )
        console.print(table)
        console.print()


def _print_messages(done: Benchmark, console: Console) -> None:
    table = _table("one message, warm, s", "p50", "p95", "max")
    for result in done.results:
        figures = [
            result.of(1, lambda p: p.message_p50_s),
            result.of(1, lambda p: p.message_p95_s),
            result.of(1, lambda p: p.message_max_s),
        ]
        if figures[0]:
            table.add_row(result.engine, *map(_spread, figures))
    if table.row_count:
        console.print(table)
        console.print()


def _print_accuracy(results: Sequence[tuple[str, EngineResult]], console: Console) -> None:
    known = [(label, result.accuracy) for label, result in results if result.accuracy is not None]
    if not known:
        return
    table = _table(
        "against the truth", "messages", "word errors", "digits exact", "fillers F1", "length right"
    )
    for label, a in known:
        digits = "-" if a.digits_right is None else f"{a.digits_right} of {a.digits_known}"
        table.add_row(
            label,
            str(a.message_count),
            "-" if a.word_error_rate is None else f"{100 * a.word_error_rate:.1f} %",
            digits,
            "-" if a.fillers_f1 is None else f"{a.fillers_f1:.2f}",
            f"{a.durations_right} of {a.durations_known}",
        )
    console.print(table)
    for line in dict.fromkeys(line for _, a in known for line in a.missing):
        console.print(line)
    console.print()


def _table(*headings: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="left" if index == 0 else "right", no_wrap=True)
    return table


def _median(values: Sequence[float]) -> float:
    from aftertone.bench.record import median_of

    return median_of(values)


def _spread(values: Sequence[float], form: str = ".3g") -> str:
    """The median, and from the least to the most where there are several.

    >>> _spread([1.0, 2.0, 4.0])
    '2 (1 to 4)'
    """
    if not values:
        return "-"
    middle = format(_median(values), form)
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):{form}} to {max(values):{form}})"
