from __future__ import annotations

import io
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from aftertone.errors import AudioEmptyError
from aftertone.language.transcript import Span
from aftertone.measurements import Measurements
from aftertone.measurements.content import CallerMeasures, NumberMeasures
from aftertone.playbook import Playbook, Review, judge, load_playbook, score_of
from aftertone.report import Outcome, Summary
from aftertone.report.console import (
    console_for,
    harmless,
    print_failures,
    print_outcomes,
    print_playbook,
    print_review,
    print_transcript,
)
from aftertone.report.review_text import (
    first_thing,
    number_as_written,
    with_number_as_written,
)
from aftertone.report.table import table_row


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


def shown(review: Review) -> list[str]:
    """What a pipe gets of one review, line by line."""
    return piped(partial(print_review, Outcome(Path("a.wav"), review))).splitlines()


def line_on(outcomes: list[Outcome]) -> str:
    return Summary(map(table_row, outcomes)).text


def print_everything(outcomes: list[Outcome], console: Console) -> None:
    review = outcomes[0].review
    assert review is not None
    print_outcomes(outcomes, console)
    print_review(outcomes[0], console)
    print_transcript("dentist.flac", review.transcript, console)
    print_failures(outcomes, console)
    print_playbook(load_playbook("collections"), console)


def test_a_piped_table_is_plain_with_one_line_a_row(outcomes: list[Outcome], review: Review) -> None:
    text = piped(lambda console: print_outcomes(outcomes, console))
    heading, dentist, silent = text.splitlines()
    for column in (
        "recording",
        "score",
        "judged",
        "length",
        "words/min",
        "fillers",
        "number",
        "slow?",
        "twice?",
    ):
        assert column in heading
    assert re.search(r"dentist\.flac +\d+ +\d+% +20 s +140 +3 +\(800\) 555-1234 +no +yes +\S", dentist)
    assert dentist.endswith(first_thing(review))
    assert re.search(r"silent\.flac +- +0% +1 s +- +- +- +- +- +not measured$", silent)
    assert "\x1b" not in text


def test_words_reach_the_terminal_neither_as_commands_nor_as_markup(
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
def test_the_table_fits_a_terminal_of_any_width(width: int, outcomes: list[Outcome], review: Review) -> None:
    text = on_terminal(width, lambda console: print_outcomes(outcomes, console))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert max(map(len, plain.splitlines())) <= width
    words = " ".join(plain.split())
    if width >= 80:
        assert "(800) 555-1234" in words
        assert first_thing(review) in words


def test_one_recording_has_no_first_thing_to_do_in_the_table(outcomes: list[Outcome]) -> None:
    text = on_terminal(80, lambda console: print_outcomes(outcomes[:1], console))
    assert len(text.splitlines()) == 4, "two lines of headings, a rule, a row"
    assert "first thing" not in text
    assert "first thing" not in piped(lambda console: print_outcomes(outcomes[:1], console))


def test_a_narrow_terminal_lists_each_first_thing_once_with_its_recordings(review: Review) -> None:
    two = [Outcome(Path("a.wav"), review), Outcome(Path("b.wav"), review)]
    text = on_terminal(80, lambda console: print_outcomes(two, console))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert plain.splitlines()[-1] == f"{first_thing(review)}: a.wav, b.wav"


def test_recordings_of_the_same_name_are_shown_with_their_paths(review: Review) -> None:
    same = [Outcome(Path(folder, "a.wav"), review) for folder in ("in", "out")]
    text = piped(lambda console: print_outcomes([*same, Outcome(Path("in/b.wav"), review)], console))
    assert [line.split()[0] for line in text.splitlines()[1:]] == ["in/a.wav", "out/a.wav", "b.wav"]


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (NumberMeasures(), ""),
        (NumberMeasures(digits="8005551234", e164="+18005551234", valid=True), "(800) 555-1234"),
        (NumberMeasures(digits="02079460958", e164="+442079460958", valid=True), "020 7946 0958"),
        (NumberMeasures(digits="1234567"), "1234567"),
        (NumberMeasures(digits="0005551234", e164="+10005551234", valid=False), "0005551234"),
        (NumberMeasures(digits="1234567", trusted=True), "1234567"),
    ],
)
def test_a_valid_number_is_grouped_as_in_its_country(number: NumberMeasures, written: str) -> None:
    assert number_as_written(number) == number_as_written(number, short=True) == written


