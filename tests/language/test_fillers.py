from __future__ import annotations

import csv
from pathlib import Path

import pytest

from aftertone.acoustics.filled_pauses import FilledPause
from aftertone.language.fillers import fillers, hedges, is_filled_pause
from aftertone.language.transcript import Transcript, Word
from tests.speech import transcript_of

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
the office is [like] right next door
he said it was, [like,] urgent
you can call me whenever you like
if you'd like i can email it
i would really like to meet
what would you like to do
we have places like that here
that is not like him
it's like that every friday
something more like a report
nothing like a good book
she was [like] so happy
and [like] we never got it
about [like] twenty people
it's a lot like yours
do it like this please
they act like it never happened
i like to be early
let us know if you'd like that
do you know the code
i don't know you know him better
[you know,] it could be worse
it was, [you know,] kind of you to call
[you know] the invoice is late
if you know who did it
everything you know about it
you know better than that
so you know where we are
i'd [you know] love to help
[well] you know him
it's late [you know]
what do you mean
you know what i mean
how i mean to do it
[i mean] come on
it isn't urgent [i mean] friday is fine
i mean well
that's not what i mean
the sort of thing we sell
it [sort of] stopped working
i'm [sort of] stuck
we [sort of] need an answer
it's some sort of pump
what sort of car do you drive
three kinds of paint
be so kind of heart
the right kind of screw
[kind of] busy today
they were [kind of] hoping for friday
she is [kinda] busy
it's a new kind of lamp
the order is [basically] done
we [basically] need a signature
[literally] everyone called
i [literally] just left
the word was meant literally
i [actually] have a question
it's [actually] quite simple
nobody actually called
[actually,] never mind
do you actually have it
that's so kind
so be it
i am so glad
he said so
do so by friday
ten or so days
and so on
[so] anyway call me
[so] yeah call me
even so we should talk
it's so far away
why so late
as soon as possible
[so,] the reason for my call
we are well aware
get well soon
the well is dry
sleep well
might as well call
you know him well
[well,] that's it
very well then
doing well thanks
may as well
[well] [um] call me
they did well
oh well
the right one
make a right
your rights
it's alright
we have the right to cancel
right here is fine
just to the right of it
you got my letter, [right?]
so that works, [right?]
we close at six, so swing by
it is broken, so please send somebody
they are out. [so] call me
you have my number, [right?]
is that right
do the right thing
[okay,] so that is it
[okay,] bye
it's an okay price
is tuesday okay
are you okay with that
say okay to continue
if that's ok
[ok] [so] i'll call later
i'm okay
[er] [well] it's late
the [um] [uh] the invoice
[erm,] hello
[mmm] let me think
ah-hah
[ah] there it is
""".strip().splitlines()


@pytest.mark.parametrize("sentence", SENTENCES)
def test_only_marked_words_fill(sentence: str) -> None:
    transcript = transcript_of(sentence.replace("[", "").replace("]", ""))
    marked = [part.split("]")[0].strip(" ,?") for part in sentence.split("[")[1:]]
    found = [
        " ".join(word.text for word in transcript.words if filler.start_s <= word.start_s < filler.end_s)
        for filler in fillers(transcript)
    ]
    assert [text.strip(" ,?") for text in found] == marked


def test_capitals_and_punctuation_make_no_difference() -> None:
    found = fillers(transcript_of("Um, I like it, but, You Know, it was like five days."))
    assert [filler.form for filler in found] == ["um", "you know", "like"]


def test_a_word_with_a_pause_on_both_sides_fills() -> None:
    words = [("we", 0.0), ("need", 0.4), ("it", 0.8), ("well", 1.6), ("by", 2.4), ("friday", 2.8)]
    assert [f.form for f in fillers(Transcript(tuple(Word(text, at, at + 0.4) for text, at in words)))] == [
        "well"
    ]
    assert fillers(transcript_of("we need it well by friday")) == ()


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


def test_word_and_sound_of_one_um_are_one_filler() -> None:
    transcript = Transcript((Word("hi", 0.0, 0.4), Word("um", 0.5, 0.8), Word("mary", 1.0, 1.4)))
    (filler,) = fillers(transcript, [FilledPause(0.45, 0.95, 0.8)])
    assert (filler.form, filler.witness, filler.start_s, filler.end_s) == ("um", "both", 0.45, 0.95)


def test_a_sound_without_a_word_over_it_counts() -> None:
    transcript = Transcript((Word("hi", 0.0, 0.4), Word("mary", 1.0, 1.4)))
    (filler,) = fillers(transcript, [FilledPause(0.5, 0.9, 0.8)])
    assert (filler.form, filler.witness, filler.kind) == ("", "sound", "filled_pause")


def test_a_sound_that_another_word_covers_does_not_count() -> None:
    transcript = Transcript((Word("the", 0.0, 0.4), Word("moon", 0.4, 1.4)))
    assert fillers(transcript, [FilledPause(0.5, 0.9, 0.8)]) == ()


def test_a_sound_with_a_word_over_half_of_it_counts() -> None:
    transcript = Transcript((Word("hi", 0.0, 0.6),))
    assert len(fillers(transcript, [FilledPause(0.4, 0.9, 0.8)])) == 1


def test_confidence_of_word_and_sound_together_is_higher() -> None:
    transcript = Transcript((Word("um", 0.5, 0.8, 0.6),))
    (both,) = fillers(transcript, [FilledPause(0.45, 0.95, 0.8)])
    assert both.confidence == pytest.approx(0.92)
    (word,) = fillers(transcript)
    assert word.confidence == 0.6
    (sound,) = fillers(Transcript(), [FilledPause(0.45, 0.95, 0.8)])
    assert sound.confidence == 0.8
    (unsure,) = fillers(Transcript((Word("um", 0.5, 0.8),)))
    assert unsure.confidence is None


@pytest.mark.parametrize(
    ("word", "nuclei_s", "counts"),
    [
        (Word("this", 1.0, 2.0), [1.2, 1.8], True),  # begins with the sound, and has a nucleus besides
        (Word("this", 0.7, 1.52), [0.9, 1.2], True),  # ends with it
        (Word("go", 1.0, 1.6), [1.2], False),  # its one nucleus is the sound: drawn out
        (Word("payroll", 0.7, 1.9), [0.9, 1.2, 1.8], False),  # the sound is in its middle
        (Word("tomorrow", 1.0, 1.9), [1.2, 1.7], False),  # no room for three syllables
    ],
)
def test_a_word_stretched_over_a_sound_does_not_hide_it(
    word: Word, nuclei_s: list[float], counts: bool
) -> None:
    found = fillers(Transcript((word,)), [FilledPause(1.05, 1.5, 0.9)], nuclei_s)
    assert [filler.witness for filler in found] == (["sound"] if counts else [])


@pytest.mark.parametrize(("text", "counts"), [("I'm", True), ("a", True), ("'em", True), ("him", False)])
def test_a_long_word_that_may_be_a_misrecognised_um_does_not_hide_it(text: str, counts: bool) -> None:
    found = fillers(Transcript((Word(text, 1.0, 1.5),)), [FilledPause(1.05, 1.5, 0.9)])
    assert bool(found) is counts


def test_two_ums_over_one_sound_are_two_fillers() -> None:
    transcript = Transcript((Word("um", 0.0, 0.4), Word("um", 0.4, 0.8)))
    assert len(fillers(transcript, [FilledPause(0.0, 0.8, 0.8)])) == 2


def test_fillers_of_verbatim_transcripts_by_hand_labels() -> None:
    table = Path(__file__).parents[3] / "shared" / "data" / "mfa" / "metadata.csv"
    if not table.is_file():
        pytest.skip("the Montreal Forced Aligner recordings were not found beside the checkout")
    with table.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found = [
                filler
                for filler in fillers(transcript_of(row["transcript"]))
                if filler.kind == "filled_pause"
            ]
            assert f"fillers={len(found)};" in row["labels"], row["file_name"]


def test_an_empty_transcript_has_no_fillers() -> None:
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
i [just] wanted to say hello
it [just] arrived
[just] checking in
the adjusted bill
the only one we have
read only access
if only we knew
we are the only dentist in town
it will [only take a minute] of your time
i have [only] one question
i have [a small] question
a small box arrived
we have a small office
[a tiny] favor
it's [a bit of a] problem
a bit of rain
a little boy called
[a little] favor to ask
i'm [a little] worried
[quick] question for you
the quick brown fox
a [quick] note about friday
call me for a [quick] chat
be quick about it
[quickly] check the form
he ran quickly
[i know you're busy] but please call
you look busy
[sorry to bother] you again
sorry i missed you
[no worries if not]
no worries at all
there is [no rush]
rush it please
[if you have a minute] call me
wait a minute
[if you don't mind] i'd like it today
i don't mind
[it's nothing] urgent
it is urgent
this is [not a big deal]
it is a big deal for us
[when you get a chance] call me
take a chance
[i'll be quick]
i'll be there
a [silly question] maybe
a good question
[sorry to interrupt] your day
please don't interrupt
it [won't take a minute]
that took a minute
""".strip().splitlines()


@pytest.mark.parametrize("sentence", HEDGES)
def test_only_marked_words_hedge(sentence: str) -> None:
    plain = sentence.replace("[", "").replace("]", "")
    marked = [part.split("]")[0] for part in sentence.split("[")[1:]]
    assert [hedge.form for hedge in hedges(transcript_of(plain))] == marked


def test_just_and_minimising_words_are_different_kinds() -> None:
    assert [hedge.kind for hedge in hedges(transcript_of("just a quick question"))] == ["just", "minimising"]
