"""Every error aftertone raises, in one tree.

::

    AftertoneError                     anything of ours; catch this to catch all
    ├── AudioError                     one recording cannot be read or measured
    │   ├── AudioNotFoundError         no such file (also a FileNotFoundError)
    │   ├── AudioAccessError           the file may not be read (also a PermissionError)
    │   ├── AudioFormatError           not audio, or in no format we can decode
    │   ├── AudioTruncatedError        audio that ends before its header says
    │   ├── AudioEmptyError            no bytes, or no samples
    │   ├── AudioTooShortError         too few samples to be a message
    │   ├── AudioTooLongError          longer than the limit
    │   ├── AudioSilentError           every sample is the same: nothing was recorded
    │   ├── AudioSamplesError          NaN, infinity, or a wrong shape or rate (also a ValueError)
    │   └── NotARecordingError         neither a Recording nor a path (also an ArgumentTypeError)
    ├── ArgumentTypeError              an argument of another type than expected (also a TypeError)
    ├── NoAudioFoundError              a folder or pattern that holds no recording
    ├── OfflineError                   a connection is asked for, and none may be opened
    ├── EngineError                    words cannot be had
    │   ├── UnknownEngineError         no engine of that name
    │   ├── ModelNotFoundError         weights are not on this machine, and may not be fetched
    │   ├── ModelDamagedError          weights are not what their checksum says
    │   ├── ModelCacheError            weights cannot be joined: the cache is full or read-only
    │   ├── TranscriptError            a stored transcript is missing or malformed
    │   └── TranscriptionError         the recogniser failed on this recording
    ├── PlaybookError                  advice cannot be applied
    │   ├── UnknownPlaybookError       no playbook of that name, no such file
    │   ├── PlaybookFormatError        not TOML, or not a playbook
    │   └── UnknownMeasureError        a rule names a measure that does not exist
    ├── BriefError                     a brief beside a recording is malformed
    ├── WorkerError                    the process that reviewed a recording did not finish it
    │   ├── TimeLimitError             it took longer than the limit
    │   ├── MemoryLimitError           it asked for more memory than a process may take
    │   └── WorkerDiedError            it died: out of memory, or a fault in a library
    ├── UnexpectedError                a fault of aftertone, or of a library under it
    ├── BenchmarkError                 a benchmark cannot be run, or read back
    ├── ClusterError                   a cluster cannot be used
    ├── ReportError                    a report cannot be written, or read back
    │   └── LedgerError                a ledger cannot be used, or holds a run with other settings
    │       └── LedgerDamagedError     what is in it cannot be read; the message says what can
    └── ServeError                     the practice page cannot be served, or not as it was asked
        └── TakeError                  takes cannot be kept or deleted: their folder, its disk or its owner
            └── TakeNotFoundError      there is no take of that name

A message says what was found, what was expected and what to do, and names the file. An error of a
library underneath is kept as ``__cause__``.
"""

from __future__ import annotations

from traceback import walk_tb


class AftertoneError(Exception):
    """Base of every error of ours."""


class ArgumentTypeError(AftertoneError, TypeError):
    """An argument has another type than is expected."""


class AudioError(AftertoneError):
    """One recording cannot be read or measured."""


class AudioNotFoundError(AudioError, FileNotFoundError):
    """There is no file of that name."""


class AudioAccessError(AudioError, PermissionError):
    """The file is there and may not be read."""


class AudioFormatError(AudioError):
    """The bytes are not audio, or in no format we can decode."""


class AudioTruncatedError(AudioError):
    """The audio ends before its header says."""


class AudioEmptyError(AudioError):
    """There are no bytes, or no samples."""


class AudioTooShortError(AudioError):
    """There are too few samples to be a message."""


class AudioTooLongError(AudioError):
    """The recording is longer than the limit."""


class AudioSilentError(AudioError):
    """Every sample is the same: nothing was recorded."""


class AudioSamplesError(AudioError, ValueError):
    """Samples hold NaN or infinity, or have a wrong shape or rate."""


