"""Options that commands share, and the records that they become: a `Brief` and the `Options` of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aftertone.cli.terminal import notify, notify_skipped

if TYPE_CHECKING:
    from aftertone.acoustics.audio import Recording
    from aftertone.acoustics.channels import Channel
    from aftertone.acoustics.vad import Detector
    from aftertone.batch import Options
    from aftertone.language.brief import Brief
    from aftertone.playbook import Review
    from aftertone.recognition import EngineSpec

Command = Callable[..., Any]
Decorator = Callable[[Command], Command]


def _option(name: str, metavar: str, text: str, **settings: Any) -> Decorator:
    return click.option(name, metavar=metavar, help=text, show_default="default" in settings, **settings)


def _choice(name: str, choices: Sequence[str], text: str) -> Decorator:
    """An option whose default is the first choice."""
    kind = click.Choice(choices)
    return click.option(name, type=kind, default=choices[0], show_default=True, help=text)


def _flag(name: str, text: str) -> Decorator:
    return click.option(name, is_flag=True, help=text)


def _all(*options: Decorator) -> Decorator:
    """Several options as one decorator, in the order of the help text."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


# ── single options ───────────────────────────────────────────────────────────────────────────────────

paths_argument = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
excel_option = _flag("--excel", "Write a .csv for Excel: letters in UTF-8, telephone numbers as text.")
transcripts_option = click.option(
    "--transcripts",
    type=click.Path(exists=True, path_type=Path),
    help="For --engine replay: a transcript, or a folder of NAME.json.",
)


def outs_option(text: str) -> Decorator:
    """The option ``--out`` for reports. It may be given several times."""
    kind = click.Path(path_type=Path)
    return click.option("--out", "outs", multiple=True, type=kind, help=f"{text} May be given several times.")


def check_outs(outs: Iterable[Path], excel: bool) -> None:
    """Refuse a report that cannot be written, and ``--excel`` without a report for a spreadsheet."""
    from aftertone.report import check_report_path

    for out in outs:
        check_report_path(out)
    if excel and not any(out.suffix.lower() == ".csv" for out in outs):
        raise click.UsageError("--excel goes with a .csv in --out")


def recordings_of(paths: Iterable[Path], quiet: bool) -> list[Path]:
    """The recordings at paths, each once. The other files in folders are named on stderr."""
    from aftertone.batch import recordings_in
    from aftertone.corpus import skipped_in

    files = list(dict.fromkeys(file for path in paths for file in recordings_in(path)))
    notify_skipped((each for path in paths for each in skipped_in(path)), quiet)
    return files


# ── the engine, and how recordings are read ──────────────────────────────────────────────────────────


def _channel(ctx: click.Context, parameter: click.Parameter, value: str) -> Channel:
    from aftertone.acoustics.channels import channel_index

    channel: Any = int(value) if value.isdecimal() else value
    try:
        channel_index(channel)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, parameter) from error
    return channel  # type: ignore[no-any-return]


review_options = _all(  # the parameters of `options_of`; docs/engines.md explains those of whisper
    _choice(
        "--engine",
        ("auto", "whisper", "replay"),
        "The source of the words. auto: whisper if its weights are on this machine, else words are not "
        "judged. whisper: missing weights are an error. replay: stored transcripts, NAME.json beside each "
        "recording.",
    ),
    _option("--model", "NAME|FOLDER", "The weights of whisper: see `aftertone models`."),
    transcripts_option,
    _flag("--no-words", "Measure the sound alone. Nothing is transcribed."),
    _flag("--offline", "Open no network connection, whatever other options say."),
    _flag("--download", "Download missing weights of whisper."),
    _choice(
        "--vad",
        ("webrtc", "silero"),
        "The detector of speech. silero: a neural network, slower, more robust in noise and music.",
    ),
    click.option(
        "--rate",
        "rate_hz",
        type=click.IntRange(4_000, 768_000),
        metavar="HZ",
        help="The sampling rate of files without a header: .sln, .ulaw, .gsm, .raw. [default: by suffix]",
    ),
    _option(
        "--channel",
        "N|left|right|mean|auto",
        "The channel to analyse. N: counted from 1; left is 1, right is 2. mean: the mean of all channels "
        "with sound. auto: the mean of all channels with speech.",
        default="auto",
        callback=_channel,
    ),
    _option(
        "--language",
        "CODE",
        "The language of the speech. auto: whisper detects it. Only English words are judged.",
        default="auto",
    ),
    _choice("--device", ("auto", "cpu", "cuda"), "The device that whisper runs on."),
    _option(
        "--compute-type",
        "TYPE",
        "The number format of whisper: int8, float16, float32 or another of CTranslate2.",
        default="auto",
    ),
    _option(
        "--beam",
        "N",
        "The hypotheses of whisper's beam search. 1 is fastest.",
        type=click.IntRange(1),
        default=5,
    ),
    _flag("--no-fallback", "Do not decode a window again if whisper's text is poor."),
    _flag("--no-verbatim", "Do not prompt whisper for um and uh."),
    _flag("--no-hotwords", "Do not prompt whisper with the names of the brief."),
    click.option("--quiet", "-q", is_flag=True, help="Print no progress and no notices."),
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
    **for_engine: Any,
) -> Options:
    """The values of the options as the record that every review takes."""
    from aftertone.batch import Options
    from aftertone.language.brief import Brief
    from aftertone.playbook import load_playbook

    return Options(
        engine=_engine_spec(quiet=quiet, **for_engine),
        playbook=None if playbook is None else load_playbook(playbook),
        brief=brief or Brief(),
        redact=redact,
        vad=vad,
        rate_hz=rate_hz,
        channel=channel,
    )


