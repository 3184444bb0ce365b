from __future__ import annotations

import pytest

from aftertone.playbook import Bound, Condition, Playbook, Rule, Several, load_playbook, playbooks
from aftertone.playbook.agreement import Relation, agreement


def book(*conditions: Condition, when_not_said: str = "missed") -> Playbook:
    rules = (
        Rule(f"r{i}", f"R{i}", condition, when_not_said=when_not_said)  # type: ignore[arg-type]
        for i, condition in enumerate(conditions)
    )
    return Playbook("p", "P", tuple(rules))


def relations(first: Playbook, second: Playbook) -> dict[str, Relation]:
    return {accord.measure: accord.relation for accord in agreement(first, second).accords}


LENGTH = "message.duration_s"


@pytest.mark.parametrize(
    ("first", "second", "relation"),
    [
        (Bound(LENGTH, 10, 20), Bound(LENGTH, at_most=36), "stricter"),
        (Bound(LENGTH, at_most=36), Bound(LENGTH, 10, 20), "looser"),
        (Bound(LENGTH, at_most=36), Bound(LENGTH, at_most=36), "the same"),
        (Bound(LENGTH, 10, 30), Bound(LENGTH, 20, 40), "overlap"),
        (Bound(LENGTH, at_most=20), Bound(LENGTH, at_least=30), "contradict"),
        (Bound(LENGTH, at_most=20), Bound(LENGTH, at_least=20), "overlap"),
        (Bound("number.valid", equals=True), Bound("number.valid", equals=False), "contradict"),
        (Bound("threat.spans", said=False), Bound("threat.spans", at_most=0), "the same"),
        (Bound("threat.spans", said=False), Bound("threat.spans", at_least=1), "contradict"),
        (Bound("caller.name", said=True), Bound("caller.name", said=False), "contradict"),
    ],
)
def test_two_bounds_on_one_measure(first: Bound, second: Bound, relation: Relation) -> None:
    assert relations(book(first), book(second))[first.measure] == relation


def test_any_of_on_one_measure_is_either_stretch() -> None:
    hours = Several("any_of", (Bound("recorded.hour", 10, 12), Bound("recorded.hour", 15, 18)))
    assert relations(book(hours), book(Bound("recorded.hour", at_least=13))) == {"recorded.hour": "overlap"}
    assert relations(book(hours), book(Bound("recorded.hour", 12.5, 14))) == {"recorded.hour": "contradict"}


def test_what_any_of_several_measures_would_meet_is_not_asked() -> None:
    either = Several("any_of", (Bound(LENGTH, at_most=5), Bound("caller.name", said=True)))
    assert relations(book(either), book(Bound(LENGTH, at_least=10))) == {}


def test_the_first_of_several_is_what_is_asked() -> None:
    paces = Several(
        "first_of",
        (Bound("rate.words_per_min", at_most=150), Bound("rate.articulation_syl_per_s", at_most=5.5)),
    )
    found = relations(book(paces), book(Bound("rate.words_per_min", at_least=160)))
    assert found == {"rate.words_per_min": "contradict"}


def test_what_is_specific_was_said() -> None:
    specific, unsaid = Bound("deadline.specific", equals=True), Bound("deadline.text", said=False)
    assert relations(book(specific), book(unsaid)) == {"deadline.text": "contradict"}
    assert relations(book(specific, when_not_said="not judged"), book(unsaid)) == {}


def test_to_ask_and_not_to_ask_to_be_called_pull_apart_either_way_round() -> None:
    asks, silent = book(Bound("ask.spans", said=True)), book(Bound("call_back.spans", said=False))
    assert relations(asks, silent) == relations(silent, asks) == {"call_back.spans": "pull apart"}
    (accord,) = agreement(silent, asks).accords
    assert (accord.first.target, accord.second.target) == ("no request to call back", "request is said")


@pytest.mark.parametrize("name", playbooks())
def test_a_playbook_agrees_with_itself(name: str) -> None:
    own = load_playbook(name)
    found = agreement(own, own)
    assert {accord.relation for accord in found.accords} == {"the same"}


def test_every_rule_is_somewhere() -> None:
    first, second = load_playbook("collections"), load_playbook("sales-appointment")
    found = agreement(first, second)
    for playbook, only, spoken_of in (
        (first, found.only_first, {accord.first.rule for accord in found.accords}),
        (second, found.only_second, {accord.second.rule for accord in found.accords}),
    ):
        assert {rule.id for rule in only} | spoken_of == {rule.id for rule in playbook.rules}
        assert not {rule.id for rule in only} & spoken_of


def test_the_contradictions_of_the_playbooks_that_come_along() -> None:
    found = {
        (a, b): [
            (accord.measure, accord.relation) for accord in agreement(*map(load_playbook, (a, b))).accords
        ]
        for a, b in (("collections", "follow-up-3"), ("collections", "cold-prospect"))
    }
    assert ("deadline.text", "contradict") in found["collections", "follow-up-3"]
    assert ("call_back.spans", "pull apart") in found["collections", "cold-prospect"]
