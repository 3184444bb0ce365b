from __future__ import annotations

import csv
from pathlib import Path

import pytest

from aftertone.acoustics.filled_pauses import FilledPause
from aftertone.language.fillers import fillers, hedges, is_filled_pause
from aftertone.language.transcript import Transcript, Word

# Each sentence marks its fillers: [like] fills, like does not.
SENTENCES = """
i like it
[um] i like it
it's, [like,] ready
it's [like] ready
it was [like] five days
would you like to meet
we would like that
i'd like to talk to you
it looks like rain
it sounds like a plan
that sounds like fun
something like that
i feel like we should talk
what is it like
people like you
and like i said it was ready
[so] [um] [like] we were going
he was [like] really busy
we have [like] ten boxes
there's [like] no way
they like the new office
she would like a call
i don't like it
just like that
more like a week
it is nothing like the last one
do you like it
we need, [like,] two weeks
do you know what time it is
did you know
let me know
let you know
i wanted to let you know that it's ready
just so you know
if you know the answer call me
[you know] we talked about it
it's [you know] ready
it's, [you know,] the invoice
and [you know] i was hoping to talk
as you know the invoice is due
you know that i called
you know what i think
you know how it is
you know better
how would you know
i thought you know him
we were [you know] hoping
when you know more call me
whether you know it or not
to let you know about the order
[i mean] it's ready
but [i mean] we should talk
what i mean is this
do you know what i mean
that's what i mean
i mean it
i mean to call you
it is, [i mean,] late
i [sort of] like it
what sort of car is it
that kind of thing
this sort of problem
it's [kind of] late
a kind of plan
i was [kind of] hoping
some kind of mistake
all kinds of things
the same sort of price
it's [sort of] urgent
that's very kind of you
what kind of invoice is it
we [kind of] need it by friday
[basically] it's late
it's [basically] ready
i was [actually] going to call
[actually] it's ready
what actually happened
did it arrive
it is not actually due
do you actually want it
if it actually works
it's [literally] five minutes
we [actually] shipped it
[so,] i was calling about the invoice
[so] i was calling about the invoice
i think so
i hope so
so that we can talk
thank you so much
there are so many
i'm so sorry
it was ready so i called
so far it's fine
[um] [so] i was calling
call me so we can talk
not so fast
if so call me
or so i thought
as well
i hope you are doing well
i hope you're well
[well,] i was calling
[well] it's ready
well done
it went well
all is well
it's well known
it went very well
i hope all is going well
[um] [well] i called
turn right
turn right at the corner
it's due right now
that's right
all right
right away
you have the invoice, [right?]
that is the right number
call me right back
you're right
the right time
[right,] [so] i was calling
it's on the right hand side
right after lunch
yes right there
is it okay
that's okay
if it's okay with you
[okay] [um] call me
[okay,] thanks
it's okay to call
everything is okay
[okay] [so] call me
okay with you
[uh] hi [uh] this is bob
[er] i was [erm] calling
[hmm] let me see
[ummm] [uhhh] [ahh]
her umbrella is here
the summer rum
mm-hmm that's right
he errs on the safe side
""".strip().splitlines()


def heard(text: str, gap_s: float = 0.0) -> Transcript:
    return Transcript(
        tuple(
            Word(word, at * (0.4 + gap_s), at * (0.4 + gap_s) + 0.4) for at, word in enumerate(text.split())
        )
    )


@pytest.mark.parametrize("sentence", SENTENCES)
def test_only_marked_words_fill(sentence: str) -> None:
    plain = sentence.replace("[", "").replace("]", "")
    marked = [part.split("]")[0].strip(" ,?") for part in sentence.split("[")[1:]]
    found = fillers(heard(plain))
    by_time = {word.start_s: word.text for word in heard(plain).words}
    said = [
        " ".join(word.text for word in heard(plain).words if f.start_s <= word.start_s < f.end_s).strip(" ,?")
        for f in found
    ]
    assert said == marked, by_time


def test_capitals_and_punctuation_make_no_difference() -> None:
    assert [
        filler.form for filler in fillers(heard("Um, I like it, but, You Know, it was like five days."))
    ] == [
        "um",
        "you know",
        "like",
    ]


