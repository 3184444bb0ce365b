from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

import aftertone as at
from aftertone.errors import TranscriptError
from aftertone.language.brief import Brief, find_brief
from aftertone.language.content import understand
from aftertone.language.facts import facts_of
from aftertone.language.name_places import word_list
from aftertone.language.transcript import Transcript, Word
from aftertone.playbook import Review, load_playbook, playbooks, rewritten
from aftertone.playbook.rewriting import HEARD
from aftertone.report import Outcome, outcome_dict
from aftertone.report.redaction import _SPOKEN, Mask, redacted
from aftertone.report.review_text import number_as_written, number_remarks
from benchmarks.wording import wordings
from tests.engines import TrueWords, true_words
from tests.language.test_content import sound_of

SAMPLES = Path(__file__).parents[2] / "sample_audio"

TITLES = {"mr", "mrs", "ms", "miss", "dr", "doctor"}
TEXTS = [
    ("call 800-555-1234 today", "call [number] today"),
    ("call (866) 555-2671, ext. 12", "call [number], ext. [number]"),
    ("five five five one two, extension two two four. I am here", "[number], extension [number]. I am here"),
    ("an extension of two days", "an extension of two days"),
    ("+44 20 7946 0958", "[number]"),
    ("five five five, one two one two. Thanks", "[number]. Thanks"),
    ("five fifty five twelve twelve", "[number]"),
    ("card ending one two three four please", "card ending [number] please"),
    ("you owe $1,234.56 now", "you owe [amount] now"),
    ("you owe twelve hundred and fifty dollars and ten cents now", "you owe [amount] now"),
    ("about 500 euros", "about [amount]"),
    ("a few hundred bucks", "[amount]"),
    ("about £3k or so", "about [amount] or so"),
    ("write to mary.stone@example.com", "write to [name]"),
    ("Mr. Kowalczyk called", "Mr. [name] called"),
    ("this is Sarah Collins, Sarah's cell", "this is [name]'s cell"),
    ("sarah's cell, COLLINS residence", "[name]'s cell, [name] residence"),
    ("ask for Janet or janet's brother", "ask for [name] or [name]'s brother"),
    ("it will be may before I may", "it will be may before I may"),
    ("call at five thirty on May 12", "call at five thirty on May 12"),
    ("two things and one more", "two things and one more"),
    ("confidence 0.45, 0.7 is needed", "confidence 0.45, 0.7 is needed"),
    ("it's 555-1234, area code three one two. Bye", "it's [number], area code [number]. Bye"),
    ("five five five one two one two area code is 312", "[number] area code is [number]"),
    ("call 1-800-FLOWERS today", "call [number] today"),
    ("call one eight hundred flowers today", "call [number] today"),
    ("call 1-800-555-HELP.", "call [number]."),
    ("five five five oh one double six, bye", "[number], bye"),
    ("555-0143 x12", "[number] x[number]"),
    ("extension number one oh four please", "extension number [number] please"),
    ("an area code for two towns", "an area code for two towns"),
    ("my flowers and one hundred tulips", "my flowers and one hundred tulips"),
    ("that's spelled P E L L, thanks", "that's spelled [name], thanks"),
    ("K-O-W-A-L, sir", "[name], sir"),
    ("p as in peter e for echo l l", "[name]"),
    ("at five p m i am in the U.S. office", "at five p m i am in the U.S. office"),
    ("we're at 42 Birch Lane now", "we're at [address] Lane now"),
    ("eleven fifteen old mill road", "[address] road"),
    ("two blocks down the street, a 20 minute drive", "two blocks down the street, a 20 minute drive"),
    ("date of birth is March third nineteen eighty two, ok", "date of birth is [number], ok"),
    ("born on 3/4/1982", "born on [number]"),
    ("a new idea was born on the bus", "a new idea was born on the bus"),
    ("ask Grace or Frank, by the grace of may", "ask [name] or [name], by the grace of may"),
    ("the doctor would miss my talk", "the doctor would miss my talk"),
    ("I shan't wait", "I shan't wait"),
]


@pytest.mark.parametrize(("text", "masked"), TEXTS)
def test_a_text_is_masked(text: str, masked: str) -> None:
    assert Mask(["Sarah Collins"]).text(text) == masked


