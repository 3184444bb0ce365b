"""Synthesised sentences for training, with the times of vowels and of each "um".

`aftertone.synthesis` speaks them. Its network predicts the duration of each phone, which gives the times of
vowels. FIT_VOICES are for training; HELD_OUT_VOICES speak other sentences, for the figures.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aftertone.recognition.wheels import cache_folder
from aftertone.synthesis.kokoro import say
from aftertone.synthesis.phones import PUNCTUATION, STRESS, VOWELS, pronounced

Signal = NDArray[np.float32]

SPEECH = cache_folder() / "training"  # folder of the synthesised speech
SPEEDS = (0.75, 0.85, 1.0, 1.0, 1.15, 1.3, 1.45)
MARKS = STRESS + "ː"  # marks of stress and length; they have durations and belong to the vowel beside them
NEAR_S = 0.06  # largest distance of a nucleus from the middle of its vowel
PAUSES = ("um", "uh")

FLUENT = (
    "Hi Mary, this is John Smith from Riverside Dental calling about your appointment on Tuesday.",
    "Please call me back at eight hundred, five five five, one two three four, before noon on Friday.",
    "I just wanted to remind you that your balance of two hundred and forty dollars is past due.",
    "We have an important matter to discuss with you regarding your account with the company.",
    "Hello, my name is Angela and I am returning your call about the delivery of the sofa.",
    "If you could get back to me at your earliest convenience, I would really appreciate it.",
    "Again, the number is seven seven three, four one nine, oh two two six, extension fifteen.",
    "Thank you very much and have a wonderful afternoon, goodbye.",
    "The old canoe drifted past the yellow boathouse and under the narrow iron bridge.",
    "Most of the soup was cold, and the rice came in a bowl that was far too small.",
    "Our technician will arrive between nine and eleven in the morning, so please be at home.",
    "Unfortunately we were not able to process your application because some information is missing.",
    "Your prescription is ready to be picked up at the pharmacy on Washington Avenue.",
    "Could you please send me the revised contract by the end of the week, ideally on Thursday?",
    "I am going to be in the office until six, and after that you can reach me on my mobile.",
    "The quarterly meeting has been moved from Monday to Wednesday at three thirty.",
    "Yes, we do have the item in stock, but the blue one will not be available until January.",
    "Nobody answered the door when we came by yesterday, so we left a note with your neighbor.",
    "I apologize for the inconvenience, and I hope that we can resolve this issue quickly.",
    "A pair of shoes, two tickets, no idea why, we owe you an area of high quality.",
    "It's me again. I don't know if you got my last message, but I think it's kind of urgent.",
    "So what I was going to say is that I'd rather we did it the other way around.",
    "They told him that if he hadn't heard from us by then, he should just go ahead without it.",
    "Can you tell her that it's at the back of the cupboard, on the top shelf, behind the flour?",
    "The university's administration is considering an alternative interpretation of the policy.",
    "Stop. Wait. Look left, look right, then cross the street and walk straight past the church.",
    "Absolutely no one in the laboratory remembered to refrigerate the remaining samples overnight.",
    "She'd have been a bit late, as it was, and the others had already gone in and sat down.",
    "Bring bread, milk, six eggs, fresh fish, a pound of plums, and the big bag of dog food.",
    "We're open every day of the year, except for the national holidays and the first of August.",
)
HESITANT = (
    "Hello, um, this is Paul from the garage, and, uh, your car is ready.",
    "I was, uh, hoping that you could, um, send me the invoice for last month.",
    "We looked at the, um, roof on Monday, and uh it needs more work than we thought.",
    "It will cost, uh, four hundred dollars, um, maybe a little more.",
    "So, um, call me at four five five, uh, nine four one four, when you can.",
    "The office closes at, um, five, and I will, uh, be here all day tomorrow.",
    "My daughter, uh, lost her ball in your yard, and, um, we all want it back.",
    "There was, um, a small problem with the order, uh, the wall color was wrong.",
    "You can reach me at um seven oh four, uh four one one, five five one four.",
    "Uh, hi Laura, I am, um, returning your call about the hall on the fourth floor.",
    "Um, I guess we should, uh, talk before the storm warning goes on.",
    "The tall man at the door, um, told us more about it, uh, last fall.",
)
LONG_VOWELS = (
    "Call me at four five four, one one nine four, after four on Thursday.",
    "All small balls fall more or less on the floor of the hall.",
    "The number is five oh four, seven four one, nine nine five four.",
    "Mom and Dad come some summer for a month of sun and fun.",
    "Sure, I am sure that the poor horse saw the door before.",
    "Long ago a warm storm tore the awning off the store.",
    "One more call, Tom, and we are all done for the month.",
    "Her first nurse heard a bird, and turned to her work.",
    "No, I do not know who will go to the show so late.",
    "We need a key, a tea, three trees and a green sea.",
)
HELD_OUT_FLUENT = (
    "Good evening doctor Miller, we found your glasses under the table in the waiting room.",
    "The parcel that you ordered on the second of March is now at the post office in Market Street.",
    "I'm sorry that I missed you. I'll be around until about half past four if you want to talk.",
    "Nothing about the itinerary has been finalized, although the accommodation is confirmed.",
    "He said he'd fix the leak in the bathroom, but it's been two weeks and there's still water.",
    "Take the third left, go over the hill, and park in front of the red barn by the creek.",
    "Congratulations on your anniversary, and give our love to everybody in the family.",
    "It was better than I thought it would be, and we'd be happy to do it again in the spring.",
    "Please have your policy number ready, as well as the date and the location of the accident.",
    "Well, I looked at the photographs you sent, and honestly the green jacket is the nicest.",
)
HELD_OUT_HESITANT = (
    "Good morning, uh, this is Helen from the library, um, about the books you reserved.",
    "The plumber can come on, um, Wednesday or, uh, the day after that.",
    "I think the total was, uh, ninety five dollars, and, um, you paid sixty.",
    "Um, could you ask your brother to, uh, bring the ladder on Saturday?",
    "We are, uh, still waiting for the paint, so, um, it may take another week.",
    "Uh, it's about the concert. Um, I have two tickets left.",
    "She wanted to know whether the, um, big room is free, or, uh, the one upstairs.",
    "So, uh, let me know what you decide, and, um, thanks a lot for your help.",
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence by one voice.

    Attributes
    ----------
    voice, text : str
    samples : array of float32, shape (n,)
        At the voices' rate.
    words : tuple of (str, float, float)
        Each with its start and end in seconds.
    vowels : tuple of (float, float)
        Start and end of each in seconds, inside its word.
    """

    voice: str
    text: str
    samples: Signal
    words: tuple[tuple[str, float, float], ...]
    vowels: tuple[tuple[float, float], ...]

    @property
    def syllables(self) -> list[tuple[float, float]]:
        """Limits of the nucleus of each vowel, in seconds; they do not overlap."""
        middles_s = [(start_s + end_s) / 2 for start_s, end_s in self.vowels]
        halves_s = [(a + b) / 2 for a, b in pairwise(middles_s)]
        return [
            (max(middle_s - NEAR_S, from_s), min(middle_s + NEAR_S, to_s))
            for middle_s, from_s, to_s in zip(middles_s, [0.0, *halves_s], [*halves_s, np.inf], strict=True)
        ]

    @property
    def pauses(self) -> list[tuple[float, float]]:
        """Start and end of each "um" and "uh" in seconds."""
        return [(start_s, end_s) for text, start_s, end_s in self.words if text.lower() in PAUSES]