def _engine_spec(
    *,
    engine: str,
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
    """The engine, not yet loaded; None without words or without weights."""
    from aftertone.errors import ModelNotFoundError
    from aftertone.recognition import EngineSpec
    from aftertone.recognition.weights import asked_model, weights_folder
    from aftertone.recognition.window_decoder import WhisperOptions

    if transcripts is not None and engine != "replay":
        raise click.UsageError("--transcripts goes with --engine replay")
    if no_words:
        return None
    if engine == "auto":  # download or join the weights here, once for all processes
        try:
            weights_folder(model, language, may_fetch=download and not offline)
        except ModelNotFoundError as error:
            if asked_model(model) is not None:
                raise
            if not quiet:
                notify(f"words are not judged: {error}")
            return None
        engine = "whisper"
    return EngineSpec(
        engine,
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
        keep_heap=True,  # no other program shares these processes
    )


def review_of(path: Path, options: Options, brief: Brief) -> tuple[Recording, Review]:
    """Read and review one recording. `brief` wins over the brief beside the recording."""
    from aftertone.batch import Reviewer
    from aftertone.language.brief import Brief, find_brief

    recording = options.read(path)
    return recording, Reviewer(options).review(recording, brief.over(find_brief(path) or Brief()))


# ── the brief ────────────────────────────────────────────────────────────────────────────────────────

_BRIEF_OPTIONS = {
    "recipient": _option("--recipient", "NAME", "Who is called."),
    "caller": _option("--caller", "NAME", "Who calls."),
    "company": _option("--company", "NAME", "The company of the caller."),
    "number": _option("--number", "NUMBER", "The call-back number that should be said."),
    "caller_id": _option("--caller-id", "NUMBER", "The number that the call comes from."),
    "region": _option(
        "--region", "CODE", "The region of telephone numbers. [default: that of the brief, or US]"
    ),
    "script": _option(
        "--script",
        "FILE",
        "A text file with the words that should be said.",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
    ),
    "recorded_at": _option("--recorded-at", "TIME", "When the message was left, such as 2026-03-02T16:30."),
    "attempt": _option(
        "--attempt", "N", "The number of the message, or of the take.", type=click.IntRange(1)
    ),
}


def brief_options(command: Command) -> Command:
    """Options with known facts about the recordings. The command receives them as one `brief`."""

    @wraps(command)
    def with_brief(*args: Any, **given: Any) -> Any:
        from aftertone.errors import BriefError
        from aftertone.language.brief import brief_of

        values = {name: given.pop(name) for name in _BRIEF_OPTIONS}
        values |= {"region": _region(values["region"]), "script": _script(values["script"])}
        texts = {name: None if value is None else str(value) for name, value in values.items()}
        for name, text in texts.items():
            try:
                brief_of({name: text}, "it")
            except BriefError as error:
                problem = str(error).removeprefix(f"it: {name} is ")
                raise click.BadParameter(problem, param_hint=f"--{name.replace('_', '-')}") from error
        return command(*args, brief=brief_of(texts, "the options"), **given)

    return _all(*_BRIEF_OPTIONS.values())(with_brief)


def _script(path: Path | None) -> str | None:
    if path is None:
        return None
    from aftertone.files.reading import TEXT_BYTES_MAX, text_limited

    try:
        return text_limited(path, TEXT_BYTES_MAX)
    except OSError as error:
        raise click.BadParameter(f"{path}: {error.strerror or error}", param_hint="--script") from error
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{path}: not text in UTF-8: {error}", param_hint="--script") from error


def _region(code: str | None) -> str | None:
    if code is None:
        return None
    from phonenumbers import SUPPORTED_REGIONS

    if code.upper() not in SUPPORTED_REGIONS:
        raise click.BadParameter(
            f"{code!r} is no region; give two letters such as US, GB or AU", param_hint="--region"
        )
    return code.upper()


def batch_options(purpose: str) -> Decorator:
    """The options of a command that reviews many recordings; `purpose` says what the playbook is for."""
    text = (
        f"The playbook {purpose}: a name from `aftertone playbooks`, or a TOML file of your own. "
        "[default: the one that the brief names, or general]"
    )
    return _all(
        _option("--playbook", "NAME|FILE", text),
        brief_options,
        review_options,
        _flag("--redact", "Mask telephone numbers, names and amounts in all output."),
        click.option(
            "--jobs",
            "-j",
            type=click.IntRange(1),
            default=1,
            show_default=True,
            help="The number of processes.",
        ),
    )