@pytest.mark.parametrize(
    ("trusted", "extension", "written", "short"),
    [
        (None, "12", "(312) 555-4293, extension 12", "(312) 555-4293 x12"),
        (False, None, "probably (312) 555-4293", "(312) 555-4293 ?"),
        (False, "12", "probably (312) 555-4293, extension 12", "(312) 555-4293 x12 ?"),
    ],
)
def test_a_number_is_written_with_its_extension_and_doubt(
    trusted: bool | None, extension: str | None, written: str, short: str
) -> None:
    number = NumberMeasures(
        digits="3125554293", e164="+13125554293", valid=True, extension=extension, trusted=trusted
    )
    assert (number_as_written(number), number_as_written(number, short=True)) == (written, short)


def test_remarks_on_a_number_are_in_the_review_and_not_in_the_table(doubted: Review, review: Review) -> None:
    lines = shown(doubted)
    at = next(i for i, line in enumerate(lines) if line.startswith("number "))
    assert [line.removeprefix("number").strip() for line in lines[at : at + 4]] == [
        "probably (312) 555-4293, extension 12",
        "in doubt: its readings differ",
        "differs: the 10th digit: 3, then 4",
        "other numbers: “account number 4471” at 1 s, “amount 50” at 13 s",
    ]
    row = piped(lambda console: print_outcomes([Outcome(Path("a.wav"), doubted)], console)).splitlines()[1]
    assert "(312) 555-4293 x12 ?" in row
    assert "probably" not in row
    plain = shown(review)
    assert not any(line.startswith("number ") for line in plain), "of a plain number nothing is to be said"


def test_a_number_that_differs_from_the_brief_is_remarked(review: Review) -> None:
    other = NumberMeasures(digits="8005551234", e164="+18005551234", valid=True, as_expected=False)
    measured = replace(review.measurements, number=other)
    text = "\n".join(shown(replace(review, measurements=measured)))
    assert "differs: it is not the number to leave" in text


def test_two_readings_are_grouped_alike(review: Review) -> None:
    evidence = {"readings": (Span(1.0, 4.0, "8005551234"), Span(6.0, 9.0, "8005551244"))}
    number = NumberMeasures(digits="8005551234", e164="+18005551234", valid=True, evidence=evidence)
    differing = replace(review, measurements=replace(review.measurements, number=number))
    line = with_number_as_written("“8005551234” at 1 s, “8005551244” at 6 s", differing)
    assert line == "“(800) 555-1234” at 1 s, “(800) 555-1244” at 6 s"


def test_the_first_thing_to_do_is_the_missed_rule_of_most_weight(review: Review) -> None:
    missed = [finding for finding in review.findings if finding.verdict == "missed"]
    heaviest = [finding for finding in missed if finding.weight == max(f.weight for f in missed)]
    assert first_thing(review) == heaviest[0].title == "Leave out every threat"


def test_the_first_thing_to_do_comes_first_with_its_advice_and_place(review: Review) -> None:
    lines = shown(review)
    first = next(finding for finding in review.findings if finding.title == first_thing(review))
    assert lines[0].split(maxsplit=1) == ["first", first.title]
    assert lines[1].strip() == first.advice
    assert " at " in lines[1], "the place is in the advice"
    assert lines[2] == ""
    assert lines[3].startswith("recording ")
    assert sum(first.title in line for line in lines) == 1, "it is not said twice"


def test_other_missed_rules_follow_the_scores_by_weight(review: Review) -> None:
    lines = shown(review)[6:]
    verdicts = [line.split("  ")[0] for line in lines if not line.startswith(" ")]
    order = ["missed", "met", "not judged"]
    assert verdicts == sorted(verdicts, key=order.index)
    weights = {finding.title: finding.weight for finding in review.findings}
    missed = [weights[re.split(r": |$", line[12:])[0]] for line in lines if line.startswith("missed")]
    assert missed == sorted(missed, reverse=True)


def test_where_nothing_was_missed_it_is_said_first() -> None:
    m = Measurements(duration_s=2.0, caller=CallerMeasures(name="Helen Stone", words_before=2))
    rules = tuple(rule for rule in load_playbook("general").rules if rule.id == "who")
    findings = judge(m, Playbook("mine", "Mine", rules))
    lines = shown(Review("a.wav", "mine", m, findings, score_of(findings)))
    assert lines[0] == "first  Nothing: every rule that could be judged was met."
    assert lines[-1] == "met  Say who is calling: Helen Stone"


