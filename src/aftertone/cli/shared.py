"""What the commands share: their exit codes, the options that choose an engine, progress, complaints."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from aftertone.acoustics.channels import Channel
    from aftertone.acoustics.vad import Detector
    from aftertone.batch import BatchProgress, Options
    from aftertone.corpus import Skipped
    from aftertone.language.brief import Brief
    from aftertone.outcome import Outcome
    from aftertone.recognition import EngineSpec

FAILED, UNUSABLE = 1, 2  # exit codes: a recording failed; the command as given cannot be run
FAULTY = 70  # a fault of aftertone itself: EX_SOFTWARE of sysexits.h
STOPPED, UNREAD = 130, 141  # 128 + SIGINT, 128 + SIGPIPE, as shells count
_LOG_STEP_S = 30.0  # between lines of progress in a log
_REASONS, _NAMES = 20, 10  # lines, and names in each, of what is passed over


class Commands(click.Group):
    """Prints an error of ours as one line, and keeps a closed pipe and Ctrl-C quiet."""

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Read the command as given, which prints where it is ``--help``."""
        with _quiet_where_unread():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; its errors become a line and an exit code."""
        from aftertone.errors import (
            AftertoneError,
            AudioError,
            BriefError,
            TranscriptError,
            TranscriptionError,
            unexpected,
        )

        try:
            with _quiet_where_unread():
                return super().invoke(ctx)
        except (AudioError, BriefError, TranscriptError, TranscriptionError) as error:  # of one recording
            complain(f"error: {error}")
            ctx.exit(FAILED)
        except AftertoneError as error:
            complain(f"error: {error}")
            ctx.exit(UNUSABLE)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            complain(str(unexpected(error, "error")))
            ctx.exit(FAULTY)
        except KeyboardInterrupt as stopped:  # a command says what it kept
            complain(f"stopped by Ctrl-C{': ' * bool(str(stopped))}{stopped}")
            ctx.exit(STOPPED)


@contextmanager
def _quiet_where_unread() -> Iterator[None]:
    """Ends the command, as the system ends others, where whoever reads its output has gone: ``| head``."""
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # here, not when the interpreter ends, which would complain
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads what is left
        sys.exit(UNREAD)


jobs_option = click.option(
    "--jobs", "-j", type=click.IntRange(1), default=1, show_default=True, help="Processes."
)


def _channel(ctx: click.Context, parameter: click.Parameter, value: str) -> Channel:
    from aftertone.acoustics.channels import channel_index

    channel: Any = int(value) if value.isdecimal() else value
    try:
        channel_index(channel)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, parameter) from error
    return channel  # type: ignore[no-any-return]


redact_option = click.option(
    "--redact", is_flag=True, help="Mask telephone numbers, names and amounts in all that is written."
)
excel_option = click.option(
    "--excel",
    is_flag=True,
    help="Write a .csv that Excel opens as it is: letters in UTF-8, telephone numbers as text.",
)


def check_excel(excel: bool, outs: Iterable[Path]) -> None:
    """Refuse ``--excel`` where no report is for a spreadsheet."""
    if excel and not any(out.suffix.lower() == ".csv" for out in outs):
        raise click.UsageError("--excel goes with a .csv in --out")


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of a command that reviews, for `options_of`."""
    options = (
        click.option(
            "--engine",
            "engine_name",
            type=click.Choice(["auto", "whisper", "replay"]),
            default="auto",
            show_default=True,
            help="Where the words come from. auto: whisper where its weights are on this machine; else words "
            "are not judged. whisper: an error without weights. replay: transcripts, NAME.json beside each "
            "recording.",
        ),
        click.option("--model", metavar="NAME|FOLDER", help="Whisper's weights (see `aftertone models`)."),
        click.option(
            "--transcripts",
            type=click.Path(exists=True, path_type=Path),
            help="For --engine replay: a transcript, or a folder of NAME.json.",
        ),
        click.option("--no-words", is_flag=True, help="Measure the sound alone; nothing is transcribed."),
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
        click.option(
            "--rate",
            "rate_hz",
            type=click.IntRange(4_000, 768_000),
            metavar="HZ",
            help="Of samples without a header (.sln, .ulaw, .gsm, .raw). [default: what the suffix says]",
        ),
        click.option(
            "--channel",
            metavar="N|left|right|mean|auto",
            callback=_channel,
            default="auto",
            show_default=True,
            help="The channel heard, from 1 up; left is 1, right 2; mean: of all that sound; auto: the "
            "mean of those with speech.",
        ),
        click.option("--quiet", "-q", is_flag=True, help="No progress and no notices."),
    )
    for option in reversed((*options[:-1], *_WHISPER, options[-1])):
        command = option(command)
    return command


