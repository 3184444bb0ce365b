from __future__ import annotations

import io
import re
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from aftertone.errors import AudioEmptyError
from aftertone.playbook import load_playbook
from aftertone.report import Outcome
from aftertone.report.console import (
    console_for,
    harmless,
    print_failures,
    print_outcomes,
    print_playbook,
    print_review,
    print_transcript,
    summary,
    top_advice,
)
from aftertone.scoring import Review


def piped(*prints: object) -> str:
    file = io.StringIO()
    console = console_for(file)
    for call in prints:
        call(console)  # type: ignore[operator]
    return file.getvalue()


def on_terminal(width: int, *prints: object) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=width, highlight=False, color_system="standard")
    for call in prints:
        call(console)  # type: ignore[operator]
    return file.getvalue()


def print_everything(outcomes: list[Outcome], console: Console) -> None:
    review = outcomes[0].review
    assert review is not None
    print_outcomes(outcomes, console)
    print_review(review, console)
    print_transcript("dentist.flac", review.transcript, console)
    print_failures(outcomes, console)
    print_playbook(load_playbook("collections"), console)


def test_a_piped_table_is_plain_whole_and_one_line_a_row(outcomes: list[Outcome], review: Review) -> None:
    text = piped(lambda console: print_outcomes(outcomes, console))
    heading, dentist, silent = text.splitlines()
    for column in ("recording", "score", "length", "words/min", "fillers", "number", "slow?", "twice?"):
        assert column in heading
    assert re.search(r"dentist\.flac +\d+ \(\d+% judged\) +20 s +140 +3 +8005551234 +no +yes +\S", dentist)
    assert top_advice(review) in dentist
    assert re.search(r"silent\.flac +- +1 s +- +- +- +- +- +not judged: not measured$", silent)
    assert "\x1b" not in text


def test_nothing_that_was_said_reaches_the_terminal_as_a_command_or_as_markup(
    outcomes: list[Outcome],
) -> None:
    everything = partial(print_everything, outcomes)
    text = piped(everything)
    assert "\x1b" not in text
    assert "[red]mary[/red]" in text, "markup is shown, not obeyed"
    coloured = on_terminal(150, everything)
    assert set(re.findall(r"\x1b\[[0-9;]*[A-Za-z]", coloured)) <= set(re.findall(r"\x1b\[[0-9;]*m", coloured))
    assert "\x1b[2J" not in coloured


@pytest.mark.parametrize("width", [40, 80, 109, 110, 200])
def test_a_terminal_of_any_width_is_not_overrun_and_shows_the_number(
    width: int, outcomes: list[Outcome], review: Review
) -> None:
    text = on_terminal(width, lambda console: print_outcomes(outcomes, console))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert max(map(len, plain.splitlines())) <= width
    words = " ".join(plain.split())
    if width >= 80:
        assert "8005551234" in words
        assert top_advice(review).split()[0] in words


def test_the_top_advice_is_of_the_weightiest_rule_missed(review: Review) -> None:
    missed = [finding for finding in review.findings if finding.verdict == "missed"]
    heaviest = [finding for finding in missed if finding.weight == max(f.weight for f in missed)]
    assert top_advice(review) == heaviest[0].advice
    assert "2.6 digits a second" in top_advice(review)


def test_a_review_shows_every_finding_with_evidence_advice_or_reason(review: Review) -> None:
    text = piped(lambda console: print_review(review, console))
    for finding in review.findings:
        assert re.search(f"^{finding.verdict} +{finding.title}: ", text, flags=re.MULTILINE), finding
        assert harmless(finding.advice or finding.reason) in text
    assert "slowly enough to write down: 2.6 digits a second (target: at most 2 digits a second)" in text
    assert "“800 555 1234” at 3.5 s" in text
    narrow = on_terminal(50, lambda console: print_review(review, console))
    assert max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", narrow).splitlines())) <= 50


@pytest.mark.parametrize("message", ["no bytes", "in/a.wav: no bytes", "a.wav: no bytes"])
def test_a_failure_is_listed_with_its_whole_path_once(message: str) -> None:
    failed = [Outcome(Path("in/a.wav"), error=AudioEmptyError(message))]
    assert piped(lambda console: print_failures(failed, console)) == "failed: in/a.wav: no bytes\n"


def test_the_summary_counts(outcomes: list[Outcome]) -> None:
    assert summary(outcomes, load_playbook("general")) == "2 recordings scored against general, 1 failed"


def test_a_recording_without_words_says_so() -> None:
    assert piped(lambda c: print_transcript("a.wav", None, c)) == "a.wav, no words were heard\n"


def test_harmless_keeps_letters_of_every_script() -> None:
    assert harmless("Zoë 東京 “naïve” – ok") == "Zoë 東京 “naïve” – ok"
    assert harmless("a\x1b]0;title\x07b\u202ec\x9bd\re") == "a�]0;title�b�c�d e"
