from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aftertone.acoustics.analysis import listen
from aftertone.acoustics.audio import read_audio
from aftertone.language.callback import find_callback_number
from aftertone.language.callback.numbering_plan import written_groups
from aftertone.language.transcript import Transcript, Word
from tests.language.callback.transcripts import heard, number

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parents[2] / "sample_audio"


def rows(name: str) -> list[str]:
    """The rows of a table, without comments; columns are parted by "|"."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("row", rows("said_numbers.txt"))
def test_the_number_and_its_readings(row: str) -> None:
    region, text, digits, count = (part.strip() for part in row.split("|"))
    found = find_callback_number(heard(text), region=region)
    assert (found.digits or "-", len(found.readings)) == (digits, int(count))
    assert found.agree


@pytest.mark.parametrize("row", rows("other_numbers.txt"))
def test_other_numbers_are_listed_with_their_kinds(row: str) -> None:
    text, digits, others = (part.strip() for part in row.split("|"))
    found = find_callback_number(heard(text))
    assert (found.digits or "-") == digits
    assert ", ".join(f"{other.kind} {other.digits}" for other in found.others) == others
    assert all(other.start_s < other.end_s for other in found.others)


@pytest.mark.parametrize(
    ("said_second", "positions"),
    [
        ("800 555 1244", (8,)),
        ("800 555 1243", (8, 9)),
        ("900 555 1234", (0,)),
        ("1 800 556 1234", (5,)),
        ("800 555 124", (8,)),
        ("800 55 1234", (5,)),
        ("800 555 12344", (9,)),
    ],
)
def test_a_second_reading_that_differs_is_a_reading_that_does_not_agree(
    said_second: str, positions: tuple[int, ...]
) -> None:
    found = number(f"call 800 555 1234 again that's {said_second} thanks")
    assert found.digits == "8005551234"
    assert len(found.readings) == 2
    assert not found.agree
    assert [reading.number == found.digits for reading in found.readings] == [True, False]
    assert found.differing is not None
    if said_second == "800 55 1234":  # any of three fives may be missing
        assert found.differing[0] in (3, 4, 5)
    elif said_second == "800 555 12344":
        assert found.differing[0] in (8, 9)
    else:
        assert found.differing == positions


def test_a_changed_digit_is_found_where_shorter_numbers_could_be() -> None:
    found = number("020 7946 0958 020 7946 0953", "GB")
    assert (found.digits, len(found.readings), found.differing) == ("02079460958", 2, (10,))


@pytest.mark.parametrize("region", ["US", "GB"])
def test_the_end_said_again_without_a_word_between_is_a_part(region: str) -> None:
    text = "919 844 7057 7057" if region == "US" else "0121 496 0366 0366"
    found = number(text, region)
    assert [partial.digits for partial in found.partials] == [text[-4:]]


def test_the_number_said_more_often_wins() -> None:
    found = number("212 555 0142 again 212 555 0143 again 212 555 0143")
    assert (found.digits, found.differing) == ("2125550143", (9,))


def test_the_expected_number_is_chosen_and_the_wrong_digit_is_named() -> None:
    found = number("call 800 555 1244 that's 800 555 1244", expected="(800) 555-1234")
    assert (found.digits, found.agree, found.differing, found.as_expected) == (
        "8005551234",
        False,
        (8,),
        False,
    )


def test_the_expected_number_wins_over_another() -> None:
    text = "call 212 555 0142 or 800 555 1234 or 212 555 0142"
    assert number(text).digits == "2125550142"
    found = number(text, expected="800-555-1234")
    assert (found.digits, len(found.readings), found.as_expected) == ("8005551234", 1, True)


def test_an_expected_number_that_was_not_said_is_not_invented() -> None:
    found = number("call 212 555 0142", expected="800-555-1234")
    assert (found.digits, found.as_expected) == ("2125550142", False)
    assert find_callback_number(heard("call me"), expected="800-555-1234").digits is None


def test_an_expected_number_in_another_form() -> None:
    found = number("oh two oh seven nine four six oh nine five eight", "GB", expected="+44 20 7946 0958")
    assert found.as_expected


@pytest.mark.parametrize(
    ("text", "extension"),
    [
        ("212 555 0142 extension 12", "12"),
        ("212-555-0142 x12", "12"),
        ("212-555-0142x12", "12"),
        ("212 555 0142 ext. 340", "340"),
        ("two one two five five five oh one four two extension three forty", "340"),
        ("212 555 0142 extension number 12", "12"),
        ("212 555 0142 extension is one oh five", "105"),
        ("212 555 0142 and my extension is 340", "340"),
        ("212 555 0142 ext340", "340"),
        ("212 555 0142, x 12", "12"),
        ("212 555 0142 extension twenty two", "22"),
        ("212 555 0142 extension double two one", "221"),
        ("212 555 0142 extension one hundred", "100"),
        ("212 555 0142 extension for one two", "412"),
        ("212 555 0142", None),
        ("extension 12", None),
        ("dial 212 555 0142 extension 12 pound", "12"),
        ("212 555 0142 and ask for extension 340", "340"),
        ("212 555 0142 then extension three four oh hash key", "340"),
        ("212 555 0142, x, 340", "340"),
        ("212 555 0142 option 2", None),
        ("212 555 0142 press 2", None),
        ("212 555 0142 passcode 4455", None),
    ],
)
def test_the_extension_is_kept_apart(text: str, extension: str | None) -> None:
    found = find_callback_number(heard(text))
    assert found.extension == extension


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("800 555 1234 that's 1234", ["1234"]),
        ("800 555 1234 that's 555 1234", ["5551234"]),
        ("call 800 555 1234 five five five one two three four", ["5551234"]),
        ("555 1234 that's 800 555 1234", ["5551234"]),
        ("call 800 555 1234 by 5:30", []),
    ],
)
def test_parts_said_again_are_listed_apart(text: str, parts: list[str]) -> None:
    found = number(text)
    assert len(found.readings) == 1
    assert [reading.digits for reading in found.partials][: len(parts) or None] == parts


@pytest.mark.parametrize(
    ("text", "region", "valid", "e164"),
    [
        ("800 555 1212", "US", True, "+18005551212"),
        ("415 267 3890", "US", True, "+14152673890"),
        ("123 456 7890", "US", False, "+11234567890"),
        ("555 1234", "US", False, None),
        ("020 7946 0958", "GB", True, "+442079460958"),
        ("+44 20 7946 0958", "US", True, "+442079460958"),
        ("12345678901234", "US", False, None),
    ],
)
def test_validity_is_libphonenumbers(text: str, region: str, valid: bool, e164: str | None) -> None:
    found = number(text, region)
    assert (found.valid, found.e164) == (valid, e164)


def test_a_reading_has_its_words_and_time() -> None:
    (reading,) = number("hi call 800 555 1234 thanks").readings
    assert (reading.first_word, reading.last_word) == (2, 4)
    assert (reading.start_s, reading.end_s) == pytest.approx((0.7, 4.9 * 0.35))
    assert reading.before == pytest.approx((0.35, 1.9 * 0.35))
    assert reading.after == pytest.approx((5 * 0.35, 5.9 * 0.35))


@pytest.mark.parametrize(
    "text",
    ["555 0143 area code 312 bye", "312 312 555 555 0143 0143 bye", "312 okay 555 okay 0143 bye"],
)
def test_a_reading_lasts_from_its_first_word_to_its_last(text: str) -> None:
    (reading,) = number(text).readings
    words = heard(text).words
    assert (reading.digits, reading.first_word, reading.last_word) == ("3125550143", 0, len(words) - 2)
    assert (reading.start_s, reading.end_s) == pytest.approx((words[0].start_s, words[-2].end_s))


SPELLINGS = {
    "0": ["zero", "oh", "o", "nought", "0"], "1": ["one", "1"], "2": ["two", "2"], "3": ["three", "3"],
    "4": ["four", "4"], "5": ["five", "5"], "6": ["six", "6"], "7": ["seven", "7"], "8": ["eight", "8"],
    "9": ["nine", "9"],
}  # fmt: skip
BETWEEN = ["", "um", "uh", "dash", "", ""]
AREAS = ["212", "415", "312", "617", "206", "800", "888", "512", "713", "303"]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(AREAS),
    st.from_regex(r"[2-9][0-9]{2}", fullmatch=True).filter(lambda text: not text.endswith("11")),
    st.from_regex(r"[0-9]{4}", fullmatch=True),
    st.randoms(use_true_random=False),
    st.integers(1, 3),
)
def test_any_number_in_any_spelling_any_times(area, exchange, line, random, times) -> None:  # type: ignore[no-untyped-def]
    groups = [
        f" {random.choice(BETWEEN)} ".join(
            " ".join(random.choice(SPELLINGS[digit]) for digit in group) for group in (area, exchange, line)
        )
        for _ in range(times)
    ]
    found = number("call me at " + " that's ".join(groups) + " thanks")
    assert found.digits == area + exchange + line
    assert len(found.readings) == times
    assert found.agree


ONES, TEENS, TENS = (
    text.split()
    for text in (
        "zero one two three four five six seven eight nine",
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
        "- - twenty thirty forty fifty sixty seventy eighty ninety",
    )
)
HOMOPHONES = {"1": "won", "2": "too", "4": "for", "8": "ate"}
VALID_IN = {
    "US": [r"(212|415|617|800|512)[2-9](0[0-9]|[2-9][0-9])[0-9]{4}"],
    "CA": [r"(416|604|514)[2-9](0[0-9]|[2-9][0-9])[0-9]{4}"],
    "GB": [r"0207946[0-9]{4}", r"07700900[0-9]{3}", r"0121496[0-9]{4}"],
    "AU": [r"04[0-3][0-9]{7}", r"029374[0-9]{4}"],
    "NZ": [r"09307[0-9]{4}", r"021[1-9][0-9]{6}"],
    "IN": [r"98[0-9]{8}", r"0804123[0-9]{4}"],
    "DE": [r"0151[1-9][0-9]{7}", r"03090[1-9][0-9]{3,5}"],
}


def said_somehow(digits: str, random) -> str:  # type: ignore[no-untyped-def]
    """A way of saying digits that can be heard in one way only."""
    words: list[str] = []
    at = 0
    while at < len(digits):
        one, two, three = digits[at], digits[at : at + 2], digits[at : at + 3]
        ways = [(ONES[int(one)], 1)] * 2
        if one == "0":
            ways.append((random.choice(["oh", "nought", "naught"]), 1))
        elif words and at + 1 < len(digits) and one in HOMOPHONES:  # at an edge it may be a word
            ways.append((HOMOPHONES[one], 1))
        if len(two) == 2 and two[0] == two[1]:
            ways.append((f"double {random.choice([ONES[int(one)], one])}", 2))
        if len(three) == 3 and len(set(three)) == 1:
            ways.append((f"triple {ONES[int(one)]}", 3))
        if len(two) == 2 and one == "1":
            ways.append((TEENS[int(two[1])], 2))
        if len(two) == 2 and one >= "2" and (two[1] != "0" or three[2:] in ("", "0")):  # "twenty four": 24
            name = TENS[int(one)] + ("" if two[1] == "0" else f"{random.choice(' -')}{ONES[int(two[1])]}")
            ways.append((name, 2))
        if three[1:] == "00" and one != "0":
            ways.append((f"{ONES[int(one)]} hundred", 3))
        if len(three) == 3:
            ways.append((three, 3))
        name, used = random.choice(ways)
        if words and random.random() < 0.1:
            words.append(random.choice(["um", "dash", "uh"]))
        words.append(name)
        at += used
    return " ".join(words)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(VALID_IN)).flatmap(
        lambda region: st.tuples(
            st.just(region), st.one_of([st.from_regex(each, fullmatch=True) for each in VALID_IN[region]])
        )
    ),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_a_number_said_in_any_way_is_parsed_back(case, random, twice) -> None:  # type: ignore[no-untyped-def]
    region, digits = case
    text = f"please call me on {said_somehow(digits, random)}"
    if twice:
        text += f" again that's {said_somehow(digits, random)}"
    found = number(text + " thank you", region)
    assert (found.digits, len(found.readings), found.agree) == (digits, 1 + twice, True), text


@settings(max_examples=80, deadline=None)
@given(st.from_regex(r"[2-9][0-9]{7,8}", fullmatch=True), st.integers(1, 8), st.booleans())
def test_a_number_of_eight_or_nine_digits_is_never_cut_to_seven(digits: str, at: int, twice: bool) -> None:
    text = f"call me at {digits[:at]} {digits[at:]}" + f" again {digits}" * twice
    found = find_callback_number(heard(text))
    assert found.digits in (None, digits)
    assert not found.valid


@settings(max_examples=80, deadline=None)
@given(
    st.from_regex(r"(212|415|312|617|512)[2-9](0[0-9]|[2-9][0-9])[0-9]{4}", fullmatch=True),
    st.sampled_from(["{b} {c} area code {a}", "{a} {a} {b} {b} {c} {c}", "{a} okay {b} got that {c}"]),
    st.sampled_from([" ", ", "]),
    st.booleans(),
)
def test_a_number_in_another_order_or_with_repeated_groups_is_one_reading(
    digits: str, form: str, comma: str, in_words: bool
) -> None:
    groups = (digits[:3], digits[3:6], digits[6:])
    if in_words:
        groups = tuple(" ".join(ONES[int(digit)] for digit in group) for group in groups)  # type: ignore[assignment]
    said = form.format(**dict(zip("abc", groups, strict=True)))
    found = number(f"my number is {said}{comma}thanks")
    assert (found.digits, len(found.readings)) == (digits, 1)


def test_a_correction_inside_a_reading_keeps_its_digits_words_and_times() -> None:
    found = number("call eight hundred five five six sorry five five seven one two three four thanks")
    (reading,) = found.readings
    assert (reading.digits, reading.number, found.agree) == ("8005571234", found.digits, True)
    words = heard("call eight hundred five five six sorry five five seven one two three four thanks").words
    # the digits are those that were said last, and the reading lasts from the first word to the last
    assert [words[item.word_index].text for item in reading.items] == [
        "eight", "hundred", "hundred", "five", "five", "seven", "one", "two", "three", "four",
    ]  # fmt: skip
    assert [item.word_index for item in reading.items[3:]] == [7, 8, 9, 10, 11, 12, 13]
    assert (reading.start_s, reading.end_s) == (words[1].start_s, words[13].end_s)


@pytest.mark.parametrize(
    ("text", "digits", "count"),
    [
        ("800 556 sorry 557 1234 again 800 557 1234", "8005571234", 2),
        ("800 557 1234 again 800 556 sorry 557 1234", "8005571234", 2),
        ("800 556 i mean 557 1234 that's 800 557 12 no 1234", "8005571234", 2),
    ],
)
def test_a_corrected_reading_is_one_reading_and_agrees(text: str, digits: str, count: int) -> None:
    found = number(text)
    assert (found.digits, len(found.readings), found.agree) == (digits, count, True)


def test_the_british_practice_message_with_its_true_words() -> None:
    truth = json.loads((SAMPLES / "truth" / "uk_number.json").read_text())
    said = Transcript(tuple(Word(w["text"], w["start_s"], w["end_s"]) for w in truth["words"]))
    sound = listen(read_audio(SAMPLES / "uk_number.flac"))
    found = find_callback_number(said, region="GB", sound=sound)
    assert found.digits is not None
    digits = truth["number"]["digits"]
    assert (found.digits, found.e164, found.valid, found.agree) == (digits, f"+44{digits[1:]}", True, True)
    groups_said = (digits[:3], digits[3:7], digits[7:])
    assert written_groups(found.e164, found.digits) == groups_said
    assert len(found.readings) == 2
    for at, reading in enumerate(found.readings, start=1):
        true = [digit for digit in truth["digits"] if digit["reading"] == at]
        assert reading.start_s == pytest.approx(true[0]["start_s"], abs=0.2)
        assert reading.end_s == pytest.approx(true[-1]["end_s"], abs=0.2)
        assert tuple(group.digits for group in reading.groups) == groups_said


SCRAPS = """
zero oh one two three four five for to too or sorry again that's 555 800 1234 hundred double plus extension x
dash um call at twenty fifty twelve 5:30 pm $500 1-800-FLOWERS flowers and is no i mean + - (800) 555-1234 one
more time ½ ² café account 12/5 [NOISE] 8005551234 800555123 80055512345 thousand triple area code invoice
"""


@settings(max_examples=150, deadline=None)
@example(["8005551234", "8005551234", "sorry", "555"], "US")
@given(st.lists(st.sampled_from(SCRAPS.split()), max_size=20), st.sampled_from(["US", "GB", "AU"]))
def test_readings_are_in_order_and_agree_as_stated_whatever_is_said(words: list[str], region: str) -> None:
    transcript = heard(" ".join(words))
    found = find_callback_number(transcript, region=region)
    if found.digits is None:
        assert not found.readings
        return
    assert len(found.digits) >= 7
    assert found.digits.isdigit()
    assert found.readings
    assert found.agree == all(reading.number == found.digits for reading in found.readings)
    edges = [edge for reading in found.readings for edge in (reading.first_word, reading.last_word)]
    assert edges == sorted(edges)
    for reading in (*found.readings, *found.partials):
        assert "".join(item.digit for item in reading.items) == reading.digits
        assert reading.start_s < reading.end_s
        assert 0 <= reading.first_word <= reading.last_word < len(transcript.words)
