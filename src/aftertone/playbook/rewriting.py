"""The message rewritten from its own facts by the template of a playbook; what is missing is a blank.

A template is sentences. ``{fact}`` stands for a fact; ``{fact: what to fill in}`` says what its blank shows.
A stretch in square brackets is left out where a fact in it is missing. A fact that is said inside another one
is not said twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple

import msgspec

from aftertone.files.plain import plain
from aftertone.language.facts import CLAUSES, Clause, Facts
from aftertone.language.transcript import Span
from aftertone.measurements import Measurements
from aftertone.playbook.model import Playbook

BLANKS = {
    "recipient": "their name",
    "caller": "your name",
    "company": "your company",
    "number": "your number",
    "purpose": "why you call",
    "ask": "what you would like them to do",
    "deadline": "by when",
    "reason": "an outside reason",
    "thanks": "a word of thanks",
    "gain": "what gets better for them",
    "connection": "where you met, or who gave you their name",
    "earlier_mail": "that you wrote before",
    "will_call": "when you will call again",
}
"""The facts that a template may name, each with what its blank says."""

HEARD = " (heard: "
"""Text of a blank before what was heard of a fact in doubt; a round bracket closes it."""
_PIECES = re.compile(
    r"(?P<slot>\{(?P<fact>[^{}:]*)(?::(?P<blank>[^{}]*))?\})|(?P<bracket>[\[\]])|(?P<brace>[{}])"
)


@dataclass(frozen=True, slots=True)
class RewritePart:
    """A part of a rewritten message: literal text of the template, a fact, or a blank."""

    text: str  # of a blank: what to fill in
    fact: str = ""  # empty for literal text
    is_blank: bool = False


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A message in the words of its speaker and the order of the playbook.

    >>> rewrite = Rewrite((RewritePart("This is "), RewritePart("your name", "caller", True)))
    >>> rewrite.text, rewrite.missing
    ('This is [your name]', ('caller',))
    """

    parts: tuple[RewritePart, ...]

    @property
    def text(self) -> str:
        """The message, with blanks in square brackets."""
        return "".join(f"[{part.text}]" if part.is_blank else part.text for part in self.parts)

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts that are blank, each once."""
        return tuple(dict.fromkeys(part.fact for part in self.parts if part.is_blank))

    def to_dict(self) -> dict[str, Any]:
        """The text, the facts that are missing, and the parts."""
        return {"text": plain(self.text), "missing": list(self.missing), "parts": plain(self.parts)}

    @classmethod
    def from_dict(cls, page: Mapping[str, Any]) -> Rewrite:
        """A rewrite from what `to_dict` gave."""
        return cls(msgspec.convert(page["parts"], tuple[RewritePart, ...]))


def rewritten(playbook: Playbook, facts: Facts, measurements: Measurements) -> Rewrite | None:
    """The message by the template of a playbook; None for a playbook without one.

    A clause is left out that holds what a rule of the playbook forbids, such as a threat.
    """
    if not playbook.template:
        return None
    values = measurements.flat()
    bounds = (bound for rule in playbook.rules for bound in rule.bounds if bound.said is False)
    spans = (values.get(bound.measure) for bound in bounds)
    forbidden = [span for each in spans if isinstance(each, tuple) for span in each if isinstance(span, Span)]
    template = [_parsed(sentence) for sentence in playbook.template]
    return _rewrite(template, _filled(template, facts, forbidden))


def blank_rewrite(playbook: Playbook) -> Rewrite | None:
    """The template of a playbook with every fact a blank; None for a playbook without one.

    >>> from aftertone.playbook.reading import load_playbook
    >>> rewrite = blank_rewrite(load_playbook("general"))
    >>> rewrite.text[:34]
    'Hi [their name], this is [your nam'
    """
    if not playbook.template:
        return None
    return _rewrite([_parsed(sentence) for sentence in playbook.template], None)


def check_sentence(sentence: str) -> None:
    """Raise `ValueError`, with what is wrong, where a sentence of a template cannot be read."""
    _parsed(sentence)


# ── templates ────────────────────────────────────────────────────────────────────────────────────────


class _Slot(NamedTuple):
    """A place for a fact."""

    fact: str
    blank: str  # what its blank says


class _Stretch(NamedTuple):
    """Literal texts and slots; left out where a fact is missing if it stood in square brackets."""

    pieces: tuple[str | _Slot, ...]
    is_optional: bool


@cache
def _parsed(sentence: str) -> tuple[_Stretch, ...]:
    if not sentence.strip():
        raise ValueError("an empty sentence")
    stretches: list[_Stretch] = []
    pieces: list[str | _Slot] = []
    is_optional, at = False, 0
    for match in _PIECES.finditer(sentence):
        pieces += [sentence[at : match.start()]] if match.start() > at else []
        at = match.end()
        if match["brace"]:
            raise ValueError(f"the brace at {sentence[match.start() :]!r} does not pair")
        if match["slot"]:
            pieces.append(_slot(match["fact"].strip(), match["blank"]))
            continue
        if (match[0] == "[") == is_optional:
            problem = "a bracket inside brackets" if is_optional else "a bracket that was not opened"
            raise ValueError(f"{problem} at {sentence[match.start() :]!r}")
        if is_optional and not any(isinstance(piece, _Slot) for piece in pieces):
            raise ValueError(f"no fact in the brackets before {sentence[match.start() :]!r}")
        if pieces:
            stretches.append(_Stretch(tuple(pieces), is_optional))
        pieces, is_optional = [], not is_optional
    if is_optional:
        raise ValueError("a bracket that is not closed")
    rest = sentence[at:]
    if pieces or rest:
        stretches.append(_Stretch((*pieces, *([rest] if rest else [])), False))
    return tuple(stretches)


def _slot(fact: str, blank: str | None) -> _Slot:
    if fact not in BLANKS:
        nearest = get_close_matches(fact, BLANKS, n=1, cutoff=0.5)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
        raise ValueError(f"there is no fact {fact!r}{hint} (known are {', '.join(BLANKS)})")
    return _Slot(fact, (blank or "").strip() or BLANKS[fact])


# ── facts for slots ──────────────────────────────────────────────────────────────────────────────────


class _Filling(NamedTuple):
    """What a slot shows; where the fact is said inside another one, nothing."""

    text: str = ""
    heard: str = ""  # of a number in doubt: what was heard
    is_question: bool = False
    lead: str = ""  # goes before the text where it begins a sentence


def _filled(
    template: Iterable[tuple[_Stretch, ...]], facts: Facts, forbidden: Sequence[Span]
) -> dict[str, _Filling]:
    """The facts that the template names and the message has."""
    named = {slot.fact for sentence in template for stretch in sentence for slot in _slots(stretch)}
    found = {
        name: _Filling(text)
        for name in ("recipient", "caller", "company", "number")
        if (text := getattr(facts, name))
    }
    if facts.heard_number:
        found["number"] = _Filling(heard=facts.heard_number)
    used: dict[str, Clause] = {}
    for name in (each for each in CLAUSES if each in named and each != "deadline"):
        allowed = [
            clause for clause in facts.clauses.get(name, ()) if not any(map(clause.span.overlaps, forbidden))
        ]
        free = [clause for clause in allowed if not any(clause.overlaps(other) for other in used.values())]
        if free:
            used[name] = free[0]
        elif allowed:
            found[name] = _Filling()
    deadlines = facts.clauses.get("deadline", ())
    if "deadline" in named and "ask" in named:
        _add_deadline(deadlines, used, found)
    elif "deadline" in named and deadlines:
        used["deadline"] = deadlines[0]
    for name, clause in used.items():
        found[name] = _Filling(
            text=clause.text,
            is_question=clause.is_question and name != "deadline",
            lead=clause.lead if name == "purpose" else "",
        )
    return found


def _add_deadline(deadlines: tuple[Clause, ...], used: dict[str, Clause], found: dict[str, _Filling]) -> None:
    """Move the deadline at the end of the request into its own slot.

    A deadline of another sentence may be that of something else: it is not put beside the request.
    """
    for deadline in deadlines:
        if "ask" in used and (rest := used["ask"].without(deadline)) is not None:
            used["ask"], used["deadline"] = rest, deadline
            return
        if any(clause.overlaps(deadline) for clause in used.values()):
            found["deadline"] = _Filling()
            return
    if deadlines:
        found["deadline"] = _Filling(heard=deadlines[0].text)


def _slots(stretch: _Stretch) -> list[_Slot]:
    return [piece for piece in stretch.pieces if isinstance(piece, _Slot)]


# ── the message ──────────────────────────────────────────────────────────────────────────────────────


def _rewrite(template: Iterable[tuple[_Stretch, ...]], found: Mapping[str, _Filling] | None) -> Rewrite:
    """The message; `found` is None for blanks alone, in the stretches in brackets as well."""
    parts: list[RewritePart] = []
    for sentence in template:
        said = _sentence(sentence, found, {part.fact for part in parts})
        if said and parts:
            parts.append(RewritePart(" "))
        parts += said
    return Rewrite(tuple(_merged(parts)))


def _sentence(
    sentence: tuple[_Stretch, ...], found: Mapping[str, _Filling] | None, told: Iterable[str]
) -> list[RewritePart]:
    """The parts of one sentence; none where it says nothing that is not said elsewhere.

    `told` has the facts before it: what was heard of a number in doubt is told once.
    """
    parts: list[RewritePart] = []
    slots = [slot for stretch in sentence for slot in _slots(stretch)]
    is_question, shown = False, 0
    for stretch in sentence:
        if stretch.is_optional and found is not None:
            fillings = [found.get(slot.fact) for slot in _slots(stretch)]
            if not all(filling is not None and filling.text for filling in fillings):
                continue
        for piece in stretch.pieces:
            if isinstance(piece, str):
                parts.append(RewritePart(piece))
                continue
            filling = (found or {}).get(piece.fact)
            if filling is None or filling.heard:
                heard = f"{HEARD}{filling.heard})" if filling and piece.fact not in told else ""
                parts.append(RewritePart(piece.blank + heard, piece.fact, is_blank=True))
            elif filling.text:
                parts += _fitted(piece.fact, filling, "".join(part.text for part in parts))
                is_question |= filling.is_question
            shown += filling is None or bool(filling.heard or filling.text)
    text = "".join(part.text for part in parts)
    if (slots and not shown) or not re.search(r"\w", text):
        return []
    return _closed(parts, is_question)


def _fitted(fact: str, filling: _Filling, before: str) -> list[RewritePart]:
    """A fact after the text before it, without words that both have."""
    words, said = filling.text.split(), before.lower().replace("i am", "i'm").split()
    plain_words = " ".join(words).lower().replace("i am", "i'm").split()
    doubled = next((n for n in range(len(said), 0, -1) if said[-n:] == plain_words[:n]), 0)
    text = " ".join(words[doubled + len(words) - len(plain_words) if doubled else 0 :])
    needs_lead = filling.lead and not doubled and not before.strip()
    return [*([RewritePart(filling.lead)] if needs_lead else []), RewritePart(text, fact)]


def _closed(parts: list[RewritePart], is_question: bool) -> list[RewritePart]:
    """The sentence with a capital, and with the mark that it needs at its end."""
    parts = [  # no space before a mark, where a fact is said elsewhere
        part if part.fact else RewritePart(re.sub(r"\s+(?=[.,?!])", "", part.text)) for part in _merged(parts)
    ]
    first = parts[0]
    if not first.is_blank:
        parts[0] = RewritePart(first.text[:1].upper() + first.text[1:], first.fact)
    last = parts[-1]
    if is_question and not last.fact and last.text == ".":
        parts[-1] = RewritePart("?")
    return parts


def _merged(parts: Iterable[RewritePart]) -> list[RewritePart]:
    """Literal texts that follow one another as one."""
    merged: list[RewritePart] = []
    for part in parts:
        if merged and not part.fact and not merged[-1].fact:
            merged[-1] = RewritePart(merged[-1].text + part.text)
        else:
            merged.append(part)
    return merged
