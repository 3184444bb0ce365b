"""Facts of messages: what they say, in their own words."""

from __future__ import annotations

import pytest

from aftertone.language.brief import Brief
from aftertone.language.content import understand
from aftertone.language.facts import Facts, facts_of
from aftertone.language.transcript import Transcript, Word
from tests.language.test_content import said, sound_of


def found(text: str, brief: Brief | None = None) -> Facts:
    return facts_of(said(text, brief))


TICKETS = "This is Helen. Your tickets are ready, and I need your passport number."


def first(kind: str, text: str) -> str | None:
    """The text of the best clause of a kind; None where there is none."""
    clauses = found(text).clauses[kind]
    return clauses[0].text if clauses else None


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        # to the end of the sentence, not the phrase alone
        ("purpose", "This is Al. I'm calling about the lease now.", "I'm calling about the lease now"),
        # without fillers, restarts and "just"
        (
            "purpose",
            "This is Al. I just wanted to, I wanted to, um, talk about the furnace, you know.",
            "I wanted to talk about the furnace",
        ),
        # whole, though "it is" could lead to a number, and without what does
        ("purpose", "Hi. I need to know how wide it is.", "I need to know how wide it is"),
        ("purpose", "I'm calling about the roof the number is", "I'm calling about the roof"),
        ("purpose", "I'm calling about roofs and so for the", "I'm calling about roofs"),
        ("purpose", "I'm calling about" + " roofs" * 30, "I'm calling about" + " roofs" * 22),
        # at least three words
        ("purpose", "I'm calling.", None),
        # up to the next phrase
        ("purpose", TICKETS, "your tickets are ready"),
        ("ask", TICKETS, "I need your passport number"),
        # the condition belongs to the request
        ("ask", "We close at six. So if you come later, let me know.", "if you come later, let me know"),
        # without the number and the words that lead to it
        ("ask", "Please call me back at 312-555-0143. Thank you.", "please call me back"),
        ("ask", "Hi Al. You can reach me at 312-555-0143.", None),
        ("ask", "Call me tonight at 312-555-0143, or write to me, bye.", "call me tonight or write to me"),
        # a request for something comes before one to call
        ("ask", "Please call me. Can you send me the floor plan?", "can you send me the floor plan"),
        # why, though "calling" is in it, is no promise to call
        ("will_call", "I'm calling to move it. I'll call again at noon.", "I'll call again at noon"),
        ("will_call", "I will call you at two, and I look forward to speaking.", "I will call you at two"),
        ("reason", "An audit is due, and my emails got no answer.", "an audit is due"),
        ("earlier_mail", "An audit is due, and my emails got no answer.", "my emails got no answer"),
        ("thanks", "Call me. Many thanks, bye.", "many thanks"),
        ("thanks", "I'd appreciate a call.", None),
        ("connection", "My name is Ann. We met at the fair in Denver.", "we met at the fair in Denver"),
        # "410" is a time of day
        ("ask", "Mary, please call me by Thursday at 410.", "please call me by Thursday at 4:10"),
        # a question and a deadline go on behind a comma
        ("ask", "What would suit you, a card or a transfer?", "what would suit you, a card or a transfer"),
        ("ask", "Call me by noon on Friday, the latest.", "call me by noon on Friday"),
        ("ask", "Call by Wednesday, ten thirty at night.", "call by Wednesday, ten thirty at night"),
        # "which" is no beginning
        ("purpose", "It's Al. They close, which is why I'm ringing.", "they close, which is why I'm ringing"),
        ("reason", "Send the form, because our auditors need it.", "our auditors need it"),
        ("gain", "Please use the patient portal, to keep your place.", None),
        ("thanks", "Thanks to the rain, the picnic is off.", None),
        # no threat is said again
        ("purpose", "This is Victor. If you do not pay, we will take legal action about your bill.", None),
    ],
)  # fmt: skip
def test_a_clause_is_what_a_person_would_say_again(kind: str, text: str, expected: str | None) -> None:
    assert first(kind, text) == expected


def test_without_a_phrase_of_its_own_the_first_statement_after_the_name_is_why() -> None:
    text = "Hi Gloria, this is Henry Cook. We fixed the leak under the sink. Thank you."
    assert first("purpose", text) == "we fixed the leak under the sink"
    assert first("purpose", "We fixed the leak under the sink. Thank you.") is None  # nobody was introduced


def test_a_transcript_without_marks_has_clauses_too() -> None:
    text = (
        "hi mary this is bob smith from acme i'm calling about invoice twelve please call me back "
        "by friday at noon or ask mary my number is three one two five five five oh one four three thank you"
    )
    facts = found(text)
    assert (facts.recipient, facts.caller, facts.company) == ("Mary", "Bob Smith", "Acme")
    assert facts.number == "312, 555, 0143"
    assert facts.clauses["purpose"][0].text == "I'm calling about invoice twelve"
    assert facts.clauses["ask"][0].text == "please call me back by Friday at noon or ask Mary"


def test_a_pause_ends_a_sentence_without_marks_but_not_after_the() -> None:
    words: list[Word] = []
    for part in ("hi", "I'm calling about the", "leaky roof", "see you on Monday"):
        start_s = words[-1].end_s + 0.6 if words else 0.0
        words += [Word(text, start_s + at, start_s + at + 0.9) for at, text in enumerate(part.split())]
    facts = facts_of(understand(Transcript(tuple(words)), sound_of((0.0, 100.0)), Brief()))
    assert [each.text for each in facts.clauses["purpose"]] == ["I'm calling about the leaky roof"]


def test_the_brief_wins() -> None:
    brief = Brief(
        recipient="Mary Stone", caller="Ann Lee", company="Lee Ltd", number="020 7946 0295", region="GB"
    )
    facts = found(
        "Hi merry, this is Anne Leigh, call me on oh two oh seven nine four six oh two nine four.", brief
    )
    assert (facts.recipient, facts.caller, facts.company) == ("Mary", "Ann Lee", "Lee Ltd")
    assert facts.number == "020, 7946, 0295"


@pytest.mark.parametrize(
    ("written", "region", "spoken"),
    [
        ("(312) 555-0143 ext. 12", "US", "312, 555, 0143, extension 12"),
        ("+44 20 7946 0295", "US", "+44, 20, 7946, 0295"),
        ("1-800-FLOWERS", "US", "800, 356, 9377"),
        ("800-555-FAX1", "US", "800, 555, 3291"),
        ("5550143", "US", "555, 0143"),
        ("02 5550 8910", "AU", "02, 5550, 8910"),
    ],
)  # fmt: skip
def test_a_number_has_the_groups_that_its_country_writes(written: str, region: str, spoken: str) -> None:
    assert found("hello", Brief(number=written, region=region)).number == spoken


def test_a_number_whose_readings_differ_is_not_a_fact_but_what_was_heard() -> None:
    facts = found("Call me at 616-555-0137. That is 616-555-0135. Thank you.")
    assert facts.number is None
    assert facts.heard_number == "616, 555, 0137, then 616, 555, 0135"


def test_a_message_that_says_nothing_has_no_facts() -> None:
    facts = found("Well.")
    assert facts == Facts(clauses=dict.fromkeys(facts.clauses, ()))
