"""A playbook in TOML is read, and a fault in it is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aftertone.errors import PlaybookError, PlaybookFormatError, UnknownMeasureError, UnknownPlaybookError
from aftertone.playbook import (
    Bound,
    Playbook,
    Rule,
    Several,
    load_playbook,
)

GOOD = """
title = "Mine"
source = "me"
[[rule]]
id = "length"
title = "Short"
measure = "message.duration_s"
between = [10, 20]
advice = "Cut {message.duration_s:.0f} s."
[[rule]]
id = "both-ends"
title = "Both ends"
all_of = [
    { measure = "caller.at_start", is = true },
    { any_of = [{ measure = "threat.spans", at_most = 0 }] },
]
weight = 3
source = "somebody"
advice = "Both ends."
advice_not_said = "Say it."
when_not_said = "not judged"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_playbook_of_ones_own(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    expected = Playbook(
        "mine",
        "Mine",
        (
            Rule(
                "length",
                "Short",
                Bound("message.duration_s", 10, 20),
                source="me",
                advice="Cut {message.duration_s:.0f} s.",
            ),
            Rule(
                "both-ends",
                "Both ends",
                Several(
                    "all_of",
                    (
                        Bound("caller.at_start", equals=True),
                        Several("any_of", (Bound("threat.spans", at_most=0),)),
                    ),
                ),
                weight=3,
                source="somebody",
                advice="Both ends.",
                advice_not_said="Say it.",
                when_not_said="not judged",
            ),
        ),
        source="me",
    )
    assert load_playbook(path) == load_playbook(str(path)) == expected
    assert load_playbook(expected) is expected


@pytest.mark.parametrize(
    ("old", "new", "error", "says"),
    [
        ('title = "Mine"', "title = ", PlaybookFormatError, r"not TOML: .*line 2"),
        ('title = "Mine"', "", PlaybookFormatError, r"the key 'title' is missing"),
        ('source = "me"', 'sauce = "me"', PlaybookFormatError, r"no key 'sauce'; did you mean 'source'"),
        ("[[rule]]", "[[rules]]", PlaybookFormatError, r"'rules'; did you mean 'rule'"),
        (
            'advice = "Both ends."\n',
            "",
            PlaybookFormatError,
            r"rule 'both-ends': the key 'advice' is missing",
        ),
        (
            "at_most = 0 }",
            'at_most = 0, advice = "{x}" }',
            UnknownMeasureError,
            r"any_of\[0\]: key 'advice': there is no measure 'x'",
        ),
        ("{ any_of", '{ advice = "x", any_of', PlaybookFormatError, r"'advice' stands beside 'any_of'"),
        ('id = "length"\n', "", PlaybookFormatError, r"rule number 1: the key 'id' is missing"),
        (
            'id = "length"',
            "id = 3",
            PlaybookFormatError,
            r"rule number 1: id: found 3: expected str, got int",
        ),
        ('id = "length"', 'id = "Length!"', PlaybookFormatError, r"key 'id': found 'Length!'"),
        ('id = "both-ends"', 'id = "length"', PlaybookFormatError, r"rule 'length': a second rule"),
        ('title = "Short"\n', "", PlaybookFormatError, r"rule 'length': the key 'title' is missing"),
        (
            "between =",
            "betwen =",
            PlaybookFormatError,
            r"rule 'length': there is no key 'betwen'; did you mean 'between'",
        ),
        (
            "is = true",
            "iss = true",
            PlaybookFormatError,
            r"rule 'both-ends': all_of\[0\]: there is no key 'iss'; did you mean 'is'",
        ),
        (
            'measure = "message.duration_s"',
            'measure = "message.duration"',
            UnknownMeasureError,
            r"rule 'length': key 'measure': .*'message.duration'; did you mean 'message.duration_s'",
        ),
        (
            '"threat.spans"',
            '"treat.spans"',
            UnknownMeasureError,
            r"all_of\[1\]: any_of\[0\]: .*'threat.spans'",
        ),
        (
            "{message.duration_s",
            "{mesage.duration_s",
            UnknownMeasureError,
            r"key 'advice'.*'message.duration_s'",
        ),
        (":.0f}", ":>9}", PlaybookFormatError, r"rule 'length': key 'advice'"),
        ("duration_s:.0f}", "duration_s", PlaybookFormatError, r"rule 'length': key 'advice'"),
        ("[10, 20]", "[20, 10]", PlaybookFormatError, r"found 20.0 to 10.0"),
        ("[10, 20]", "[10]", PlaybookFormatError, r"rule 'length': between: found \[10\]: .*length 2"),
        ("[10, 20]", '[10, "x"]', PlaybookFormatError, r"between\[1\]: found 'x': expected float"),
        ("[10, 20]", "[10, nan]", PlaybookFormatError, r"expected finite"),
        ("between = [10, 20]", "at_most = inf", PlaybookFormatError, r"expected finite"),
        (
            "between = [10, 20]",
            "",
            PlaybookFormatError,
            r"no bound on message.duration_s, of kind number; .*'at_least'",
        ),
        ("between = [10, 20]", "is = true", PlaybookFormatError, r"found True, expected a number"),
        ("between = [10, 20]", "said = true", PlaybookFormatError, r"'said' does not apply .* kind number"),
        (
            "between = [10, 20]",
            "between = [1, 2]\nat_most = 3",
            PlaybookFormatError,
            r"'at_most' and 'between'",
        ),
        (
            "is = true",
            "at_least = 1",
            PlaybookFormatError,
            r"'at_least' does not apply .* kind flag; expected 'is'",
        ),
        ("is = true", 'is = "yes"', PlaybookFormatError, r"found 'yes', expected true or false"),
        ("at_most = 0", "is = 0", PlaybookFormatError, r"'is' does not apply .* kind spans"),
        ('"threat.spans"', '"rate.curve"', PlaybookFormatError, r"kind curve; which no rule can bound"),
        (
            "weight = 3",
            "weight = 0",
            PlaybookFormatError,
            r"key 'weight': found 0.0, expected a number above 0",
        ),
        ("weight = 3", "weight = nan", PlaybookFormatError, r"key 'weight'"),
        ("weight = 3", 'weight = "3"', PlaybookFormatError, r"rule 'both-ends': weight: found '3'"),
        ('"not judged"', '"met"', PlaybookFormatError, r"when_not_said: found 'met'"),
        ("weight = 3", "is = true", PlaybookFormatError, r"'is' stands beside 'all_of'"),
        ("weight = 3", 'measure = "number.valid"', PlaybookFormatError, r"found 'measure' and 'all_of'"),
        (
            '{ measure = "caller.at_start", is = true }',
            "{}",
            PlaybookFormatError,
            r"all_of\[0\]: found no condition",
        ),
        (
            '[{ measure = "threat.spans", at_most = 0 }]',
            "[]",
            PlaybookFormatError,
            r"key 'any_of': found none",
        ),
    ],
)
def test_a_fault_is_named_with_its_file_rule_and_key(
    tmp_path: Path, old: str, new: str, error: type[PlaybookError], says: str
) -> None:
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(error) as caught:
        load_playbook(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert re.search(says, str(caught.value)), str(caught.value)


def test_files_that_are_no_playbook(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlaybookFormatError, match="not UTF-8 text, at byte 0"):
        load_playbook(tmp_path / "bytes.toml")
    with pytest.raises(PlaybookFormatError, match="needs one at least"):
        load_playbook(written(tmp_path, 'title = "x"\nrule = []'))
    with pytest.raises(PlaybookFormatError, match="nested too deep"):
        load_playbook(written(tmp_path, "x = " + "[" * 100_000))
    with pytest.raises(UnknownPlaybookError):
        load_playbook(tmp_path)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "notepad.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load_playbook(path).title == "Mine"


def test_an_unknown_playbook_names_the_nearest_and_all() -> None:
    with pytest.raises(UnknownPlaybookError, match=r"'colections'.*did you mean 'collections'.*general"):
        load_playbook("colections")


# ── the page on how to write one ─────────────────────────────────────────────────────────────────────

PAGE = (Path(__file__).parents[2] / "docs" / "playbooks.md").read_text(encoding="utf-8")


def test_the_example_on_the_page_is_a_playbook(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    assert [rule.id for rule in load_playbook(written(tmp_path, example)).rules] == ["length", "number-twice"]


def test_the_page_names_every_key_and_no_other(tmp_path: Path) -> None:
    with pytest.raises(PlaybookFormatError) as caught:
        load_playbook(written(tmp_path, GOOD.replace("weight", "wait")))
    known = set(str(caught.value).partition("known are ")[2].rstrip(")").split(", "))
    before, _, after = PAGE.partition("## The file")[2].partition("## The template")
    named = {
        key
        for row in re.findall(r"^\| (`.*?) \|", before + after.partition("\n## ")[2], flags=re.MULTILINE)
        for key in re.findall(r"`(\w+)`", row)
    }
    assert known | {"description", "template"} == named | {"measure"}


# ── the template ─────────────────────────────────────────────────────────────────────────────────────


def test_a_template_is_read_as_it_is_written(tmp_path: Path) -> None:
    sentences = ("Hi {recipient}[ from {company: the shop}].", "{ask}.")
    (tmp_path / "mine.toml").write_text(f"template = {list(sentences)}\n{GOOD}", encoding="utf-8")
    assert load_playbook(tmp_path / "mine.toml").template == sentences
    (tmp_path / "none.toml").write_text(GOOD, encoding="utf-8")
    assert load_playbook(tmp_path / "none.toml").template == ()


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ('["Hi {recipent}."]', "template[0]: there is no fact 'recipent'; did you mean 'recipient'?"),
        ('["Hi.", "{}"]', "template[1]: there is no fact ''"),
        ('["Hi [from {company}."]', "template[0]: a bracket that is not closed"),
        ('["Hi {company}]."]', "template[0]: a bracket that was not opened at '].'"),
        ('["Hi [from [{company}]]."]', "template[0]: a bracket inside brackets at '[{company}]].'"),
        ('["Hi [you]."]', "template[0]: no fact in the brackets before '].'"),
        ('["Hi {company"]', "template[0]: the brace at '{company' does not pair"),
        ('[" "]', "template[0]: an empty sentence"),
        ("[]", "key 'template': found none, expected one sentence or more"),
        ('"Hi"', "template: found 'Hi'"),
        ("[3]", "template[0]: found 3"),
    ],
)
def test_a_fault_in_a_template_is_named(tmp_path: Path, template: str, fault: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"template = {template}\n{GOOD}", encoding="utf-8")
    with pytest.raises(PlaybookFormatError, match=re.escape(f"{path}: {fault}")):
        load_playbook(path)