def test_only_numbers_amounts_and_names_of_samples_are_masked() -> None:
    """Over the samples and the wordings of benchmarks/data."""
    known = word_list("first_names") | set(_SPOKEN) | {"and", "or", "dollars", "pounds", "luc", "p", "e", "l"}
    texts = [
        " ".join(word["text"] for word in json.loads(path.read_bytes())["words"])
        for path in sorted((SAMPLES / "truth").glob("*.json"))
    ]
    texts += [wording.text for wording in wordings()]
    assert len(texts) > 250
    for text in texts:
        words = [Word(word, at, at + 1) for at, word in enumerate(text.split())]
        masked = Mask().transcript(Transcript(tuple(words))).words
        for index, (was, now) in enumerate(zip(words, masked, strict=True)):
            plain = re.sub(r"['’]s$", "", was.text.lower().strip(".,:;?!"))
            before = words[index - 1].text.strip(".").lower() if index else ""
            titled = before in TITLES and was.text[0].isupper()
            if was.text != now.text and not titled and not any(map(str.isdigit, plain)):
                assert set(plain.split("-")) <= known, (was.text, text)


def test_each_word_of_a_number_is_masked_in_its_place() -> None:
    said = ["call", "five", "five", "five", "one", "two", "one", "two", "sarah"]
    heard = Transcript(tuple(Word(text, at_s, at_s + 1) for at_s, text in enumerate(said)))
    masked = Mask(["Sarah"]).transcript(heard)
    assert [word.text for word in masked.words] == ["call", *["[number]"] * 7, "[name]"]
    assert [word.start_s for word in masked.words] == [word.start_s for word in heard.words]


def test_no_name_or_number_of_the_samples_is_left() -> None:
    shown = 0
    for path in sorted((SAMPLES / "truth").glob("*.json")):
        truth = json.loads(path.read_bytes())
        if not truth["words"]:
            continue
        audio = SAMPLES / truth["file"]
        words = tuple(Word(word["text"], word["start_s"], word["end_s"]) for word in truth["words"])
        brief = find_brief(audio)
        assert brief is not None
        measurements = at.Measurements(duration_s=30.0)
        review = at.Review(audio.name, "general", measurements, (), at.Score(None, 0.0), Transcript(words))
        page = json.dumps(outcome_dict(redacted(Outcome(audio, review), brief))["review"]).lower()
        secrets = [part for name in (brief.recipient, brief.caller) if name for part in name.lower().split()]
        for secret in secrets:
            assert not re.search(rf"\b{secret}\b", page.replace(audio.name.lower(), "")), (audio.name, secret)
        for run in re.findall(
            r"(?:\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b\W*){4,}", page
        ):
            raise AssertionError((audio.name, run))
        shown += 1
    assert shown > 25


def test_what_is_masked_in_the_transcript_is_masked_in_the_rewritten_message() -> None:
    """Of every sample by every playbook, with what was heard of a number in doubt."""
    books = [load_playbook(name) for name in playbooks()]
    books += [replace(books[0], template=("{purpose}, {ask} {deadline}, {reason}, {gain}, {connection}.",))]
    masked_count = 0
    for path in sorted((SAMPLES / "truth").glob("*.json")):
        words = true_words(path.stem)
        if not words:
            continue
        audio = SAMPLES / json.loads(path.read_bytes())["file"]
        brief = find_brief(audio) or Brief()
        content = understand(Transcript(words), sound_of((0.0, words[-1].end_s)), brief)
        facts = replace(facts_of(content), heard_number=facts_of(content).number or "")
        measurements = at.Measurements(duration_s=30.0)
        for book in books:
            rewrite = rewritten(book, facts, measurements)
            review = at.Review(
                audio.name, book.name, measurements, (), at.Score(None, 0.0), content.transcript, rewrite
            )
            now = redacted(Outcome(audio, review), brief).review
            assert now is not None
            assert now.transcript is not None
            assert now.rewrite is not None
            pairs = zip(content.transcript.words, now.transcript.words, strict=True)
            secret = {was.text.lower().strip(".,?!") for was, word in pairs if was.text != word.text}
            secret -= {"a", "and", "at", "is", "the", "to", "or"}  # inside a number: "the last is"
            masked_count += len(secret)
            for part in now.rewrite.parts:
                text = part.text.partition(HEARD)[2] if part.is_blank else part.text
                if part.fact:
                    assert secret.isdisjoint(re.findall(r"[\w'’-]+", text.lower())), (audio.name, part)
                    assert part.fact != "number" or not re.search(r"\d", text)
    assert masked_count > 1_000