def test_a_pause_on_both_sides_sets_a_filler_apart() -> None:
    words = [("we", 0.0), ("need", 0.4), ("it", 0.8), ("well", 1.6), ("by", 2.4), ("friday", 2.8)]
    assert [f.form for f in fillers(Transcript(tuple(Word(text, at, at + 0.4) for text, at in words)))] == [
        "well"
    ]
    assert fillers(heard("we need it well by friday")) == ()


@pytest.mark.parametrize(
    ("word", "filled"),
    [
        ("um", True), ("Um,", True), ("ummm", True), ("uh", True), ("uhhh...", True), ("er", True),
        ("erm", True),
        ("errr", True), ("ah", True), ("ahh", True), ("hmm", True), ("hm", True), ("mm", True), ("mmm", True),
        ("uhm", True), ("ehm", True), ("uh-huh", False), ("mm-hmm", False), ("a", False),
        ("her", False),
        ("am", False), ("hum", True),
        ("oh", False), ("m", False), ("h", False), ("us", False), ("arm", False),
        ("", False), ("e", False), ("u", False),
    ],
)  # fmt: skip
def test_filled_pauses_by_spelling(word: str, filled: bool) -> None:
    assert is_filled_pause(word) is filled


def test_word_and_sound_of_one_um_are_one_event() -> None:
    transcript = Transcript((Word("hi", 0.0, 0.4), Word("um", 0.5, 0.8), Word("mary", 1.0, 1.4)))
    (filler,) = fillers(transcript, [FilledPause(0.45, 0.95, 0.8)])
    assert (filler.form, filler.witness, filler.start_s, filler.end_s) == ("um", "both", 0.45, 0.95)


def test_a_sound_that_no_word_covers_counts() -> None:
    transcript = Transcript((Word("hi", 0.0, 0.4), Word("mary", 1.0, 1.4)))
    (filler,) = fillers(transcript, [FilledPause(0.5, 0.9, 0.8)])
    assert (filler.form, filler.witness, filler.kind) == ("", "sound", "filled_pause")


def test_a_sound_that_another_word_covers_does_not_count() -> None:
    transcript = Transcript((Word("the", 0.0, 0.4), Word("moon", 0.4, 1.4)))
    assert fillers(transcript, [FilledPause(0.5, 0.9, 0.8)]) == ()


def test_a_sound_half_of_which_a_word_covers_counts() -> None:
    transcript = Transcript((Word("hi", 0.0, 0.6),))
    assert len(fillers(transcript, [FilledPause(0.4, 0.9, 0.8)])) == 1


def test_two_ums_under_one_sound_stay_two_events() -> None:
    transcript = Transcript((Word("um", 0.0, 0.4), Word("um", 0.4, 0.8)))
    assert len(fillers(transcript, [FilledPause(0.0, 0.8, 0.8)])) == 2


def test_fillers_of_verbatim_transcripts_by_hand_labels() -> None:
    table = Path(__file__).parents[3] / "shared" / "data" / "mfa" / "metadata.csv"
    if not table.is_file():
        pytest.skip("the Montreal Forced Aligner recordings were not found beside the checkout")
    with table.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found = [filler for filler in fillers(heard(row["transcript"])) if filler.kind == "filled_pause"]
            assert f"fillers={len(found)};" in row["labels"], row["file_name"]


def test_nothing_said_has_no_fillers() -> None:
    assert fillers(Transcript()) == ()
    assert hedges(Transcript()) == ()


HEDGES = """
i was [just] calling
i'm [just] calling with a [quick] question
[sorry to bother] you
i'm [only] calling to check
the only thing left is the form
a [quick] call would help
as quick as you can
be quick
it will be quick
[just] a [quick] reminder
i have [a little] question
it will be a little late
she is my only contact
[no rush]
we are ready
adjust the date
justice is served
call me quickly
i [hate to bother] you again
you are not only late
this [won't take long]
""".strip().splitlines()


@pytest.mark.parametrize("sentence", HEDGES)
def test_only_marked_words_hedge(sentence: str) -> None:
    plain = sentence.replace("[", "").replace("]", "")
    marked = [part.split("]")[0] for part in sentence.split("[")[1:]]
    assert [hedge.form for hedge in hedges(heard(plain))] == marked


def test_just_and_the_minimising_family_are_told_apart() -> None:
    assert [hedge.kind for hedge in hedges(heard("just a quick question"))] == ["just", "minimising"]
