"""Messages said again by the template of a playbook."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest

import aftertone as at
from aftertone.language.brief import Brief, find_brief
from aftertone.language.content import MessageContent, understand
from aftertone.language.facts import Facts, facts_of
from aftertone.language.tokens import spoken_words, word_parts
from aftertone.language.transcript import Span, Transcript
from aftertone.measurements import Measurements
from aftertone.measurements.content import CallBackMeasures
from aftertone.playbook import (
    BLANKS,
    Playbook,
    Review,
    Rewrite,
    RewritePart,
    Score,
    blank_rewrite,
    load_playbook,
    playbooks,
    rewritten,
)
from tests.engines import SAMPLES, GivenWords, TrueWords, true_words
from tests.language.test_content import said, sound_of
from tests.speech import Voice, spoken

NOTHING_MEASURED = Measurements(duration_s=1.0)


def written(text: str, *template: str, brief: Brief | None = None, playbook: str = "general") -> Rewrite:
    book = replace(load_playbook(playbook), template=template or load_playbook(playbook).template)
    found = rewritten(book, facts_of(said(text, brief)), NOTHING_MEASURED)
    assert found is not None
    return found


MESSAGE = (
    "Hi Mary, this is Bob Smith from Acme. I'm calling about the lease. Can you send me the form by Friday "
    "at noon? My number is 312-555-0143. Thanks, Mary."
)


def test_a_message_is_said_in_its_own_words_and_the_order_of_the_playbook() -> None:
    assert written(MESSAGE).text == (
        "Hi Mary, this is Bob Smith from Acme. My number is 312, 555, 0143. I'm calling about the lease. "
        "Can you send me the form by Friday at noon? Again, my number is 312, 555, 0143. Thanks."
    )
    assert written(MESSAGE).missing == ()


def test_what_is_missing_is_a_blank_or_left_out() -> None:
    found = written(
        "Hello, call me back.", "Hi {recipient}[ from {company}], {ask} {deadline}.", "[{thanks}.]"
    )
    assert found.text == "Hi [their name], call me back [by when]."
    assert found.missing == ("recipient", "deadline")
    assert [part for part in found.parts if part.fact] == [
        RewritePart("their name", "recipient", is_blank=True),
        RewritePart("call me back", "ask"),
        RewritePart("by when", "deadline", is_blank=True),
    ]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{purpose}.", "I'm calling about the lease."),
        ("I'm calling about {purpose}.", "I'm calling about the lease."),
        ("I am calling {purpose}.", "I am calling about the lease."),
        ("{recipient}, {ask} {deadline}.", "Mary, can you send me the form by Friday at noon?"),
        ("{ask}.", "Can you send me the form by Friday at noon?"),
        ("{deadline: by a day}.", "By Friday at noon."),
        ("[{reason}.]", ""),
    ],
)
def test_a_fact_fits_the_sentence_that_it_stands_in(template: str, text: str) -> None:
    assert written(MESSAGE, template, "{caller}").text == f"{text} Bob Smith".strip()


def test_a_purpose_without_a_verb_gets_one_from_the_template() -> None:
    found = written("Hi Mary, this is Bob Smith, calling about the lease.", "{purpose}.")
    assert found.text == "I'm calling about the lease."
    assert [part.fact for part in found.parts] == ["", "purpose", ""]
    assert written("This is Lowe and Sons, regarding the lease.", "{purpose}.").text == (
        "I'm calling regarding the lease."
    )


def test_what_is_said_inside_another_fact_is_not_said_twice() -> None:
    text = "This is Bob. Please send the form because our auditors need it."
    assert written(text, "{ask}.", "{reason}.").text == "Please send the form because our auditors need it."


def test_a_deadline_of_something_else_is_told_and_not_used() -> None:
    found = written("You have until Friday. Please call me.", "{ask} {deadline}.")
    assert found.text == "Please call me [by when (heard: you have until Friday)]."


def test_a_number_in_doubt_is_told_once() -> None:
    found = written("Call me at 616-555-0137. That is 616-555-0135.", "{number}.", "{number}.")
    assert found.text == "[your number (heard: 616, 555, 0137, then 616, 555, 0135)]. [your number]."


def test_what_a_rule_forbids_is_not_said_again() -> None:
    content = said("This is Bob. Please call me about the invoice. Please send the form.")
    book = replace(load_playbook("sales-appointment"), template=("{ask}.",))
    facts = facts_of(content)
    measured = replace(NOTHING_MEASURED, call_back=CallBackMeasures(spans=content.spans("call_back")))
    found = [rewritten(book, facts, each) for each in (NOTHING_MEASURED, measured)]
    assert [each and each.text for each in found] == [
        "Please call me about the invoice.",
        "Please send the form.",
    ]


def test_a_playbook_without_a_template_rewrites_nothing() -> None:
    book = Playbook("mine", "Mine", load_playbook("general").rules)
    assert rewritten(book, Facts(), NOTHING_MEASURED) is None
    assert blank_rewrite(book) is None


def test_a_blank_template_shows_every_place() -> None:
    book = Playbook("mine", "Mine", (), template=("Hi {recipient}[ from {company: the shop}].",))
    found = blank_rewrite(book)
    assert found is not None
    assert found.text == "Hi [their name] from [the shop]."


# ── nothing is made up ───────────────────────────────────────────────────────────────────────────────


@cache
def sample(name: str) -> MessageContent:
    words = true_words(name)
    brief = find_brief(SAMPLES / name) or Brief()
    return understand(Transcript(words), sound_of((0.0, words[-1].end_s)), brief)


def named(text: str) -> set[str]:
    """The words of a text, and its digits one by one."""
    words = {part for word in text.replace(":", " ").split() for part in word_parts(word)}
    return words | set(spoken_words(text)) | set(re.findall(r"\d", text))


@pytest.mark.parametrize("playbook", playbooks())
def test_every_word_of_a_fact_is_of_the_message_or_the_brief(playbook: str) -> None:
    names = [path.stem for path in sorted((SAMPLES / "truth").glob("*.json"))]
    files = {
        path.stem: path.name for path in SAMPLES.iterdir() if path.suffix not in (".py", ".csv", ".toml")
    }
    fact_count = 0
    for name in names:
        if not true_words(name):
            continue
        content = sample(files[name])
        brief = content.brief
        digits = "".join(filter(str.isdigit, f"{content.number}{brief.number}"))
        known = named(content.transcript.text) | named(" ".join(brief.names)) | set(digits) | {"extension"}
        found = rewritten(load_playbook(playbook), facts_of(content), NOTHING_MEASURED)
        assert found is not None
        for part in found.parts:
            if part.fact and not part.is_blank:
                fact_count += 1
                words = part.text.replace(",", " ").replace(":", " ").split()
                unknown = {
                    word for word in words if not named(word) <= known and not set(word) <= {*digits, "+"}
                }
                assert not unknown, (name, part)
            assert part.is_blank or "[" not in part.text
    assert fact_count > 90


# ── a filled template meets its playbook ─────────────────────────────────────────────────────────────

FILLED = {
    "recipient": "Ann",
    "caller": "Joan Reed",
    "company": "Acme Finance",
    "number": "three one two, /0.25 five five five, /0.25 oh one four three",
    "purpose": "I'm calling about the invoice from May",
    "ask": "call or email me",
    "deadline": "by Thursday at four ten",
    "reason": "An audit is due",
    "thanks": "Thank you",
    "gain": "Your team could close the month two days sooner",
    "connection": "We met at the trade show last week",
    "earlier_mail": "My emails got no answer",
    "will_call": "I will call you again tomorrow at ten",
}
FILLED_OTHERWISE = {"known-contact": {"ask": "can you send me the floor plan"}}
PACE = {"collections": 5.4}  # 30 words beside the number in 20 s


@pytest.mark.parametrize("name", playbooks())
def test_a_filled_template_meets_the_rules_of_its_playbook(name: str) -> None:
    book = load_playbook(name)
    blank = blank_rewrite(book)
    assert blank is not None
    filled = FILLED | FILLED_OTHERWISE.get(name, {})
    text = "".join(filled[part.fact] if part.is_blank else part.text for part in blank.parts)
    voice = Voice(syllables_per_s=PACE.get(name, 4.8), digits_per_s=2.2, swell_db=7.0)
    recording, words = spoken(text, voice)
    review = at.review(recording, engine=GivenWords(words), playbook=book)
    assert [(each.rule, each.value, each.reason) for each in review.missed] == []
    pace = review.measurements.number.digits_per_s
    assert pace is None or 1.9 < pace < 2.05
    assert review.rewrite is not None
    assert review.rewrite.missing == ()


def test_every_published_playbook_has_a_template_and_every_fact_a_use() -> None:
    facts = {part.fact for name in playbooks() for part in _parts(name) if part.fact}
    assert facts == set(BLANKS)


def _parts(name: str) -> tuple[RewritePart, ...]:
    found = blank_rewrite(load_playbook(name))
    assert found is not None
    return found.parts


# ── stored ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_review_keeps_its_rewrite() -> None:
    review = Review("a.wav", "general", NOTHING_MEASURED, (), Score(None, 0.0), rewrite=written(MESSAGE))
    page = review.to_dict()
    assert page["rewrite"]["text"] == written(MESSAGE).text
    assert Review.from_dict(page).rewrite == review.rewrite
    del page["rewrite"]  # stored by a version before
    assert Review.from_dict(page).rewrite is None


def test_no_rewrite_without_words_or_where_they_are_in_doubt() -> None:
    assert at.review(SAMPLES / "hang_up.wav").rewrite is None
    recording, _ = spoken("Hi Mary, this is Bob, call me. " * 3, Voice())
    _, words = spoken("no words of this fit. " * 40, Voice(syllables_per_s=30.0))
    review = at.review(recording, engine=GivenWords(words))
    assert review.measurements.doubts
    assert review.rewrite is None


def test_without_transcripts_no_rewrite_is_kept() -> None:
    path = SAMPLES / "known_contact.flac"
    for transcripts in (True, False):
        (outcome,) = at.review_many(path, engine=TrueWords(), transcripts=transcripts)
        assert outcome.review is not None
        assert (outcome.review.rewrite is not None) is transcripts


def test_a_span_of_a_clause_is_where_it_is_said() -> None:
    content = said("Hi Mary, this is Bob Smith. Please call me back.")
    (clause,) = facts_of(content).clauses["ask"]
    assert clause.span == Span(3.0, 4.9)
