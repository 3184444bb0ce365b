"""Output that all commands share: errors and exit codes, notices, progress and JSON."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from aftertone.batch import BatchProgress
    from aftertone.corpus import Skipped
    from aftertone.outcome import Outcome

FAILED = 1  # exit code: a recording failed
UNUSABLE = 2  # exit code: the command cannot be run as given
FAULTY = 70  # exit code: an error in aftertone itself; EX_SOFTWARE of sysexits.h
STOPPED = 130  # exit code: 128 + SIGINT, as in a shell
UNREAD = 141  # exit code: 128 + SIGPIPE, as in a shell
_LOG_STEP_S = 30.0  # between lines of progress in a log
_SKIPPED_REASONS_MAX, _SKIPPED_NAMES_MAX = 20, 10  # lines, and names in each


class CommandGroup(click.Group):
    """A group that turns an error into one line and an exit code."""

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Parse the command. This prints the text of ``--help``."""
        with _quiet_if_unread():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        from aftertone.errors import (
            AftertoneError,
            AudioError,
            BriefError,
            TranscriptError,
            TranscriptionError,
            unexpected,
        )

        try:
            with _quiet_if_unread():
                return super().invoke(ctx)
        except (AudioError, BriefError, TranscriptError, TranscriptionError) as error:  # of one recording
            notify(f"error: {error}")
            ctx.exit(FAILED)
        except AftertoneError as error:
            notify(f"error: {error}")
            ctx.exit(UNUSABLE)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            notify(str(unexpected(error, "error")))
            ctx.exit(FAULTY)
        except KeyboardInterrupt as stopped:  # with a message about what is kept
            notify(f"stopped by Ctrl-C{': ' * bool(str(stopped))}{stopped}")
            ctx.exit(STOPPED)


class DefaultGroup(click.Group):
    """A group that runs the command `bare` without arguments, and `default` if the first names no command."""

    def __init__(self, *args: Any, bare: str, default: str | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._bare, self._default = bare, default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the command before the arguments."""
        if not args:
            args = [self._bare]
        elif self._default and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [self._default, *args]
        return super().parse_args(ctx, args)


@contextmanager
def _quiet_if_unread() -> Iterator[None]:
    """End the command silently when the reader of its output is gone, as in ``| head``."""
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # now: an error while the interpreter ends would be printed
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still buffered
        sys.exit(UNREAD)


def notify(line: str) -> None:
    """Print one line on stderr, without control characters."""
    from aftertone.report.console import harmless

    click.echo(f"aftertone: {harmless(line)}", err=True)


def notify_skipped(skipped: Iterable[Skipped], quiet: bool) -> None:
    """Print the files in folders that are not analysed on stderr: one line for each reason, with names."""
    if quiet:
        return
    names: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    for each in skipped:
        is_listed = each.why in names or len(names) < _SKIPPED_REASONS_MAX
        reason = each.why if is_listed else "no name of a recording"
        counts[reason] += 1
        if counts[reason] <= _SKIPPED_NAMES_MAX:
            names.setdefault(reason, []).append(str(each.path))
    for reason, listed in names.items():
        more = f" and {counts[reason] - len(listed):,} more" if counts[reason] > len(listed) else ""
        notify(f"passed over: {', '.join(listed)}{more}: {reason}")


def print_json(page: Any) -> None:
    """Print values as indented JSON on stdout."""
    import msgspec

    from aftertone.files.plain import plain

    click.echo(msgspec.json.format(msgspec.json.encode(plain(page)), indent=2))


@contextmanager
def batch_progress(total: int, quiet: bool) -> Iterator[Callable[[int, int, Outcome], None] | None]:
    """A hook for `review_many` that shows progress on stderr: a bar on a terminal, lines in a log.

    None for a single recording, and if the command is quiet.
    """
    from aftertone.batch import BatchProgress

    if quiet or total < 2:
        yield None
        return
    so_far = BatchProgress(total_count=total)
    with terminal_bar("reviewing") as advance:
        next_line_s = _LOG_STEP_S

        def hook(done: int, of: int, outcome: Outcome) -> None:
            nonlocal next_line_s
            so_far.update(done, of, outcome)
            if advance is not None:
                advance(done, of, progress_line(so_far))
            elif so_far.elapsed_s >= next_line_s:
                notify(progress_line(so_far))
                next_line_s = so_far.elapsed_s + _LOG_STEP_S

        if advance is not None:
            advance(0, total)
        yield hook


def progress_line(progress: BatchProgress) -> str:
    """The progress of a batch in one line.

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
def terminal_bar(title: str, quiet: bool = False) -> Iterator[Callable[..., None] | None]:
    """A function that moves a bar on stderr; None if stderr is no terminal."""
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
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(title, total=None, now="")

        def advance(done: int, total: int, now: str = "") -> None:
            bar.update(task, completed=done, total=total or None, now=now)

        yield advance
