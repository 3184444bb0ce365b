"""The command line: parse, call, print.

Nothing but click is imported at the top, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from aftertone.acoustics.vad import Detector
    from aftertone.language.transcript import Engine
    from aftertone.report.outcome import Outcome

_FAILED, _UNUSABLE = 1, 2  # exit codes: a recording failed; the command as given cannot be run
_STOPPED = 130  # 128 + SIGINT, as shells count


class _Commands(click.Group):
    """Prints an error of ours as one line, and keeps a closed pipe and Ctrl-C quiet."""

    def invoke(self, ctx: click.Context) -> Any:
        from aftertone.errors import (
            AftertoneError,
            AudioError,
            BriefError,
            TranscriptError,
            TranscriptionError,
        )

        try:
            return super().invoke(ctx)
        except (AudioError, BriefError, TranscriptError, TranscriptionError) as error:  # of one recording
            _complain(f"error: {error}")
            ctx.exit(_FAILED)
        except AftertoneError as error:
            _complain(f"error: {error}")
            ctx.exit(_UNUSABLE)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads what is left
            ctx.exit(_FAILED)
        except KeyboardInterrupt:
            _end_children()
            _complain("stopped by Ctrl-C: no scores were printed and no report was written")
            ctx.exit(_STOPPED)


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="aftertone", message="%(prog)s %(version)s")
def main() -> None:
    """Say how well a voicemail was left.

    aftertone listens to recordings: how long, how fast, how many fillers, whether the call-back number was
    said slowly and twice, who calls, why and by when; and scores them against a playbook of advice.

    \b
    Examples:
      aftertone score message.wav
      aftertone score practice/ --playbook collections --out reviews.csv
      aftertone measure message.wav > message.json
      aftertone playbooks general
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show a letter shows another
            stream.reconfigure(errors="replace")