_WHISPER = (  # docs/engines.md says more of each
    click.option(
        "--language",
        metavar="CODE",
        default="auto",
        show_default=True,
        help="Of the speech. auto: whisper detects it. Words of other languages than English are not judged.",
    ),
    click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "cuda"]),
        default="auto",
        show_default=True,
        help="Where whisper runs.",
    ),
    click.option(
        "--compute-type",
        metavar="TYPE",
        default="auto",
        show_default=True,
        help="Of whisper's numbers: int8, float16, float32 and others of CTranslate2.",
    ),
    click.option(
        "--beam",
        type=click.IntRange(1),
        default=5,
        show_default=True,
        help="Hypotheses of whisper's beam search; 1 is fastest.",
    ),
    click.option(
        "--no-fallback", is_flag=True, help="Whisper: do not decode a window again whose text is poor."
    ),
    click.option("--no-verbatim", is_flag=True, help="Whisper: do not prompt for um and uh."),
    click.option("--no-hotwords", is_flag=True, help="Whisper: no names of the brief in the prompt."),
)


def engine_maker(
    *,
    engine_name: str,
    model: str | None,
    transcripts: Path | None,
    no_words: bool,
    offline: bool,
    download: bool,
    quiet: bool,
    language: str,
    device: str,
    compute_type: str,
    beam: int,
    no_fallback: bool,
    no_verbatim: bool,
    no_hotwords: bool,
) -> EngineSpec | None:
    """What loads the engine, here or in each process; None where words are not wanted, or cannot be had."""
    from aftertone.errors import ModelNotFoundError
    from aftertone.recognition import EngineSpec
    from aftertone.recognition.weights import asked_model, weights_folder
    from aftertone.recognition.window_decoder import WhisperOptions

    if transcripts is not None and engine_name != "replay":
        raise click.UsageError("--transcripts goes with --engine replay")
    if no_words:
        return None
    if engine_name == "auto":  # weights are fetched, joined or missed here, once for all processes
        try:
            weights_folder(model, language, may_fetch=download and not offline)
        except ModelNotFoundError as error:
            if asked_model(model) is not None:
                raise
            if not quiet:
                complain(f"words are not judged: {error}")
            return None
        engine_name = "whisper"
    return EngineSpec(
        engine_name,
        model=model,
        transcript=transcripts,
        offline=offline,
        download=download,
        language=language,
        device=device,
        compute_type=compute_type,
        options=WhisperOptions(
            beam_size=beam,
            fallback=not no_fallback,
            verbatim=not no_verbatim,
            hotwords=not no_hotwords,
        ),
        keep_heap=True,  # the processes are ours alone
    )


def options_of(
    *,
    quiet: bool,
    vad: Detector,
    rate_hz: int | None,
    channel: Channel,
    brief: Brief | None = None,
    playbook: str | None = None,
    redact: bool = False,
    **engine: Any,
) -> Options:
    """What the shared options say, in the one record that every review takes."""
    from aftertone.batch import Options
    from aftertone.language.brief import Brief
    from aftertone.playbook import load_playbook

    return Options(
        engine=engine_maker(quiet=quiet, **engine),
        playbook=None if playbook is None else load_playbook(playbook),
        brief=brief or Brief(),
        redact=redact,
        vad=vad,
        rate_hz=rate_hz,
        channel=channel,
    )


