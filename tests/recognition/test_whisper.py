"""The Whisper engine on real weights: tiny.en where speed counts, base where languages do."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import ctranslate2
import jiwer
import numpy as np
import pytest

import aftertone as at
from aftertone.acoustics.audio import Recording
from aftertone.errors import ModelNotFoundError, TranscriptionError
from aftertone.language.fillers import is_filled_pause
from aftertone.language.tokens import spoken_words
from aftertone.recognition import load_engine
from aftertone.recognition.manifest import MODEL_VARIABLE, NEEDED_FILES
from aftertone.recognition.weights import find_model
from aftertone.recognition.window_decoder import SETTINGS, WhisperOptions

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_audio"
DATA = ROOT.parent / "shared" / "data"
RATE_HZ = 16_000
FILLER_PROMPT = SETTINGS.filler_prompt


pytestmark = pytest.mark.usefixtures("refused")


def loaded(model: str = "tiny.en", **settings: Any) -> Any:
    return load_engine("whisper", model=model, offline=True, **{"threads": 1, **settings})


@pytest.fixture(scope="module")
def tiny() -> Any:
    return loaded()


@pytest.fixture(scope="module")
def base() -> Any:
    return loaded("base")


@pytest.fixture
def engine(tiny: Any) -> Iterator[Any]:
    """An engine that a test may change."""
    decoder = tiny._decoder
    options = decoder.options
    yield tiny
    decoder.options = options


def sample(name: str) -> Recording:
    return at.read_audio(SAMPLES / name)


def truth(name: str) -> list[dict[str, Any]]:
    page: dict[str, Any] = json.loads((SAMPLES / "truth" / f"{Path(name).stem}.json").read_bytes())
    words: list[dict[str, Any]] = page["words"]
    return words


def recording(*parts: Any) -> Recording:
    return Recording.from_samples(np.concatenate([np.asarray(part, np.float32) for part in parts]), RATE_HZ)


def silence(duration_s: float) -> Any:
    return np.random.default_rng(1).standard_normal(round(duration_s * RATE_HZ)) * 1e-4


def plain(texts: Sequence[str]) -> str:
    """Words as spoken, in lower case, without fillers."""
    spoken = [part for text in texts if not is_filled_pause(text) for part in spoken_words(text)]
    letters = ("".join(letter for letter in word.lower() if letter.isalnum()) for word in spoken)
    return " ".join(word for word in letters if word)


def text_of(transcript: Any) -> str:
    return plain([word.text for word in transcript.words])


@pytest.mark.parametrize("name", ["dentist_callback.flac", "sales_appointment.flac"])
def test_words_and_their_times_are_those_that_were_said(tiny: Any, name: str) -> None:
    transcript, said = tiny.transcribe(sample(name)), truth(name)
    assert jiwer.wer(plain([word["text"] for word in said]), text_of(transcript)) < 0.25
    assert (transcript.language, transcript.engine) == ("en", "whisper")
    starts_s = {word["text"].lower().strip(".,?!"): word["start_s"] for word in said}
    counts = [word["text"].lower().strip(".,?!") for word in said]
    wrote = [word.text.lower().strip(".,?!") for word in transcript.words]
    once = [word for word in starts_s if counts.count(word) == 1 and wrote.count(word) == 1]
    off_s = [abs(transcript.words[wrote.index(word)].start_s - starts_s[word]) for word in once]
    assert len(once) > 10
    assert np.median(off_s) < 0.15
    assert all(0 <= word.confidence <= 1 for word in transcript.words)


def test_a_transcript_says_how_it_was_made() -> None:
    options = WhisperOptions(beam_size=2, guards=False, fallback=False)
    engine = loaded(compute_type="float32", device="cpu", options=options)
    settings = dict(engine.transcribe(sample("follow_up_2.flac")).settings)
    assert settings.pop("faster_whisper").startswith("1.")
    assert settings.pop("ctranslate2").startswith("4.")
    assert settings == {
        "model": "tiny.en",
        "compute_type": "float32",
        "device": "cpu",
        "beam_size": "2",
        "word_times": "cross-attention",
        "verbatim": "yes",
        "fallback": "no",
        "guards": "no",
    }


# ── each recording by itself ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("workers", [1, 2])
def test_words_do_not_depend_on_other_recordings(tiny: Any, workers: int) -> None:
    names = ["follow_up_2.flac", "hurried_number.flac", "rushed.mp3", "who_is_this.flac"]
    recordings = [sample(name) for name in names] + [recording(silence(2.0))]
    engine = loaded(workers=workers)
    together = engine.transcribe_many(recordings)
    assert together == engine.transcribe_many(recordings[::-1])[::-1]
    assert together == [tiny.transcribe(each) for each in recordings]
    assert together[-1].words == ()
    assert len({each.text for each in together}) == len(recordings)


def test_threads_do_not_change_words(tiny: Any) -> None:
    given = sample("follow_up_1.flac")
    assert loaded(threads=2).transcribe(given) == tiny.transcribe(given)


def test_long_recordings_are_transcribed_in_windows_cut_at_pauses(tiny: Any) -> None:
    parts = [sample(name) for name in ("follow_up_1.flac", "dentist_callback.flac", "number_once.flac")]
    given = recording(*(part.samples for part in parts))
    assert given.duration_s > 60
    whole = tiny.transcribe(given)
    alone = " ".join(text_of(tiny.transcribe(part)) for part in parts)
    assert jiwer.wer(alone, text_of(whole)) < 0.12
    starts_s = [word.start_s for word in whole.words]
    assert starts_s == sorted(starts_s)
    assert starts_s[-1] > given.duration_s - 10


def test_silence_is_left_out_before_decoding(tiny: Any) -> None:
    part = sample("follow_up_2.flac")
    plain_words = tiny.transcribe(part)
    later = tiny.transcribe(recording(silence(20.0), part.samples, silence(15.0)))
    assert jiwer.wer(text_of(plain_words), text_of(later)) < 0.1
    assert later.words[0].start_s == pytest.approx(20.0 + plain_words.words[0].start_s, abs=0.3)


# ── what is invented, repeated or lost ───────────────────────────────────────────────────────────────


def tones(*hz: float, duration_s: float = 10.0) -> Any:
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    return sum(0.1 * np.sin(2 * np.pi * each * time_s) for each in hz)


@pytest.mark.parametrize(
    "samples",
    [
        np.full(10 * RATE_HZ, 1e-9),
        silence(10.0),
        1_000 * silence(10.0),
        tones(440.0),
        tones(350.0, 440.0),
        tones(*(60.0 * k for k in range(1, 8))),
    ],
    ids=["nothing", "hiss", "noise", "a tone", "a dial tone", "hum"],
)
def test_no_words_where_nobody_speaks(tiny: Any, samples: Any) -> None:
    assert at.review(recording(samples), engine=tiny).measurements.words.count in (None, 0)


def test_a_poor_window_is_decoded_again_in_fixed_ways(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given = sample("follow_up_2.flac")
    name = engine.transcribe(given).words[0].text.strip(".,!?")  # a name that is said
    searched, lengths, prompts = engine._decoder._texts, [], []
    sure = iter((-1.5, -1.3, -1.2))

    def poor(encoded: Any, language: str, given: Any) -> Any:
        lengths.append(encoded[0].shape[1])
        prompts.append(engine._model.hf_tokenizer.decode(list(given[0])))
        return [replace(each, log_probability=next(sure)) for each in searched(encoded, language, given)]

    monkeypatch.setattr(engine._decoder, "_texts", poor)
    engine._decoder.options = WhisperOptions(guards=False)
    engine.transcribe_many([given], hotwords=[[name]])
    assert lengths[0] < 1500
    assert lengths[1:] == [1500, 1500]
    assert prompts == [f" {name}.{FILLER_PROMPT}", FILLER_PROMPT, ""]


def test_telephone_sound_has_the_whole_input(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    searched, lengths = engine._decoder._texts, []

    def watched(encoded: Any, *given: Any) -> Any:
        lengths.append(encoded[0].shape[1])
        return searched(encoded, *given)

    monkeypatch.setattr(engine._decoder, "_texts", watched)
    part = sample("follow_up_2.flac")
    engine.transcribe(part)
    engine.transcribe(Recording.from_samples(part.samples[::2], RATE_HZ // 2))
    assert lengths[0] < 1500
    assert lengths[-1] == 1500


def test_a_window_decoded_well_is_decoded_once(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    searched, calls = engine._decoder._texts, []

    def counted(*given: Any) -> Any:
        calls.append(given)
        return searched(*given)

    monkeypatch.setattr(engine._decoder, "_texts", counted)
    engine.transcribe(sample("follow_up_2.flac"))
    assert len(calls) == 1


def test_speech_that_got_no_words_is_decoded_again(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given = sample("sales_appointment.flac")  # in phrases that are longer than the shortest gap that counts
    whole = engine.transcribe(given)
    searched, calls = engine._decoder._texts, []

    def loses_the_end(*given: Any) -> Any:
        """Of the first texts: of the whole window, decoded in each way."""
        texts = searched(*given)
        calls.append(given)
        return [replace(each, tokens=each.tokens[:12]) for each in texts] if len(calls) <= lost else texts

    monkeypatch.setattr(engine._decoder, "_texts", loses_the_end)
    for lost in (1, 3):  # found by another way of decoding; by decoding what is uncovered
        calls.clear()
        found = jiwer.process_words(text_of(whole), text_of(engine.transcribe(given)))
        assert len(calls) > lost
        assert found.hits > 0.65 * len(text_of(whole).split())


# ── what the model is told ───────────────────────────────────────────────────────────────────────────


def test_fillers_are_written_and_in_the_prompt_by_default(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched, prompts = engine._decoder._texts, []

    def watched(encoded: Any, language: str, given: Any) -> Any:
        prompts.append(engine._model.hf_tokenizer.decode(list(given[0])))
        return searched(encoded, language, given)

    monkeypatch.setattr(engine._decoder, "_texts", watched)
    words = engine.transcribe(sample("full_of_fillers.flac")).words
    assert sum(is_filled_pause(word.text) for word in words) >= 7  # of nine
    assert set(prompts) == {FILLER_PROMPT}
    prompts.clear()
    engine._decoder.options = WhisperOptions(verbatim=False)
    engine.transcribe(sample("full_of_fillers.flac"))
    assert set(prompts) == {""}


def test_names_of_the_brief_are_in_the_prompt(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    searched, prompts = engine._decoder._texts, []

    def watched(encoded: Any, language: str, given: Any) -> Any:
        prompts.append(engine._model.hf_tokenizer.decode(list(given[0])))
        return searched(encoded, language, given)

    monkeypatch.setattr(engine._decoder, "_texts", watched)
    given = sample("amr_mobile.amr")
    brief = at.find_brief(SAMPLES / "amr_mobile.amr")
    assert brief is not None
    told = at.review(given, engine=engine, brief=brief).transcript
    assert prompts == [f" {', '.join(brief.names)}.{FILLER_PROMPT}"]
    engine._decoder.options = WhisperOptions(hotwords=False)
    untold = at.review(given, engine=engine, brief=brief).transcript
    assert prompts[1:] == [FILLER_PROMPT]
    assert told is not None
    assert untold is not None
    assert brief.caller == "Grace Okafor"
    assert brief.caller in told.text
    assert brief.caller not in untold.text


def test_names_that_are_not_said_change_no_word(tiny: Any) -> None:
    given = sample("follow_up_2.flac")
    told = tiny.transcribe_many([given], hotwords=[["Kjerstin Aqme", "Deborah"]])
    assert told == [tiny.transcribe(given)]


def test_language_is_detected(base: Any) -> None:
    assert base.transcribe(sample("follow_up_2.flac")).language == "en"
    assert base.transcribe(recording(silence(2.0))).language == "en"


def german() -> list[Recording]:
    folder = DATA / "emodb"
    if not folder.is_dir():
        pytest.skip("needs the recordings of shared/data/emodb beside the checkout")
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as lines:
        names = [row["file_name"] for row in csv.DictReader(lines)]
    return [at.read_audio(folder / name) for name in names[::24]]


def test_german_is_named_and_not_judged(base: Any) -> None:
    reviews = [at.review(each, engine=base) for each in german()]
    is_german = [review.transcript is not None and review.transcript.language == "de" for review in reviews]
    assert np.mean(is_german) > 0.9
    for review in (review for review, is_so in zip(reviews, is_german, strict=True) if is_so):
        assert review.measurements.words.count is None
        assert "'de'" in review.measurements.reasons["words.count"]


def test_an_english_model_does_not_trust_its_words_of_german(tiny: Any) -> None:
    trusted = [at.review(each, engine=tiny).measurements.words.trusted for each in german()]
    assert sum(each is True for each in trusted) <= 1


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        WhisperOptions(beam_size=0)
    with pytest.raises(ValueError, match="expected"):
        WhisperOptions(batch_size=0)


# ── loading ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def folder() -> Path:
    return find_model("tiny.en")


def linked(folder: Path, to: Path, without: str) -> Path:
    for file in folder.iterdir():
        if file.name != without:
            (to / file.name).symlink_to(file)
    return to


def test_model_of_the_environment_is_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODEL_VARIABLE, str(folder))
    assert load_engine("auto", offline=True).name == "whisper"


def test_heap_is_kept_where_asked() -> None:
    code = (
        "import numpy, aftertone as at\n"
        "engine = at.load_engine('whisper', model='tiny.en', threads=1, keep_heap=True)\n"
        "quiet = at.Recording.from_samples(numpy.full(8000, 0.01), 16000)\n"
        "print(len(engine.transcribe(quiet).words))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_snapshot_of_the_hub_is_named_with_its_revision(folder: Path, tmp_path: Path) -> None:
    snapshot = tmp_path / "models--owner--name" / "snapshots" / ("0123456789" * 4)
    snapshot.parent.mkdir(parents=True)
    snapshot.symlink_to(folder)
    settings = load_engine("whisper", model=snapshot).transcribe(recording(silence(0.5))).settings
    assert settings["model"] == "owner/name"
    assert settings["revision"] == "0123456789" * 4


@pytest.mark.parametrize("missing", [name for name in NEEDED_FILES if "vocabulary" not in name])
def test_missing_file_is_named(folder: Path, tmp_path: Path, missing: str) -> None:
    with pytest.raises(ModelNotFoundError, match=missing):
        load_engine("whisper", model=linked(folder, tmp_path, missing))


@pytest.mark.parametrize("broken", ["model.bin", "tokenizer.json"])
def test_broken_file_is_our_error(folder: Path, tmp_path: Path, broken: str) -> None:
    (linked(folder, tmp_path, broken) / broken).write_bytes(b"rubbish")
    with pytest.raises(ModelNotFoundError, match="cannot be loaded"):
        load_engine("whisper", model=tmp_path)


def test_unknown_compute_type_is_our_error(folder: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"int3.*\. Expected the compute type auto or,.* float32"):
        load_engine("whisper", model=folder, compute_type="int3")


def test_missing_gpu_is_our_error(folder: Path) -> None:
    if ctranslate2.get_cuda_device_count():
        pytest.skip("there is a GPU")
    with pytest.raises(ModelNotFoundError, match="the device is cpu"):
        load_engine("whisper", model=folder, device="cuda")


def test_english_model_refuses_german(folder: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="'de'"):
        load_engine("whisper", model=folder, language="de")


def test_a_failing_backend_is_our_error(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(engine._decoder, "_encoded", fail)
    with pytest.raises(TranscriptionError, match=r"follow_up_2\.flac: whisper failed: out of memory"):
        engine.transcribe(sample("follow_up_2.flac"))