def test_a_review_without_judged_rules_says_why_once() -> None:
    m = Measurements(duration_s=2.0)
    findings = judge(m, load_playbook("general"))
    lines = shown(Review("a.wav", "general", m, findings, score_of(findings)))
    assert lines[:2] == ["no score  not measured", ""]
    assert len(lines) == 4, "the table follows, and nothing else"


def test_a_review_without_a_score_begins_with_the_reason(barely: Review) -> None:
    lines = shown(barely)
    assert lines[0] == f"no score  {harmless(barely.score.reason)}"
    for finding in barely.missed:
        assert any(line.startswith("missed") and finding.title in line for line in lines)


def test_rules_not_judged_for_the_same_reason_share_a_line(review: Review) -> None:
    unjudged = [line for line in shown(review) if line.startswith("not judged")]
    findings = [finding for finding in review.findings if finding.verdict == "not judged"]
    assert len(unjudged) == len({finding.reason for finding in findings}) < len(findings)
    assert all(any(finding.title in line for line in unjudged) for finding in findings)


def test_a_review_shows_every_finding_with_evidence_advice_or_reason(review: Review) -> None:
    text = "\n".join(shown(review))
    for finding in review.findings:
        label = "first" if finding.title == first_thing(review) else finding.verdict
        assert re.search(f"^{label} .*{finding.title}", text, flags=re.MULTILINE), finding
        assert harmless(finding.advice or finding.reason) in text
    assert "Say the number slowly: 2.6 digits a second (target: at most 2 digits a second)" in text
    assert "Leave a call-back number: (800) 555-1234" in text
    assert "is said" not in text, "the title says it"
    assert not re.search(r"[a-z]\.[a-z]+_", text), "no dotted name"
    assert "“800 555 1234” at 3.5 s" in text
    narrow = on_terminal(50, partial(print_review, Outcome(Path("a.wav"), review)))
    assert max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", narrow).splitlines())) <= 50


@pytest.mark.parametrize("message", ["no bytes", "in/a.wav: no bytes", "a.wav: no bytes"])
def test_a_failure_is_listed_with_its_whole_path_once(message: str) -> None:
    failed = [Outcome(Path("in/a.wav"), error=AudioEmptyError(message))]
    assert piped(lambda console: print_failures(failed, console)) == "failed: in/a.wav: no bytes\n"


def test_the_summary_line_counts_outcomes(outcomes: list[Outcome]) -> None:
    reviewed, silent, failed = outcomes
    assert reviewed.review is not None
    points, share = reviewed.review.score.points, reviewed.review.score.judged_share
    judged = f"{points} of 100 ({share:.0%} judged)"
    assert line_on(outcomes) == (
        f"1 recording scored against general, {judged}, 1 not understood well enough, 1 failed"
    )
    assert line_on([reviewed, reviewed]) == f"2 recordings scored against general, median {judged}"
    assert line_on([silent]) == "0 recordings scored against general, 1 not understood well enough"
    assert line_on([failed]) == "0 recordings scored, 1 failed"


def test_a_review_without_points_comes_last_and_is_not_in_the_median(
    outcomes: list[Outcome], barely: Review
) -> None:
    told = "not enough was understood: 27 %"
    assert barely.score.points is None
    assert barely.score.reason.startswith(told)
    unknown = Outcome(Path("in/barely.flac"), barely)
    text = piped(lambda console: print_outcomes([unknown, *outcomes], console))
    heading, first, *_ = text.splitlines()
    assert "judged" in heading
    assert first.startswith("dentist.flac")
    assert re.search(rf"^barely\.flac +- +27% .*{told} \(no engine", text, re.MULTILINE)
    assert re.search(r"of 100 .*, 2 not understood well enough, 1 failed", line_on([unknown, *outcomes]))
    row = table_row(unknown)
    assert row["score"] is None
    assert row["judged_share"] == pytest.approx(barely.score.judged_share)
    both = Summary(table_row(each) for each in [unknown, outcomes[0]]).spread("score")
    assert both is not None
    assert both.count == 1


def test_a_recording_without_words_says_so() -> None:
    assert piped(lambda c: print_transcript("a.wav", None, c)) == "a.wav, not transcribed\n"


def test_harmless_keeps_letters_of_every_script() -> None:
    assert harmless("Zoë 東京 “naïve” – ok") == "Zoë 東京 “naïve” – ok"
    assert harmless("a\x1b]0;title\x07b\u202ec\x9bd\re") == "a�]0;title�b�c�d e"