def test_evidence_findings_and_advice_of_a_review_are_masked() -> None:
    path = SAMPLES / "dentist_callback.flac"
    truth = json.loads((SAMPLES / "truth" / "dentist_callback.json").read_bytes())
    words = tuple(Word(word["text"], word["start_s"], word["end_s"]) for word in truth["words"])

    class Replayed:
        name = "truth"

        def transcribe(self, recording: at.Recording) -> Transcript:
            return Transcript(words)

    review = at.review(at.read_audio(path), engine=Replayed())  # no brief: the names are those it found
    open_page = json.dumps(outcome_dict(Outcome(path, review)))
    page = json.dumps(outcome_dict(redacted(Outcome(path, review))))
    digits = truth["number"]["digits"]
    written = f"{digits[:3]}) {digits[3:6]}"
    for secret in ("Mary", "Sarah", "Collins", digits, written, "Bright", "Smile"):
        assert secret.lower() in open_page.lower() or secret == written
        assert secret.lower() not in page.lower(), secret
    assert page.count("[number]") > 5
    assert "caller" in page, "what was measured is still there"
    assert redacted(Outcome(path, review)).review.score == review.score  # type: ignore[union-attr]


def test_parts_of_a_number_in_deviations_from_the_script_are_masked() -> None:
    path = SAMPLES / "number_once.flac"
    script = "Call three one two, five five five, oh one four three, or eight eight eight five. Thanks."
    review = at.review(path, engine=TrueWords(), brief=Brief(script=script))
    said = re.compile(rf"\b(?:{'|'.join(_SPOKEN)})\b")

    def deviations(review: Review) -> list[str]:
        evidence = review.measurements.groups()["script"].evidence
        return [span.text for spans in evidence.values() for span in spans]

    masked = redacted(Outcome(path, review)).review
    assert masked is not None
    assert any(map(said.search, deviations(review)))
    assert not any(map(said.search, deviations(masked)))


def test_an_error_is_masked_and_keeps_its_path() -> None:
    path = Path("in/8005551234.wav")
    error = TranscriptError(f"{path}: $.words[3] ('555-1234') starts at 3.0 s")
    masked = redacted(Outcome(path, error=error)).error
    assert type(masked) is TranscriptError
    assert str(masked) == f"{path}: $.words[3] ('[number]') starts at 3.0 s"


def test_every_digit_of_the_number_is_masked_in_measures_and_advice(
    doubted: Review,
) -> None:
    path = Path("a.wav")
    assert doubted.findings[0].advice.startswith(
        "You gave extension 12; it differs: the 10th digit: 3, then 4."
    )
    masked = redacted(Outcome(path, doubted)).review
    assert masked is not None
    number = masked.measurements.number
    assert (number.digits, number.e164, number.extension) == ("[number]", "[number]", "[number]")
    assert number.differing == "the 10th digit: [number], then [number]"
    assert number.others is not None
    assert [span.text for span in number.others] == ["account number [number]", "amount [number]"]
    assert {span.text for spans in number.evidence.values() for span in spans} == {"[number]"}
    assert number.how == (
        "Said twice, the slowest time in 2.4 s (4.2 digits a second). Pause after [number]."
    )
    assert masked.findings[0].advice == (
        "You gave extension [number]; it differs: the 10th digit: [number], then [number]. "
        f"{number.how} “account number [number]” at 1 s, “amount [number]” at 13 s."
    )
    assert (number.probability, number.trusted, number.readings) == (0.41, False, 2)
    shown = [number_as_written(number), *(text for _, text in number_remarks(number))]
    assert not re.findall(r"\d", re.sub(r" at \d+ s|10th", "", " ".join(shown)))
