from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftertone.language.callback.decision import Evidence, are_sure, decide, misfit
from aftertone.language.transcript import DigitString

NUMBER, SHORT, LONG = "2125550143", "212550143", "21255550143"


def reading(words: str, strings: Mapping[str, tuple[float, float]], nuclei: int | None = None) -> Evidence:
    """A reading with log probabilities among numerals, and with spaces between the digits."""
    return Evidence(words, False, tuple(DigitString(d, *scores) for d, scores in strings.items()), nuclei)


def test_the_score_of_spaced_digits_decides_how_long_a_run_is() -> None:
    heard = {SHORT: (-0.8, -16.0), NUMBER: (-1.9, -5.0)}
    assert decide([reading(SHORT, heard)], "US").number == NUMBER


def test_syllables_decide_between_strings_of_like_score() -> None:
    heard = {"7180000000": (-1.5, -6.0), "718000000": (-1.5, -6.0)}  # neither is a number of the region
    assert decide([reading("", heard, nuclei=18)], "US").number == "7180000000"
    assert decide([reading("", heard, nuclei=8)], "US").number == "718000000"


def test_nine_digits_that_were_said_stay_nine() -> None:
    heard = {SHORT: (-0.3, -4.0), NUMBER: (-4.5, -14.0)}
    decision = decide([reading(SHORT, heard, nuclei=10)], "US")
    assert decision.digits == (SHORT,)


def test_the_words_stay_unless_another_number_is_likelier_than_not() -> None:
    other, third = "2125550148", "2125550149"
    heard = {NUMBER: (-4.5, -14.0), other: (-0.8, -9.0), third: (-0.9, -9.0)}
    assert decide([reading("", heard)], "US").number == other
    assert decide([reading(NUMBER, heard)], "US").number == NUMBER
    assert decide([reading(NUMBER, {NUMBER: (-9.0, -25.0), other: (-0.1, -4.0)})], "US").number == other


def test_two_doubtful_readings_are_surer_than_one() -> None:
    one = reading("", {SHORT: (-1.2, -6.0), NUMBER: (-1.2, -6.0)})
    other = reading("", {NUMBER: (-1.2, -6.0), LONG: (-1.0, -6.0)})
    both = decide([one, other], "US")
    assert both.digits == (NUMBER, NUMBER)
    assert both.probability > max(decide([each], "US").probability for each in (one, other))


def test_a_reading_is_changed_only_where_its_sound_says_so() -> None:
    first = reading(NUMBER, {NUMBER: (-0.3, -4.0)})
    near = reading("", {"2125550148": (-1.1, -5.0), NUMBER: (-1.4, -5.5)})
    far = reading("2125550148", {"2125550148": (-0.1, -4.0), NUMBER: (-9.0, -25.0)})
    assert decide([first, near], "US").digits == (NUMBER, NUMBER)
    assert decide([first, far], "US").digits == (NUMBER, "2125550148")


def test_a_reading_that_was_not_decoded_keeps_its_words() -> None:
    first = reading(NUMBER, {NUMBER: (-0.3, -4.0)})
    assert decide([first, Evidence("2125550148")], "US").digits == (NUMBER, "2125550148")


def test_a_reading_that_was_not_decoded_does_not_make_a_number_certain() -> None:
    heard = reading(NUMBER, {NUMBER: (-1.5, -9.0)})
    assert decide([heard, Evidence(NUMBER)], "US").probability < 0.999


def test_a_number_abroad_has_the_prior_of_a_valid_one() -> None:
    heard = (DigitString("44207946095", -1.0, -6.0), DigitString("442079460958", -1.3, -6.5))
    assert decide([Evidence("", True, heard)], "US").digits == ("442079460958",)


def test_the_same_number_with_and_without_its_country_code_is_one() -> None:
    readings = [reading(f"1{NUMBER}", {f"1{NUMBER}": (-0.4, -5.0)}), reading(NUMBER, {NUMBER: (-0.4, -5.0)})]
    decision = decide(readings, "US")
    assert (decision.number, decision.digits) == (NUMBER, (f"1{NUMBER}", NUMBER))


def test_strings_outside_the_beam_lower_the_probability() -> None:
    sure = decide([reading(NUMBER, {NUMBER: (-0.1, -4.0)})], "US").probability
    unsure = decide([reading(NUMBER, {NUMBER: (-3.0, -4.0)})], "US").probability
    assert 0.9 < sure < 1
    assert unsure < sure - 0.03


digit_strings = st.dictionaries(
    st.text("0123456789", min_size=1, max_size=12),
    st.tuples(st.floats(-12, 0), st.floats(-60, 0)),
    min_size=1,
    max_size=8,
)


@given(st.lists(st.tuples(digit_strings, st.integers(0, 20)), min_size=1, max_size=3))
def test_the_decision_is_always_a_decoded_string(found) -> None:  # type: ignore[no-untyped-def]
    readings = [reading(next(iter(strings)), strings, nuclei) for strings, nuclei in found]
    decision = decide(readings, "US")
    known = {digits for strings, _ in found for digits in strings}
    assert 0 <= decision.probability <= 1 + 1e-9
    assert len(decision.digits) == len(readings)
    for digits in decision.digits:
        assert digits in known or any(digits in each for each in known)  # a country code apart


@pytest.mark.parametrize(
    ("readings", "region", "sure"),
    [
        (["2124983016"], "US", True),
        (["4983016"], "US", True),  # without its area code
        (["2125550143"], "US", False),  # a run
        (["2125550143", "2125550143"], "US", True),
        (["2125550143", "2125550148"], "US", False),
        (["0729181032"], "GB", False),  # possible, not valid
        (["212498301"], "US", False),  # no number
        (["12124983016", "2124983016"], "US", True),
        (["02071838750"], "GB", True),
        (["02079460018"], "GB", False),
    ],
)
def test_words_are_sure_without_a_run_or_twice_alike(readings: list[str], region: str, sure: bool) -> None:
    said = [Evidence(digits, words=(at, at)) for at, digits in enumerate(readings)]
    assert are_sure(said, region) is sure


def test_a_number_written_twice_in_one_word_counts_once() -> None:
    assert not are_sure([Evidence(NUMBER, words=(4, 4))] * 2, "US")


@pytest.mark.parametrize(
    ("digits", "nuclei", "cost"), [("17", 3, 0.0), ("17", 5, 0.8), ("000", 3, 0.0), ("000", 6, 0.0)]
)
def test_a_misfit_is_the_squared_difference_over_the_nuclei(digits: str, nuclei: int, cost: float) -> None:
    assert misfit(digits, nuclei) == pytest.approx(cost)
