"""The real faster-whisper on models whose output is known: see whisper_models."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import pytest

import aftertone as at
from aftertone.acoustics.audio import Recording
from aftertone.acoustics.interval import Interval
from aftertone.acoustics.vad import speech_intervals
from aftertone.errors import ModelNotFoundError, TranscriptionError
from aftertone.language.brief import Brief
from aftertone.language.engines import WhisperOptions, load_engine
from aftertone.language.engines.whisper import FILLER_PROMPT
from aftertone.language.engines.windows import windows
from aftertone.language.tokens import word_parts
from aftertone.models import MODEL_VARIABLE, NEEDED_FILES

MAKERS = Path(__file__).parents[2] / "whisper_models.py"
spec = importlib.util.spec_from_file_location("whisper_models", MAKERS)
assert spec is not None
assert spec.loader is not None
whisper_models = importlib.util.module_from_spec(spec)
sys.modules["whisper_models"] = whisper_models
spec.loader.exec_module(whisper_models)

SCRIPT = (
    (" Hi,", 0.4, 0.7, 0.95),
    (" um", 0.9, 1.3, 0.55),
    (" 415-555-0123", 2.0, 4.4, 0.9),
    (" at", 4.6, 4.9, 0.99),
    (" 5:30", 5.1, 5.8, 0.8),
    (" o'clock.", 6.0, 6.4, 0.7),
)
WORDS = " zero one two three four five six seven call me back".replace(" ", "| ").split("|")[1:]
AS_IT_IS = WhisperOptions(guards=False, temperatures=(0.0,))
RATE_HZ = 16_000


def recording(samples: Any) -> Recording:
    return Recording.from_samples(np.asarray(samples, np.float32), RATE_HZ)


def tone_recording(indices: Sequence[int], lead_s: float = 0.0) -> Recording:
    samples = whisper_models.tone_samples(indices)
    lead = np.random.default_rng(1).standard_normal(round(lead_s * RATE_HZ)) * 1e-3
    return recording(np.concatenate([lead, samples]))


def sounding(*stretches: tuple[float, float], duration_s: float) -> Recording:
    """A buzz in syllables, which is speech to the detector, at these times; silence elsewhere."""
    samples = np.random.default_rng(2).standard_normal(round(duration_s * RATE_HZ)) * 1e-4
    for start_s, end_s in stretches:
        time_s = np.arange(round((end_s - start_s) * RATE_HZ)) / RATE_HZ
        edge = np.minimum(1, np.minimum(time_s, time_s[-1] - time_s) / 0.01)
        first = round(start_s * RATE_HZ)
        cycles = np.cumsum(120 + 40 * (np.floor(2 * time_s) % 4)) / RATE_HZ
        voice = sum(np.sin(2 * np.pi * k * cycles) / k for k in range(1, 20))
        samples[first : first + time_s.size] += (
            0.1 * edge * voice * (0.55 - 0.45 * np.cos(8 * np.pi * time_s))
        )
    return recording(samples)


def texts(transcript: Any) -> list[str]:
    return [word.text for word in transcript.words]


def said(indices: Sequence[int]) -> list[str]:
    return [WORDS[i].strip() for i in indices]


def own_words(engine: Any, given: Recording, **options: Any) -> list[Any]:
    """The words of faster-whisper's own transcription."""
    segments, _ = engine._model.transcribe(
        given.samples,
        language="en",
        beam_size=5,
        temperature=0.0,
        condition_on_previous_text=False,
        suppress_tokens=engine._suppressed,
        word_timestamps=True,
        **options,
    )
    words = [word for segment in segments for word in segment.words]
    return [word for word in words if word.word.strip() != ","]


