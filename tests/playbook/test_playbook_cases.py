"""Every rule of every playbook on a message that meets it, one that misses it and one that cannot tell.

Through the whole pipeline: sound, words with their times, a brief. The messages stand in playbook_cases.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import aftertone as at
from aftertone.language.transcript import Transcript
from aftertone.playbook import Verdict, load_playbook, playbooks
from tests.engines import SAMPLES, GivenWords, true_words
from tests.speech import RATE_HZ, Voice, spoken

HERE = Path(__file__).parent
VERDICTS: dict[str, Verdict] = {"+": "met", "-": "missed", "?": "not judged"}
VOICE = {field.name for field in fields(Voice)}


@dataclass(frozen=True)
class Case:
    playbook: str
    rule: str
    verdict: Verdict
    text: str
    options: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.playbook}-{self.rule}-{self.verdict}"


def cases() -> Iterator[Case]:
    playbook = rule = ""
    for line in (HERE / "playbook_cases.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            playbook = line[3:]
        elif found := re.fullmatch(r"([-+?]) (.*?) ?(?:\[(.*)\])?", line):
            options = [option.partition("=") for option in (found[3] or "").split("; ") if option]
            pairs = tuple((name, value) for name, _, value in options)
            yield Case(playbook, rule, VERDICTS[found[1]], found[2], pairs)
        elif line and not line.startswith("#"):
            rule = line


CASES = tuple(cases())


def brief_of(options: dict[str, str]) -> at.Brief:
    texts: dict[str, Any] = {f.name: options[f.name] for f in fields(at.Brief) if f.name in options}
    if "recorded_at" in texts:
        texts["recorded_at"] = datetime.fromisoformat(texts["recorded_at"])
    if "attempt" in texts:
        texts["attempt"] = int(texts["attempt"])
    if "earlier" in options:
        texts["earlier_at"] = tuple(map(datetime.fromisoformat, options["earlier"].split(",")))
    return at.Brief(**texts)


@cache
def heard(text: str, options: tuple[tuple[str, str], ...]) -> tuple[at.Recording, at.Engine | None]:
    known = dict(options)
    if "file" in known:
        words = true_words(known["file"])
        return at.read_audio(SAMPLES / known["file"]), GivenWords(Transcript(words))
    recording, transcript = spoken(text, Voice(**{k: float(v) for k, v in options if k in VOICE}))
    if "silence" in known or "clip_s" in known:
        seconds = float(known.get("clip_s", 2.5))
        nobody = spoken("", Voice())[0].samples[: round(seconds * RATE_HZ)]
        return at.Recording.from_samples(nobody, RATE_HZ), None
    if "no words" in known:
        return recording, None
    if "doubted" in known:
        half = transcript.words[: len(transcript.words) // 2]
        return recording, GivenWords(Transcript(tuple(half)))
    if "german" in known:
        return recording, GivenWords(Transcript(transcript.words, language="de"))
    return recording, GivenWords(transcript)


def reviewed(case: Case) -> at.Review:
    options = dict(case.options)
    recording, engine = heard(case.text, case.options)
    brief = at.find_brief(SAMPLES / options["file"]) if "file" in options else brief_of(options)
    return at.review(recording, engine=engine, playbook=case.playbook, brief=brief)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_message_is_judged_as_it_was_made(case: Case) -> None:
    finding = {each.rule: each for each in reviewed(case).findings}[case.rule]
    assert finding.verdict == case.verdict, finding
    assert bool(finding.advice) == (case.verdict == "missed")
    if case.verdict == "not judged":
        assert finding.reason
    assert "not measured" not in finding.advice
    assert "{" not in finding.advice


def test_every_rule_has_a_message_of_each_kind() -> None:
    rules = {(name, rule.id) for name in playbooks() for rule in load_playbook(name).rules}
    for verdict in VERDICTS.values():
        assert {(case.playbook, case.rule) for case in CASES if case.verdict == verdict} == rules
    assert len(CASES) >= 200