def wrong_type(name: str, found: object, expected: str) -> ArgumentTypeError:
    """The error for an argument of a wrong type.

    >>> wrong_type("brief", 3, "a Brief")
    ArgumentTypeError('brief is 3: found int, expected a Brief')
    """
    return ArgumentTypeError(f"{name} is {found!r:.80}: found {type(found).__name__}, expected {expected}")


class NotARecordingError(AudioError, ArgumentTypeError):
    """An argument is neither a Recording nor, where a path is enough, a path."""


class NoAudioFoundError(AftertoneError):
    """A folder or pattern holds no recording."""


class OfflineError(AftertoneError):
    """A connection is asked for, and none may be opened."""


class EngineError(AftertoneError):
    """Words cannot be had."""


class UnknownEngineError(EngineError):
    """There is no engine of that name."""


class ModelNotFoundError(EngineError):
    """Weights are not on this machine, and may not be fetched."""


class ModelDamagedError(EngineError):
    """Weights are not what their checksum says."""


class ModelCacheError(EngineError):
    """Weights cannot be joined: the cache is full or read-only."""


class TranscriptError(EngineError):
    """A stored transcript is missing or malformed."""


class TranscriptionError(EngineError):
    """The recogniser failed on this recording."""


class PlaybookError(AftertoneError):
    """Advice cannot be applied."""


class UnknownPlaybookError(PlaybookError):
    """There is no playbook of that name, and no such file."""


class PlaybookFormatError(PlaybookError):
    """The file is not TOML, or not a playbook."""


class UnknownMeasureError(PlaybookError):
    """A rule names a measure that does not exist."""


class BriefError(AftertoneError):
    """A brief beside a recording is malformed."""


class WorkerError(AftertoneError):
    """The process that reviewed a recording did not finish it."""


class TimeLimitError(WorkerError):
    """It took longer than the limit."""


class MemoryLimitError(WorkerError):
    """It asked for more memory than a process may take."""


class WorkerDiedError(WorkerError):
    """It died: out of memory, or a fault in a library."""


class UnexpectedError(AftertoneError):
    """A fault of aftertone, or of a library under it."""


def unexpected(error: Exception, of: object) -> AftertoneError:
    """An error as one of ours: one of ours as it is, any other with its kind and place, and as the cause.

    Parameters
    ----------
    error : Exception
        As it was caught.
    of : object
        What the message begins with, such as a path.

    Examples
    --------
    >>> unexpected(ZeroDivisionError("by nought"), "a.wav")
    UnexpectedError('a.wav: unexpected ZeroDivisionError: by nought; a fault of aftertone: please report it')
    """
    if isinstance(error, AftertoneError):
        return error
    ours: AftertoneError
    if isinstance(error, MemoryError):
        ours = MemoryLimitError(
            f"{of}: asked for more memory than its process may take ({error or 'out of memory'}); expected "
            "one message: cut it, or convert it to WAV"
        )
    else:
        places = [(frame.f_globals.get("__name__", ""), line) for frame, line in walk_tb(error.__traceback__)]
        own = [f" (in {name}, line {line})" for name, line in places if name.startswith("aftertone")]
        ours = UnexpectedError(
            f"{of}: unexpected {type(error).__name__}: {error}{own[-1] if own else ''}; a fault of "
            "aftertone: please report it"
        )
    ours.__cause__ = error
    return ours


class BenchmarkError(AftertoneError):
    """A benchmark cannot be run, or read back."""


class ClusterError(AftertoneError):
    """A cluster cannot be used."""


class ReportError(AftertoneError):
    """A report cannot be written, or read back."""


class LedgerError(ReportError):
    """A ledger cannot be used, or holds a run with other settings."""


class LedgerDamagedError(LedgerError):
    """What is in a ledger cannot be read; the message says what can."""


class ServeError(AftertoneError):
    """The practice page cannot be served, or not as it was asked."""


class TakeError(ServeError):
    """Takes cannot be kept or deleted: their folder, its disk or its owner."""


class TakeNotFoundError(TakeError):
    """There is no take of that name."""