@pytest.fixture(autouse=True)
def refuse_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise AssertionError("a socket was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = whisper_models.write_scripted_model(tmp_path_factory.mktemp("scripted") / "script", SCRIPT)
    return folder


@pytest.fixture(scope="module")
def tone_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = whisper_models.write_tone_model(tmp_path_factory.mktemp("tones") / "tones", WORDS)
    return folder


@pytest.fixture(scope="module")
def tones(tone_model: Path) -> Any:
    return load_engine("whisper", model=tone_model, offline=True, threads=1, workers=2)


def scripted_engine(folder: Path, script: Any, options: WhisperOptions = AS_IT_IS, **more: Any) -> Any:
    whisper_models.write_scripted_model(folder, script, **more)
    return load_engine("whisper", model=folder, threads=1, options=options)


def test_words_come_whole_with_times_and_probabilities(scripted: Path) -> None:
    noise = np.random.default_rng(0).standard_normal(9 * RATE_HZ) * 0.01
    engine = load_engine(
        "whisper", model=scripted, compute_type="float32", device="cpu", threads=1, options=AS_IT_IS
    )
    transcript = engine.transcribe(recording(noise))
    assert texts(transcript) == [text.strip() for text, *_ in SCRIPT]
    for word, (_, start_s, end_s, probability) in zip(transcript.words, SCRIPT, strict=True):
        assert word.interval.overlap_s(Interval(start_s, end_s)) > 0.4 * (end_s - start_s)
        assert word.confidence == pytest.approx(probability, abs=0.03)
    number = transcript.words[2]
    assert (number.start_s, number.end_s) == pytest.approx((2.0, 4.4), abs=0.4)
    assert transcript.language == "en"
    assert transcript.engine == "whisper"


def test_a_transcript_says_how_it_was_heard(scripted: Path) -> None:
    options = WhisperOptions(beam_size=2, temperatures=(0.0, 0.4), guards=False, verbatim=True)
    engine = load_engine(
        "whisper", model=scripted, compute_type="float32", device="cpu", threads=1, options=options
    )
    settings = engine.transcribe(recording(np.full(8_000, 0.01))).settings
    assert settings.pop("faster_whisper").startswith("1.")
    assert settings.pop("ctranslate2").startswith("4.")
    assert settings == {
        "model": "script",
        "compute_type": "float32",
        "device": "cpu",
        "beam_size": "2",
        "temperatures": "0 0.4",
        "guards": "no",
        "verbatim": "yes",
    }


# ── many at once ─────────────────────────────────────────────────────────────────────────────────────


def test_words_depend_on_the_sound_and_not_on_what_came_before(tones: Any) -> None:
    messages = [[8, 9, 10, 1, 2, 3], [], [7], [5, 4, 3, 3, 3, 0]]
    for indices in [*messages, *reversed(messages)]:
        transcript = tones.transcribe(tone_recording(indices))
        assert texts(transcript) == said(indices)
        starts_s = [word.start_s for word in transcript.words]
        assert starts_s == pytest.approx([0.5 * i for i in range(len(indices))], abs=0.15)


@pytest.mark.parametrize("options", [WhisperOptions(batch_size=3), AS_IT_IS, WhisperOptions(beam_size=1)])
@pytest.mark.parametrize("workers", [1, 2])
def test_many_heard_together_are_as_each_heard_alone(
    tone_model: Path, options: WhisperOptions, workers: int
) -> None:
    engine: Any = load_engine("whisper", model=tone_model, threads=1, workers=workers, options=options)
    random = np.random.default_rng(3)
    messages = [random.integers(0, len(WORDS), n).tolist() for n in (3, 0, 12, 1, 40, 7, 25)]
    recordings = [tone_recording(indices) for indices in messages]
    together = engine.transcribe_many(recordings)
    assert [texts(each) for each in together] == [said(indices) for indices in messages]
    assert together == [engine.transcribe(each) for each in recordings]


def test_words_times_and_probabilities_are_those_of_faster_whisper(tone_model: Path) -> None:
    engine: Any = load_engine("whisper", model=tone_model, threads=1, options=AS_IT_IS)
    random = np.random.default_rng(4)
    recordings = [tone_recording(random.integers(0, len(WORDS), n).tolist()) for n in (2, 30, 9, 55)]
    for given, transcript in zip(recordings, engine.transcribe_many(recordings), strict=True):
        own = own_words(engine, given)
        assert texts(transcript) == [word.word.strip() for word in own]
        assert [word.start_s for word in transcript.words] == pytest.approx([word.start for word in own])
        assert [word.end_s for word in transcript.words] == pytest.approx([word.end for word in own])
        assert [word.confidence for word in transcript.words] == pytest.approx([w.probability for w in own])


def test_slow_digits_at_an_edge_are_not_cut_short(tmp_path: Path) -> None:
    """faster-whisper cuts the words at a segment's edges to twice the median length."""
    script = [
        (f" {word}", 3.0 + i * 0.2, 3.2 + i * 0.2, 0.9)
        for i, word in enumerate(["you", "can", "call", "me", "on"])
    ]
    script = [(" Five", 0.6, 2.6, 0.9), *script]
    engine = scripted_engine(tmp_path / "slow", script)
    given = sounding((0.5, 4.2), duration_s=5.0)
    own, ours = own_words(engine, given)[0], engine.transcribe(given).words[0]
    assert own.end - own.start < 1.0
    assert ours.end_s - ours.start_s > 1.8


@pytest.mark.parametrize("options", [WhisperOptions(), AS_IT_IS])
def test_long_recordings_are_heard_in_windows_cut_in_pauses(
    tone_model: Path, options: WhisperOptions
) -> None:
    engine: Any = load_engine("whisper", model=tone_model, threads=1, options=options)
    random = np.random.default_rng(5)
    parts = [random.integers(0, len(WORDS), n).tolist() for n in (54, 48, 30)]
    given = recording(np.concatenate([whisper_models.tone_samples(part) for part in parts]))
    transcript = engine.transcribe(given)
    assert texts(transcript) == [word for part in parts for word in said(part)]
    starts_s = (
        [0.5 * i for i in range(54)] + [28 + 0.5 * i for i in range(48)] + [53 + 0.5 * i for i in range(30)]
    )
    assert [word.start_s for word in transcript.words] == pytest.approx(starts_s, abs=0.3)
    cuts = windows(given.duration_s, speech_intervals(given), trimmed=False)
    clips = [t for window in cuts for t in (window.pieces[0].start_s, window.pieces[-1].end_s)]
    own = own_words(engine, given, clip_timestamps=clips)
    assert texts(transcript) == [word.word.strip() for word in own]
    assert [w.start_s for w in transcript.words] == pytest.approx([w.start for w in own], abs=0.15)


def encoded_shapes(engine: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Of all features that the engine is going to encode."""
    shapes: list[tuple[int, ...]] = []
    encode = engine._model.encode

    def counted(features: Any) -> Any:
        shapes.append(features.shape)
        return encode(features)

    monkeypatch.setattr(engine._model, "encode", counted)
    return shapes


def test_short_input_is_taken_only_when_asked(tone_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = []
    for options in (WhisperOptions(), WhisperOptions(short_input=True)):
        engine: Any = load_engine("whisper", model=tone_model, threads=1, options=options)
        shapes = encoded_shapes(engine, monkeypatch)
        assert texts(engine.transcribe(tone_recording([1, 2, 3]))) == said([1, 2, 3])
        lengths += [shape[-1] for shape in shapes]
    assert lengths == [3000, 1200]


# ── what whisper invents ─────────────────────────────────────────────────────────────────────────────


def test_silence_has_no_words(tones: Any) -> None:
    assert tones.transcribe(recording(np.full(32_000, 1e-9))).words == ()


def test_no_text_where_nobody_speaks(scripted: Path) -> None:
    noise = recording(np.random.default_rng(0).standard_normal(9 * RATE_HZ) * 0.01)
    unguarded, guarded = (
        load_engine("whisper", model=scripted, threads=1, options=options).transcribe(noise)
        for options in (AS_IT_IS, WhisperOptions())
    )
    assert len(unguarded.words) == len(SCRIPT)
    assert guarded.words == ()


def test_dead_air_is_left_out_before_listening(tone_model: Path) -> None:
    given = tone_recording([5, 6, 7], lead_s=12.0)
    unguarded, guarded = (
        load_engine("whisper", model=tone_model, threads=1, options=options).transcribe(given)
        for options in (AS_IT_IS, WhisperOptions())
    )
    assert unguarded.words == ()  # this model gives up after a second of silence
    assert texts(guarded) == said([5, 6, 7])
    assert [word.end_s for word in guarded.words] == pytest.approx([12.5, 13.0, 13.5], abs=0.2)


def test_a_window_that_whisper_itself_takes_for_silence_has_no_words(tmp_path: Path) -> None:
    script = [(" you", 0.5, 0.8, 0.05), (" all", 0.8, 1.2, 0.05)]
    given = sounding((0.4, 1.4), duration_s=2.0)
    for no_speech, expected in ((0.9, []), (0.1, ["you", "all"])):
        engine = scripted_engine(tmp_path / str(no_speech), script, no_speech=no_speech)
        assert texts(engine.transcribe(given)) == expected


def test_an_invented_ending_is_dropped(tmp_path: Path) -> None:
    script = [
        (" call", 0.5, 0.8, 0.9),
        (" me", 0.8, 1.2, 0.9),
        (" Thank", 1.32, 1.42, 0.6),
        (" you.", 1.42, 1.52, 0.6),
    ]
    given = sounding((0.4, 1.25), duration_s=3.0)
    fault = scripted_engine(tmp_path / "ending", script)
    assert texts(fault.transcribe(given)) == ["call", "me", "Thank", "you."]
    guarded = load_engine("whisper", model=tmp_path / "ending", threads=1)
    assert texts(guarded.transcribe(given)) == ["call", "me"]
    spoken = sounding((0.4, 1.6), duration_s=3.0)
    assert texts(guarded.transcribe(spoken)) == ["call", "me", "Thank", "you."]


def test_a_loop_is_cut(tmp_path: Path) -> None:
    words = " please call me" + " back today" * 8
    script = [(f" {word}", 0.5 + 0.3 * i, 0.8 + 0.3 * i, 0.9) for i, word in enumerate(words.split())]
    given = sounding((0.3, 6.3), duration_s=7.0)
    fault = scripted_engine(tmp_path / "loop", script)
    assert len(fault.transcribe(given).words) == 19
    guarded = load_engine(
        "whisper", model=tmp_path / "loop", threads=1, options=WhisperOptions(temperatures=(0.0,))
    )
    assert texts(guarded.transcribe(given)) == ["please", "call", "me", "back", "today"]


def test_a_model_whose_time_stamps_stand_still_comes_to_an_end(tmp_path: Path) -> None:
    """Two time stamps at 0.02 s move faster-whisper on by 0.02 s: fifty windows a second."""
    engine = scripted_engine(tmp_path / "circle", [(" a", 0, 0.02, 0.9)], stamps_s=(0.02, 0.02))
    assert texts(engine.transcribe(recording(np.full(16_000, 0.01)))) == ["a"]


def test_only_poor_windows_are_decoded_again_and_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = [(f" w{i}", i * 0.5, i * 0.5 + 0.4, 0.2) for i in range(8)]
    given = [sounding((0.0, 4.0), duration_s=4.2)] * 3
    options = WhisperOptions(guards=False, temperatures=(0.0, 0.2))
    engine = scripted_engine(tmp_path / "poor", script, options)
    decoded, sizes = engine._decoded, []

    def spy(encoded: Any, *rest: Any) -> Any:
        sizes.append(np.asarray(encoded).shape[0])
        return decoded(encoded, *rest)

    monkeypatch.setattr(engine, "_decoded", spy)
    again = engine.transcribe_many(given)
    assert sizes == [3, 1, 1, 1]
    assert {each.settings.get("temperature") for each in again} <= {"0.2", None}
    engine = scripted_engine(tmp_path / "poor", script)
    assert all(texts(each) == [f"w{i}" for i in range(8)] for each in engine.transcribe_many(given))


# ── what whisper is told ─────────────────────────────────────────────────────────────────────────────


def test_verbatim_takes_the_fillers_of_the_second_hearing_and_not_its_words(tmp_path: Path) -> None:
    first = [
        (" Hi", 0.5, 1.5, 0.9),
        (" Mary", 1.6, 2.0, 0.9),
        (" it's", 2.0, 2.3, 0.9),
        (" Bob", 2.3, 2.7, 0.9),
    ]
    second = [
        (" Hi", 0.5, 0.9, 0.9),
        (" um", 1.0, 1.5, 0.8),
        (" Mary", 1.6, 2.0, 0.9),
        (" it's", 2.0, 2.3, 0.9),
        (" uh", 2.3, 2.4, 0.8),
        (" Rob", 2.4, 2.7, 0.9),  # not what was heard the first time: nothing beside it is taken
    ]
    given = sounding((0.4, 2.8), duration_s=3.2)
    plain = scripted_engine(tmp_path / "verbatim", first, after_prompt=(FILLER_PROMPT, second))
    assert texts(plain.transcribe(given)) == ["Hi", "Mary", "it's", "Bob"]
    options = WhisperOptions(verbatim=True, guards=False, temperatures=(0.0,))
    verbatim = load_engine("whisper", model=tmp_path / "verbatim", threads=1, options=options).transcribe(
        given
    )
    assert texts(verbatim) == ["Hi", "um", "Mary", "it's", "Bob"]
    hi, um, mary = verbatim.words[:3]
    assert hi.end_s <= um.start_s < um.end_s <= mary.start_s


def test_names_of_the_brief_are_told_to_whisper(tmp_path: Path) -> None:
    brief = Brief(recipient="Kjerstin", company="Aqmeworks")
    prompt = " Kjerstin, Aqmeworks"
    unaided, told = (
        [(" Hi", 0.5, 0.8, 0.9), (" Kristin", 0.8, 1.4, 0.9)],
        [(" Hi", 0.5, 0.8, 0.9), (" Kjerstin", 0.8, 1.4, 0.9)],
    )
    engine = scripted_engine(tmp_path / "names", unaided, WhisperOptions(), after_prompt=(prompt, told))
    given = sounding((0.4, 1.5), duration_s=2.0)
    assert texts(at.review(given, engine=engine, brief=brief).transcript) == ["Hi", "Kjerstin"]
    assert texts(at.review(given, engine=engine).transcript) == ["Hi", "Kristin"]
    together = engine.transcribe_many([given, given, given], [brief.names, (), brief.names])
    assert [texts(each)[1] for each in together] == ["Kjerstin", "Kristin", "Kjerstin"]
    deaf = load_engine("whisper", model=tmp_path / "names", threads=1, options=WhisperOptions(hotwords=False))
    assert texts(at.review(given, engine=deaf, brief=brief).transcript) == ["Hi", "Kristin"]


def test_digits_are_spelled_where_asked_and_the_tokenizer_allows(tmp_path: Path) -> None:
    digits = "0123456789"
    script = [
        (" at", 0.2, 0.5, 0.9),
        *((f"{' ' * (i == 0)}{d}", 0.5 + 0.3 * i, 0.8 + 0.3 * i, 0.9) for i, d in enumerate(digits)),
    ]
    given = sounding((0.1, 3.8), duration_s=4.2)
    written = scripted_engine(tmp_path / "digits", script, vocabulary=[" 415", "555", *digits])
    assert texts(written.transcribe(given)) == ["at", digits]
    options = WhisperOptions(spell_digits=True, guards=False)
    engine: Any = load_engine("whisper", model=tmp_path / "digits", threads=1, options=options)
    spelled = engine.transcribe(given)
    assert texts(spelled) == ["at", *digits]
    middles_s = [(word.start_s + word.end_s) / 2 for word in spelled.words[1:]]
    assert middles_s == pytest.approx([0.65 + 0.3 * i for i in range(10)], abs=0.15)
    barred = {engine._tokenizer("en").decode([token]).strip() for token in engine._suppressed}
    assert {"415", "555"} <= barred
    assert not barred & set(digits)
    assert spelled.settings["spell_digits"] == "yes"


def test_fillers_as_crisper_whisper_writes_them(tmp_path: Path) -> None:
    script = [
        (" so", 0.4, 0.7, 0.9),
        (" [UH]", 0.8, 1.2, 0.9),
        (" [UM]", 1.3, 1.6, 0.9),
        (" yes", 1.7, 2.0, 0.9),
    ]
    given = sounding((0.3, 2.1), duration_s=2.4)
    plain = scripted_engine(tmp_path / "plain", script)
    assert texts(plain.transcribe(given)) != ["so", "uh", "um", "yes"]  # brackets are barred
    crisper = scripted_engine(tmp_path / "faster_CrisperWhisper", script)
    assert texts(crisper.transcribe(given)) == ["so", "uh", "um", "yes"]


def test_language_is_told_or_asked_of_the_model(tmp_path: Path) -> None:
    words = [*WORDS, " ein", " zwei", " drei", " hallo"]
    folder = whisper_models.write_tone_model(tmp_path / "many", words, ("en", "de"))
    messages = [[1, 2], [14, 11, 12], [3], [14, 13]]
    recordings = [tone_recording(indices) for indices in messages]
    expected = [[words[i].strip() for i in indices] for indices in messages]
    asked: Any = load_engine("whisper", model=folder, threads=1, language="auto")
    heard = asked.transcribe_many(recordings)
    assert [texts(each) for each in heard] == expected
    assert [each.language for each in heard] == ["en", "de", "en", "de"]
    told: Any = load_engine("whisper", model=folder, threads=1, language="de")
    assert [(texts(each), each.language) for each in told.transcribe_many(recordings)] == [
        (text, "de") for text in expected
    ]


def test_options_out_of_range_are_refused() -> None:
    for options in ({"beam_size": 0}, {"batch_size": 0}, {"temperatures": ()}, {"temperatures": (0.2,)}):
        with pytest.raises(ValueError, match="expected"):
            WhisperOptions(**options)


# ── loading ──────────────────────────────────────────────────────────────────────────────────────────


def test_model_of_the_environment_is_taken(scripted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODEL_VARIABLE, str(scripted))
    assert load_engine("auto", offline=True).name == "whisper"


def test_heap_is_kept_where_asked(tone_model: Path) -> None:
    code = (
        "import sys, numpy, aftertone as at\n"
        "engine = at.load_engine('whisper', model=sys.argv[1], threads=1, keep_heap=True)\n"
        "quiet = at.Recording.from_samples(numpy.full(8000, 0.01), 16000)\n"
        "print(len(engine.transcribe(quiet).words))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tone_model], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "0"


def test_snapshot_of_the_hub_is_named_with_its_revision(scripted: Path, tmp_path: Path) -> None:
    snapshot = tmp_path / "models--owner--name" / "snapshots" / ("0123456789" * 4)
    snapshot.parent.mkdir(parents=True)
    snapshot.symlink_to(scripted)
    settings = load_engine("whisper", model=snapshot).transcribe(recording(np.full(8_000, 0.01))).settings
    assert settings["model"] == "owner/name"
    assert settings["revision"] == "0123456789" * 4


@pytest.mark.parametrize("missing", NEEDED_FILES)
def test_missing_file_is_named(scripted: Path, tmp_path: Path, missing: str) -> None:
    for file in scripted.iterdir():
        if file.name != missing:
            (tmp_path / file.name).symlink_to(file)
    with pytest.raises(ModelNotFoundError, match=missing):
        load_engine("whisper", model=tmp_path)


def test_older_vocabulary_will_do(scripted: Path, tmp_path: Path) -> None:
    for file in scripted.iterdir():
        if file.name != "vocabulary.json":
            (tmp_path / file.name).symlink_to(file)
    tokens = json.loads((scripted / "vocabulary.json").read_text())
    (tmp_path / "vocabulary.txt").write_text("".join(f"{token}\n" for token in tokens))
    engine = load_engine("whisper", model=tmp_path, options=AS_IT_IS)
    transcript = engine.transcribe(recording(np.full(7 * 16_000, 0.01)))
    assert [word.text for word in transcript.words] == [text.strip() for text, *_ in SCRIPT]


@pytest.mark.parametrize("broken", ["model.bin", "tokenizer.json", "vocabulary.json"])
def test_broken_file_is_our_error(scripted: Path, tmp_path: Path, broken: str) -> None:
    for file in scripted.iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / broken).unlink()
    (tmp_path / broken).write_bytes(b"rubbish")
    with pytest.raises(ModelNotFoundError, match="cannot be loaded"):
        load_engine("whisper", model=tmp_path)


def test_unknown_compute_type_is_our_error(scripted: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"int3.*\. Expected the compute type auto or,.* float32"):
        load_engine("whisper", model=scripted, compute_type="int3")


def test_missing_gpu_is_our_error(scripted: Path) -> None:
    if ctranslate2.get_cuda_device_count():
        pytest.skip("there is a GPU")
    with pytest.raises(ModelNotFoundError, match="the device is cpu"):
        load_engine("whisper", model=scripted, device="cuda")


def test_english_model_refuses_german(scripted: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="'de'"):
        load_engine("whisper", model=scripted, language="de")


def test_a_failing_backend_is_our_error(scripted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine: Any = load_engine("whisper", model=scripted, options=AS_IT_IS)

    def fail(*args: Any, **options: Any) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(engine._model, "encode", fail)
    with pytest.raises(TranscriptionError, match="recording: whisper failed: out of memory"):
        engine.transcribe(recording(np.full(16_000, 0.01)))


# ── from the command line ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("jobs", [1, 2])
def test_samples_are_scored_from_end_to_end(tmp_path: Path, jobs: int) -> None:
    text = " Hi Mary, this is Helen from Acme. Please call me at 415-555-2671."
    words = [f" {word}" for word in text.split()]
    script = [(word, 0.6 + 0.5 * i, 1.0 + 0.5 * i, 0.9) for i, word in enumerate(words)]
    folder = whisper_models.write_scripted_model(tmp_path / "made", script)
    samples = sorted((Path(__file__).parents[3] / "sample_audio").glob("n*.flac"))
    if len(samples) < 3:
        pytest.skip("sample_audio is not in this checkout")
    report = tmp_path / "reviews.json"
    command = [
        sys.executable,
        "-m",
        "aftertone",
        "score",
        *samples[:4],
        "--engine",
        "whisper",
        "--model",
        folder,
    ]
    command += ["--offline", "--beam", "1", "--no-fallback", "--no-hotwords", "--quiet"]
    command += ["--jobs", str(jobs), "--out", report]
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    page = report.read_text()
    assert page.count("415-555-2671") >= len(samples[:4])
    assert page.count('"model":"made"') + page.count('"model": "made"') == len(samples[:4])


@pytest.mark.skipif(not os.environ.get(MODEL_VARIABLE), reason=f"{MODEL_VARIABLE} names no real weights")
def test_real_weights_hear_the_samples() -> None:
    """Messages spoken by machines: seven words in ten, numbers apart."""
    import jiwer

    samples = Path(__file__).parents[3] / "sample_audio"
    engine: Any = load_engine("whisper", offline=True)
    true: list[str] = []
    heard: list[str] = []
    recordings = [at.read_audio(path) for path in sorted(samples.glob("*.flac"))]
    for given, transcript in zip(recordings, engine.transcribe_many(recordings), strict=True):
        assert given.path is not None
        words = json.loads((samples / "truth" / f"{given.path.stem}.json").read_bytes())["words"]
        for kept, sentence in ((true, " ".join(w["text"] for w in words)), (heard, transcript.text)):
            spoken = [part for word in sentence.split() for part in word_parts(word) if part.isalpha()]
            kept.append(" ".join(spoken) or "-")
    assert jiwer.wer(true, heard) < 0.3  # numbers are spelled in the truth, and written by whisper