def sentences(
    voices: Sequence[str], texts: Sequence[str], count: int, folder: Path, speeds: Sequence[float] = SPEEDS
) -> Iterator[Sentence]:
    """`count` of the texts by each voice, at several speeds; `folder` stores them."""
    for i, voice in enumerate(voices):
        for k in range(count):
            text = texts[(k * len(texts) // count + i) % len(texts)]
            yield sentence(voice, text, random.Random(f"{voice} {text}").choice(speeds), folder)


def sentence(voice: str, text: str, speed: float, folder: Path) -> Sentence:
    """A text spoken by a voice; `folder` stores it for the next time."""
    path = stored_at(voice, text, speed, folder)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        spoken = say(text, voice, speed)
        np.savez(
            path,
            samples=spoken.samples.astype(np.float32),
            words=np.array([(word.start_s, word.end_s) for word in spoken.words]),
            phones=np.array([(phone.start_s, phone.end_s) for phone in spoken.phones]),
        )
    with np.load(path) as stored:
        words = [(float(a), float(b)) for a, b in stored["words"]]
        phones = [(float(a), float(b)) for a, b in stored["phones"]]
        samples = stored["samples"]
    sounds = pronounced(text.split(), is_british=voice.startswith("b"), own={})
    plain = [word.strip(PUNCTUATION) for word in text.split()]
    named = tuple((word, *span) for word, span in zip(plain, words, strict=True))
    return Sentence(voice, text, samples, named, tuple(_vowels(sounds, phones, words)))


def stored_at(voice: str, text: str, speed: float, folder: Path) -> Path:
    """The file of one sentence."""
    return folder / f"{sha256(f'{voice} {speed} {text}'.encode()).hexdigest()[:24]}.npz"


def _vowels(
    sounds: Sequence[str], phones: Sequence[tuple[float, float]], words: Sequence[tuple[float, float]]
) -> Iterator[tuple[float, float]]:
    """Start and end of each vowel with its marks; predicted times are stretched to the word's true time."""
    firsts = np.cumsum([0, *map(len, sounds)]).tolist()
    for sound, (first, past), (start_s, end_s) in zip(sounds, pairwise(firsts), words, strict=True):
        from_s, to_s = phones[first][0], phones[past - 1][1]
        for k, symbol in enumerate(sound):
            if symbol not in VOWELS:
                continue
            a = k - 1 if k and sound[k - 1] in MARKS else k
            b = k + 1 if k + 1 < len(sound) and sound[k + 1] == "ː" else k
            inside = [np.clip(at_s, from_s, to_s) for at_s in (phones[first + a][0], phones[first + b][1])]
            moved = [start_s + (at_s - from_s) / (to_s - from_s) * (end_s - start_s) for at_s in inside]
            yield float(moved[0]), float(moved[1])
