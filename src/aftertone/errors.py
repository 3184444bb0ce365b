"""The errors of aftertone, in one tree; each class says what it means.

::

    AftertoneError
    ├── AudioError
    │   ├── AudioNotFoundError         also a FileNotFoundError
    │   ├── AudioAccessError           also a PermissionError
    │   ├── AudioFormatError
    │   ├── AudioTruncatedError
    │   ├── AudioEmptyError
    │   ├── AudioTooShortError
    │   ├── AudioTooLongError
    │   ├── AudioSilentError
    │   ├── AudioSamplesError          also a ValueError
    │   └── NotARecordingError         also an ArgumentTypeError
    ├── ArgumentTypeError              also a TypeError
    ├── NoAudioFoundError
    ├── OfflineError
    ├── EngineError
    │   ├── UnknownEngineError
    │   ├── ModelNotFoundError
    │   ├── ModelDamagedError
    │   ├── ModelCacheError
    │   ├── TranscriptError
    │   └── TranscriptionError
    ├── PlaybookError
    │   ├── UnknownPlaybookError
    │   ├── PlaybookFormatError
    │   └── UnknownMeasureError
    ├── BriefError
    ├── WorkerError
    │   ├── TimeLimitError
    │   ├── MemoryLimitError
    │   └── WorkerDiedError
    ├── UnexpectedError
    ├── BenchmarkError
    ├── ClusterError
    ├── SynthesisError
    ├── ReportError
    │   └── LedgerError
    │       └── LedgerDamagedError
    └── ServeError
        └── TakeError
            └── TakeNotFoundError

A message names the file, then says what was found, what was expected and what to do. The error of a library
is kept as ``__cause__``.
"""

from __future__ import annotations

from traceback import walk_tb


class AftertoneError(Exception):
    """The base of all errors of aftertone."""


class ArgumentTypeError(AftertoneError, TypeError):
    """An argument has another type than expected."""


class AudioError(AftertoneError):
    """A recording cannot be read or measured."""


class AudioNotFoundError(AudioError, FileNotFoundError):
    """There is no file of this name."""


class AudioAccessError(AudioError, PermissionError):
    """The file exists and may not be read."""


class AudioFormatError(AudioError):
    """The file is not audio, or in a format that cannot be decoded."""


class AudioTruncatedError(AudioError):
    """The audio is shorter than its header says."""


class AudioEmptyError(AudioError):
    """The file has no bytes, or no samples."""


class AudioTooShortError(AudioError):
    """The recording is too short to be a message."""


class AudioTooLongError(AudioError):
    """The recording is longer than the limit."""


class AudioSilentError(AudioError):
    """All samples have the same value: nothing was recorded."""


class AudioSamplesError(AudioError, ValueError):
    """The samples contain NaN or infinity, or have a wrong shape or sampling rate."""


class NotARecordingError(AudioError, ArgumentTypeError):
    """An argument is neither a Recording nor, where a path is enough, a path."""


class NoAudioFoundError(AftertoneError):
    """A folder, pattern or table contains no recording."""


class OfflineError(AftertoneError):
    """A network connection is needed, and offline none is opened."""


class EngineError(AftertoneError):
    """An engine cannot be loaded, or cannot transcribe."""


class UnknownEngineError(EngineError):
    """There is no engine of this name."""


class ModelNotFoundError(EngineError):
    """The weights of a model are not on this machine, and may not be downloaded."""


class ModelDamagedError(EngineError):
    """The weights of a model do not match their checksum."""


class ModelCacheError(EngineError):
    """The weights of a model cannot be written to the cache: it is full or read-only."""


class TranscriptError(EngineError):
    """A stored transcript is missing or malformed."""


class TranscriptionError(EngineError):
    """The engine failed on this recording."""


class PlaybookError(AftertoneError):
    """A playbook cannot be used."""


class UnknownPlaybookError(PlaybookError):
    """There is no playbook and no file of this name."""


class PlaybookFormatError(PlaybookError):
    """The file is not TOML, or not a playbook."""


class UnknownMeasureError(PlaybookError):
    """A rule names a measure that does not exist."""


class BriefError(AftertoneError):
    """A brief is malformed."""


class WorkerError(AftertoneError):
    """The process that reviewed a recording did not finish it."""


class TimeLimitError(WorkerError):
    """A recording took longer than the time limit."""


class MemoryLimitError(WorkerError):
    """A recording needed more memory than a process may use."""


class WorkerDiedError(WorkerError):
    """The process died: it ran out of memory, or a library crashed."""


class UnexpectedError(AftertoneError):
    """A bug of aftertone, or of a library that it uses."""


class BenchmarkError(AftertoneError):
    """A benchmark cannot be run, or its record cannot be read."""


class ClusterError(AftertoneError):
    """A cluster cannot be used."""


class SynthesisError(AftertoneError):
    """A text cannot be spoken: the voices are missing or damaged, or a word has no pronunciation."""


class ReportError(AftertoneError):
    """A report cannot be written or read."""


class LedgerError(ReportError):
    """A ledger cannot be used, or holds a run with other settings."""


class LedgerDamagedError(LedgerError):
    """A part of a ledger cannot be read; the message says what can."""


class ServeError(AftertoneError):
    """The practice page cannot be served, or not with these options."""


class TakeError(ServeError):
    """Takes cannot be kept or deleted, because of their folder, its disk or its owner."""


class TakeNotFoundError(TakeError):
    """There is no take of this name."""


def wrong_type(name: str, found: object, expected: str) -> ArgumentTypeError:
    """The error for an argument of another type than expected.

    >>> wrong_type("brief", 3, "a Brief")
    ArgumentTypeError('brief is 3: found int, expected a Brief')
    """
    return ArgumentTypeError(f"{name} is {found!r:.80}: found {type(found).__name__}, expected {expected}")


def unexpected(error: Exception, of: object) -> AftertoneError:
    """Turn any exception into an error of aftertone; those of aftertone stay as they are.

    Parameters
    ----------
    error : Exception
    of : object
        The beginning of the message, such as a path.

    Returns
    -------
    AftertoneError
        Its message has the kind and place of the exception, which is its ``__cause__``.

    Examples
    --------
    >>> unexpected(ZeroDivisionError("by nought"), "a.wav")
    UnexpectedError('a.wav: unexpected ZeroDivisionError: by nought; a fault of aftertone: please report it')
    """
    if isinstance(error, AftertoneError):
        return error
    converted: AftertoneError
    if isinstance(error, MemoryError):
        converted = MemoryLimitError(
            f"{of}: asked for more memory than its process may take ({error or 'out of memory'}); expected "
            "one message: cut it, or convert it to WAV"
        )
    else:
        places = [(frame.f_globals.get("__name__", ""), line) for frame, line in walk_tb(error.__traceback__)]
        own = [f" (in {name}, line {line})" for name, line in places if name.startswith("aftertone")]
        converted = UnexpectedError(
            f"{of}: unexpected {type(error).__name__}: {error}{own[-1] if own else ''}; a fault of "
            "aftertone: please report it"
        )
    converted.__cause__ = error
    return converted