def _engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option(
            "--engine",
            "engine_name",
            type=click.Choice(["auto", "whisper", "sphinx", "replay"]),
            default="auto",
            show_default=True,
            help="Where the words come from. auto: whisper where its weights are on this machine, else the "
            "recogniser that comes along (sphinx). replay: transcripts, NAME.json beside each recording.",
        ),
        click.option("--model", metavar="NAME|FOLDER", help="Whisper's weights (see `aftertone models`)."),
        click.option(
            "--transcripts",
            type=click.Path(exists=True, path_type=Path),
            help="For --engine replay: a transcript, or a folder of NAME.json.",
        ),
        click.option("--no-words", is_flag=True, help="Measure the sound alone; nothing is transcribed."),
        click.option(
            "--region", metavar="CODE", help="Region of telephone numbers. [default: the brief's, or US]"
        ),
        click.option(
            "--offline", is_flag=True, help="Open no network connection, whatever else is asked for."
        ),
        click.option("--download", is_flag=True, help="Fetch whisper's weights where they are missing."),
        click.option(
            "--vad",
            type=click.Choice(["webrtc", "silero"]),
            default="webrtc",
            show_default=True,
            help="Who finds the speech. silero: a neural detector, slower, steadier in noise and music.",
        ),
        click.option("--quiet", "-q", is_flag=True, help="No progress and no notices."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--playbook",
    default="general",
    show_default=True,
    metavar="NAME|FILE",
    help="The advice to score against: a name from `aftertone playbooks`, or a TOML file of your own.",
)
@_engine_options
@click.option("--transcript", is_flag=True, help="Print the words of each recording as well.")
@click.option("--jobs", "-j", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option(
    "--out",
    "outs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Write a report: .jsonl, .json, .csv or .parquet. May be given several times.",
)
@click.pass_context
def score(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    playbook: str,
    transcript: bool,
    jobs: int,
    outs: tuple[Path, ...],
    quiet: bool,
    region: str | None,
    vad: Detector,
    **engine_options: Any,
) -> None:
    """Score recordings against a playbook.

    PATHS are recordings, or folders that are searched for them. A recording that cannot be read is reported
    and does not stop the others. One recording is shown in full, several as a table.

    A brief may lie beside a recording as NAME.toml, or as a row of metadata.csv: who is called, by whom,
    which number. It is never required.

    \b
    Examples:
      aftertone score message.wav --transcript
      aftertone score practice/ --jobs 4 --out reviews.csv --out reviews.jsonl
      aftertone score practice/ --playbook my-advice.toml --offline

    Exit code: 0 all were scored, 1 a recording failed, 2 the command cannot be run as given, 130 it was
    stopped by Ctrl-C.
    """
    from aftertone.batch import recordings_in, review_many
    from aftertone.errors import ReportError
    from aftertone.playbook import load_playbook
    from aftertone.report import check_report_path, write_report
    from aftertone.report.console import (
        console_for,
        print_failures,
        print_outcomes,
        print_review,
        print_transcript,
        summary,
    )

    for out in outs:
        check_report_path(out)
    book = load_playbook(playbook)
    files = list(dict.fromkeys(file for path in paths for file in recordings_in(path)))
    engine = _engine_maker(jobs=jobs, quiet=quiet, **engine_options)
    with _progress(len(files), quiet) as hook:
        outcomes = list(
            review_many(
                files, engine=engine, playbook=book, region=_region(region), jobs=jobs, vad=vad, hook=hook
            )
        )
    unwritten = []  # the scores are printed all the same
    for out in outs:
        try:
            write_report(outcomes, out)
        except ReportError as error:
            unwritten.append(error)

    console = console_for(sys.stdout)
    print_outcomes(outcomes, console)
    reviews = [outcome.review for outcome in outcomes if outcome.review is not None]
    if len(outcomes) == 1 and reviews:
        console.print()
        print_review(reviews[0], console)
    if transcript:
        console.print()
        for review in reviews:
            print_transcript(review.recording, review.transcript, console)
    print_failures(outcomes, console)
    console.print(summary(outcomes, book), style="bold")
    for problem in unwritten:
        _complain(f"error: {problem}")
    if unwritten:
        ctx.exit(_UNUSABLE)
    if len(reviews) < len(outcomes):
        ctx.exit(_FAILED)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@_engine_options
def measure(file: Path, quiet: bool, region: str | None, vad: Detector, **engine_options: Any) -> None:
    """Print all measures of one recording as JSON.

    The object holds "measurements", by group; "not_measured", the reason of each that is null; and
    "evidence", the stretches of the recording that each comes from.

    \b
    Examples:
      aftertone measure message.wav
      aftertone measure message.wav --no-words | jq .measurements.pitch
    """
    from dataclasses import replace

    import msgspec

    from aftertone.acoustics.audio import read_audio
    from aftertone.language.brief import Brief, find_brief
    from aftertone.pipeline import measure as measurements_of
    from aftertone.report import SCHEMA_VERSION, measurements_dict

    brief = find_brief(file) or Brief()
    if (given := _region(region)) is not None:
        brief = replace(brief, region=given)
    recording = read_audio(file)
    make_engine = _engine_maker(jobs=1, quiet=quiet, **engine_options)
    engine = make_engine and make_engine()
    measurements = measurements_of(recording, engine=engine, brief=brief, vad=vad)
    page = {
        "schema_version": SCHEMA_VERSION,
        "recording": recording.name.encode("utf-8", "replace").decode(),
        **measurements_dict(measurements),
    }
    click.echo(msgspec.json.format(msgspec.json.encode(page), indent=2))


@main.command()
@click.argument("name", required=False, metavar="[NAME|FILE]")
def playbooks(name: str | None) -> None:
    """List the playbooks, or show the rules of one.

    \b
    Examples:
      aftertone playbooks
      aftertone playbooks collections
      aftertone playbooks my-advice.toml     checks a file of your own
    """
    from aftertone.playbook import load_playbook
    from aftertone.playbook import playbooks as titles
    from aftertone.report.console import console_for, print_playbook

    if name is None:
        for known, title in titles().items():
            click.echo(f"{known:<18} {title}")
    else:
        print_playbook(load_playbook(name), console_for(sys.stdout))


@main.command()
@click.argument("prefix", required=False, default="")
def measures(prefix: str) -> None:
    """List every measure that a rule may name, with its kind, unit and definition.

    \b
    Examples:
      aftertone measures
      aftertone measures number.
    """
    from aftertone.measurements import MEASURES
    from aftertone.report.console import console_for, print_measures

    known = [measure for name, measure in MEASURES.items() if name.startswith(prefix)]
    if not known:
        raise click.BadParameter(f"no measure begins with {prefix!r}", param_hint="PREFIX")
    print_measures(known, console_for(sys.stdout))


@main.group(invoke_without_command=True)
@click.pass_context
def models(ctx: click.Context) -> None:
    """List the whisper models that are known, and which of them are on this machine.

    \b
    Examples:
      aftertone models
      aftertone models fetch small.en
    """
    if ctx.invoked_subcommand is not None:
        return
    from aftertone.errors import ModelNotFoundError
    from aftertone.models import find_model, known_models

    for model in known_models():
        try:
            place = str(find_model(model.name))
        except ModelNotFoundError:
            place = "not on this machine"
        languages = "many languages" if "*" in model.languages else ", ".join(model.languages)
        click.echo(f"{model.name:<18} {model.size_mb:>5} MB  {model.licence:<10} {languages:<15} {place}")


@models.command()
@click.argument("name")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def fetch(name: str, quiet: bool) -> None:
    """Fetch a model from the Hugging Face hub, and print the folder that it is in.

    NAME is one that `aftertone models` lists, or a hub repository OWNER/NAME.
    """
    from aftertone.models import fetch_model

    with _bar(f"fetching {name}", quiet) as advance:
        folder = fetch_model(name, advance)
    click.echo(str(folder))


# ── what the commands share ──────────────────────────────────────────────────────────────────────────


def _engine_maker(
    *,
    engine_name: str,
    model: str | None,
    transcripts: Path | None,
    no_words: bool,
    offline: bool,
    download: bool,
    jobs: int,
    quiet: bool,
) -> Callable[[], Engine] | None:
    """What loads the engine, in this process or another; None where no words are wanted."""
    from functools import partial

    from aftertone.language.engines import load_engine

    if transcripts is not None and engine_name != "replay":
        raise click.UsageError("--transcripts goes with --engine replay")
    if no_words:
        return None
    engine = partial(
        load_engine,
        model=model,
        transcript=transcripts,
        offline=offline,
        download=download,
        threads=1 if jobs > 1 else 0,
    )
    notice = None if quiet else _complain
    if engine_name == "auto" and jobs > 1:  # chosen, fetched and told of here, once for all processes
        return partial(engine, engine("auto", notice=notice).name)
    return partial(engine, engine_name, notice=notice)


def _region(code: str | None) -> str | None:
    if code is None:
        return None
    from phonenumbers import SUPPORTED_REGIONS

    if code.upper() not in SUPPORTED_REGIONS:
        raise click.BadParameter(
            f"{code!r} is no region; give two letters such as US, GB or AU", param_hint="--region"
        )
    return code.upper()


def _end_children() -> None:
    """End the processes of --jobs at once; each would go on to the end of its recording."""
    from multiprocessing import active_children

    for process in active_children():
        process.terminate()


def _complain(line: str) -> None:
    from aftertone.report.console import harmless

    click.echo(f"aftertone: {harmless(line)}", err=True)


@contextmanager
def _progress(total: int, quiet: bool) -> Iterator[Callable[[int, int, Outcome], None] | None]:
    """A hook that draws a bar on a terminal's stderr; none where there is no terminal."""
    from aftertone.report.console import harmless

    with _bar("listening", quiet or total < 2) as advance:
        if advance is None:
            yield None
        else:
            advance(0, total)
            yield lambda done, of, outcome: advance(done, of, harmless(outcome.path.name))


@contextmanager
def _bar(title: str, quiet: bool) -> Iterator[Callable[..., None] | None]:
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[now]}", markup=False),
    )
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task(title, total=None, now="")

        def advance(done: int, total: int, now: str = "") -> None:
            progress.update(task, completed=done, total=total or None, now=now)

        yield advance


if __name__ == "__main__":
    main()