def playbook_option(of_what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option ``--playbook``: the advice `of_what`; None where it is not given."""
    return click.option(
        "--playbook",
        metavar="NAME|FILE",
        help=f"The advice {of_what}: a name from `aftertone playbooks`, or a TOML file of your own. "
        "[default: what the brief names, or general]",
    )


def brief_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say what is known of the recordings; the command gets them as one `brief`."""

    @wraps(command)
    def with_brief(
        *args: Any,
        recipient: str | None,
        caller: str | None,
        company: str | None,
        number: str | None,
        caller_id: str | None,
        region: str | None,
        script: Path | None,
        recorded_at: str | None,
        attempt: int | None,
        **rest: Any,
    ) -> Any:
        from aftertone.errors import BriefError
        from aftertone.language.brief import brief_of

        texts = {
            "recipient": recipient,
            "caller": caller,
            "company": company,
            "number": number,
            "caller_id": caller_id,
            "region": region_code(region),
            "script": None if script is None else _script(script),
            "recorded_at": recorded_at,
            "attempt": None if attempt is None else str(attempt),
        }
        for name, text in texts.items():
            try:
                brief_of({name: text}, "it")
            except BriefError as error:
                told = str(error).removeprefix(f"it: {name} is ")
                raise click.BadParameter(told, param_hint=f"--{name.replace('_', '-')}") from error
        return command(*args, brief=brief_of(texts, "the options"), **rest)

    options = (
        click.option("--recipient", metavar="NAME", help="Who is called, whatever the briefs say."),
        click.option("--caller", metavar="NAME", help="Who calls."),
        click.option("--company", metavar="NAME", help="On whose behalf."),
        click.option("--number", metavar="NUMBER", help="The call-back number that should be said."),
        click.option("--caller-id", metavar="NUMBER", help="The number that the call is made from."),
        click.option(
            "--region", metavar="CODE", help="Region of telephone numbers. [default: the brief's, or US]"
        ),
        click.option(
            "--script",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="A text file: the words that were meant to be said.",
        ),
        click.option("--recorded-at", metavar="TIME", help="When it was left, such as 2026-03-02T16:30."),
        click.option("--attempt", type=click.IntRange(1), help="Which message, or which take, it is."),
    )
    decorated: Callable[..., Any] = with_brief
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


def _script(path: Path) -> str:
    from aftertone.files.reading import TEXT_BYTES_MAX, text_given

    try:
        return text_given(path, TEXT_BYTES_MAX)
    except OSError as error:
        raise click.BadParameter(f"{path}: {error.strerror or error}", param_hint="--script") from error
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{path}: not text in UTF-8: {error}", param_hint="--script") from error


def region_code(code: str | None) -> str | None:
    """The region of ``--region``, checked; None where none was given."""
    if code is None:
        return None
    from phonenumbers import SUPPORTED_REGIONS

    if code.upper() not in SUPPORTED_REGIONS:
        raise click.BadParameter(
            f"{code!r} is no region; give two letters such as US, GB or AU", param_hint="--region"
        )
    return code.upper()


def complain(line: str) -> None:
    """One line on stderr, harmless to a terminal."""
    from aftertone.report.console import harmless

    click.echo(f"aftertone: {harmless(line)}", err=True)


def tell_skipped(skipped: Iterable[Skipped], quiet: bool) -> None:
    """What folders hold and is not analysed, on stderr: a line for each reason, with the first names."""
    if quiet:
        return
    of_reason: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    for each in skipped:
        why = each.why if each.why in of_reason or len(of_reason) < _REASONS else "no name of a recording"
        counts[why] += 1
        if counts[why] <= _NAMES:
            of_reason.setdefault(why, []).append(str(each.path))
    for why, names in of_reason.items():
        more = f" and {counts[why] - len(names):,} more" if counts[why] > len(names) else ""
        complain(f"passed over: {', '.join(names)}{more}: {why}")


@contextmanager
def progress(total: int, quiet: bool) -> Iterator[Callable[[int, int, Outcome], None] | None]:
    """A hook for `review_many`: a bar on a terminal's stderr, or a line in a log from time to time."""
    from aftertone.batch import BatchProgress

    so_far = BatchProgress(total_count=total)
    with bar("listening", quiet or total < 2) as advance:
        next_line_s = _LOG_STEP_S

        def told(done: int, of: int, outcome: Outcome) -> None:
            nonlocal next_line_s
            so_far.update(done, of, outcome)
            if advance is not None:
                advance(done, of, progress_line(so_far))
            elif so_far.elapsed_s >= next_line_s:
                complain(progress_line(so_far))
                next_line_s = so_far.elapsed_s + _LOG_STEP_S

        if quiet or total < 2:
            yield None
        else:
            if advance is not None:
                advance(0, total)
            yield told


def progress_line(progress: BatchProgress) -> str:
    """How far a run is, in a line.

    >>> from aftertone.batch import BatchProgress
    >>> progress_line(BatchProgress(done_count=1200, total_count=10_000, failed_count=3))
    '1,200 of 10,000 recordings, 0 min of sound, 0.0 times real time, 3 failed'
    """
    left_s, hours = progress.left_s, progress.audio_s / 3600
    parts = [
        f"{progress.done_count:,} of {progress.total_count:,} recordings",
        f"{hours:,.1f} h of sound" if hours >= 1 else f"{60 * hours:.0f} min of sound",
        f"{progress.times_real_time:,.{0 if progress.times_real_time >= 10 else 1}f} times real time",
        f"{progress.failed_count:,} failed",
    ]
    if left_s is not None and progress.done_count < progress.total_count:
        parts.append(f"{left_s / 60:,.0f} min left" if left_s >= 60 else f"{left_s:.0f} s left")
    return ", ".join(parts)


@contextmanager
def bar(title: str, quiet: bool) -> Iterator[Callable[..., None] | None]:
    """What moves a bar on a terminal's stderr; None where there is no terminal."""
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
