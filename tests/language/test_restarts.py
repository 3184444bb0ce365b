"""Words broken off, and words said again."""

from __future__ import annotations

import pytest

from aftertone.language.restarts import restarts
from aftertone.language.transcript import Transcript
from tests.speech import transcript_of

# [..] marks a restart.
SENTENCES = """
[I wan- I wanted] to ask
[I wan I wanted] to ask
i am calling about [the the] invoice
[we we] were hoping to talk
[we were we were] hoping to talk
[we we] were late
call me at [my my my] office
[i was going to i was going to] say
[I, I] think so
[the um the] invoice
[I wanted to. I wanted to] ask
because [we have to. We have to] bring it
it is on thursday [at eight, no at nine] in the morning
we come [on monday, sorry, on tuesday]
i spoke [to john i mean to mary]
we open at eight. No, at nine is fine
i have no idea
is it at eight no i do not think so
he said no at noon
send it [to uh to] the office
please [con- confirm] the date
it is on [fri- friday]
[and and] then we left
[this i- this is] bob
we need [a a] signature
[I'm I'm] calling about the order
i'll [be be] there
[you can you can you can] pay
very very good
bye bye
thank you thank you
no no it's fine
it had had an effect
i think that that works
please call two two two five five five
what it is is a problem
we gave her her book
so so sorry
many many thanks
please log in in march
okay okay i will
we need it. It is late
call me. Me and bob are here
this is it. This is bob
i call i called yesterday
follow-up on the order
mary-ann is here
knock knock
um um hello
hello hello
ha ha that is funny
really really nice
yes yes of course
i know you know
the more the merrier
""".strip().splitlines()


@pytest.mark.parametrize("sentence", SENTENCES)
def test_only_marked_words_are_restarts(sentence: str) -> None:
    plain = sentence.replace("[", "").replace("]", "")
    marked = [part.split("]")[0] for part in sentence.split("[")[1:]]
    assert [restart.span.text for restart in restarts(transcript_of(plain))] == marked


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("I wan- I wanted it", "cut_off"),
        ("the the box", "repeat"),
        ("we were we were here", "repeat"),
        ("at eight no at nine", "replaced"),
    ],
)
def test_kinds_of_restarts(said: str, kind: str) -> None:
    (restart,) = restarts(transcript_of(said))
    assert restart.kind == kind


def test_a_restart_has_its_words_and_their_time() -> None:
    (restart,) = restarts(transcript_of("about the the invoice"))
    assert (restart.span.text, restart.span.start_s, restart.span.end_s) == ("the the", 0.5, 1.4)


def test_two_restarts_apart_are_two() -> None:
    assert len(restarts(transcript_of("the the invoice for the the roof"))) == 2


def test_an_empty_transcript_has_no_restarts() -> None:
    assert restarts(Transcript()) == ()


def test_what_is_given_up_is_known_by_its_words() -> None:
    transcript = transcript_of("I wan- I wanted to, um, to see the the the roof at eight, no, at nine")
    out = {at for each in restarts(transcript) for at in each.given_up}
    left = [word.text for at, word in enumerate(transcript.words) if at not in out]
    assert " ".join(left) == "I wanted um, to see the roof at nine"
