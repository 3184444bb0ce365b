"""The answers to the practice page: lists of takes, a take with its review, differences from the script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

from aftertone.errors import unexpected
from aftertone.files.plain import plain
from aftertone.language.callback.record import BOUNDS
from aftertone.language.script import adherence
from aftertone.measurements import MEASURES
from aftertone.outcome import Outcome
from aftertone.playbook import Playbook, Review, Rule, load_playbook, playbooks
from aftertone.playbook.advice import readable
from aftertone.playbook.rewriting import Rewrite, blank_rewrite
from aftertone.practice.comparison import practice_of
from aftertone.practice.guard import RequestError
from aftertone.practice.takes import Take, Takes, TakeState
from aftertone.practice.tasks import dry_sound
from aftertone.report.html import KEY_MEASURES, failed_message, message_data, read_if_there, rewrite_data
from aftertone.report.overview import target_range
from aftertone.report.waveform_figure import figure_of

_SPOKEN_KEPT = 8  # messages whose sound is kept in memory: half a minute has 1.4 MB


def playbook_data() -> dict[str, dict[str, Any]]:
    """What the page shows of each playbook beside Record."""
    return {name: _playbook_data(load_playbook(name)) for name in playbooks()}


def _playbook_data(book: Playbook) -> dict[str, Any]:
    what_to_say_first = sorted(book.rules, key=lambda rule: (_forbids(rule), -rule.weight))
    digits_per_s_max = target_range(book, "number.digits_per_s")[1]
    return {
        "title": book.title,
        "description": book.description,
        "checklist": [rule.title for rule in what_to_say_first],
        "length_s": target_range(book, "message.duration_s"),
        "syllables_per_s": target_range(book, "rate.articulation_syl_per_s"),
        "level_dbov": target_range(book, "level.active_dbov"),
        "digits_per_s_max": BOUNDS.slow_digits_per_s if digits_per_s_max is None else digits_per_s_max,
        "template": rewrite_data(blank_rewrite(book)),
    }


def _forbids(rule: Rule) -> bool:
    """Whether a rule names only what is not to be said."""
    return all(bound.said is False for bound in rule.bounds)


def list_of(takes: Takes) -> dict[str, Any]:
    """All takes, and the state of the engine."""
    engine, error = takes.queue.engine
    return {
        "takes": [row(each) for each in takes.states()],
        "engine": engine,
        "engine_error": "" if error is None else plain(str(error)),
    }


def row(of: TakeState) -> dict[str, Any]:
    """What a list shows of a take."""
    take, review = of.take, of.take.review
    return {
        "name": take.name,
        "state": of.state,
        "ahead": of.ahead,
        "error": plain(of.error),
        "points": review.points if review else None,
        "score": review.score if review else "",
        "playbook": plain(review.playbook if review else take.brief.playbook or "general"),
        "recipient": plain(take.brief.recipient or ""),
        "recorded_at": _moment(take),
        "duration_s": plain(review.duration_s) if review else None,
    }


def shown(takes: Takes, name: str, query: str) -> dict[str, Any]:
    """A take with its brief; where it is reviewed with its review, differences and comparison."""
    state = takes.state(name)
    take, brief = state.take, state.take.brief
    given = {key: getattr(brief, key) or "" for key in ("recipient", "number", "script")}
    answer: dict[str, Any] = {
        "take": row(state),
        "brief": plain({"playbook": brief.playbook or "general", **given}),
        "message": None,
        "differences": None,
        "comparison": None,
        "spoken": None,
    }
    outcome = take.outcome() if state.state == "reviewed" else None
    if outcome is None or (review := outcome.review) is None:
        return answer
    book = load_playbook(review.playbook) if review.playbook in playbooks() else None
    try:
        message = message_data(review, book, read_if_there(take.audio, takes.options.read))
        message |= {"name": name, "audio": f"/takes/{name}/audio{query}"}
        answer |= {"message": message, "differences": differences(review, brief.script)}
        if review.rewrite is not None and can_speak():
            answer["spoken"] = f"/takes/{name}/spoken{query}"
    except Exception as error:  # the page must still show the other takes
        return answer | {"message": failed_message(name, error)}
    if book is not None:
        answer["comparison"] = comparison(takes, take, book)
    return answer


def can_speak() -> bool:
    """Whether the voices that speak a message are installed."""
    from aftertone.synthesis import is_installed  # scipy.signal takes a second to import

    return is_installed()


def prepare() -> None:
    """Import and compile what the first answers need, so that they do not wait for it."""
    figure_of(dry_sound())
    can_speak()


def spoken(takes: Takes, name: str) -> bytes:
    """The rewritten message of a take, spoken: a WAV file. RequestError where there is none."""
    outcome = takes.get(name).outcome()
    rewrite = outcome.review.rewrite if outcome and outcome.review else None
    if rewrite is None:
        raise RequestError(404, f"{name}: there is no rewritten message to speak")
    if not can_speak():
        raise RequestError(404, "the voices that speak a message are not installed")
    with _speaking:  # what two ask for is spoken once
        return _wav(rewrite)


_speaking = Lock()


@lru_cache(_SPOKEN_KEPT)
def _wav(rewrite: Rewrite) -> bytes:
    from aftertone.synthesis import spoken_wav

    return spoken_wav(rewrite.parts)


def differences(review: Review, script: str | None) -> list[list[Any]] | None:
    """The parts of the script in its order, beside what was said; None without a script or words.

    Each is ``[kind, script's words, words said, start_s, end_s]``: see `aftertone.language.script`.
    """
    if not script or review.transcript is None or (found := adherence(review.transcript, script)) is None:
        return None
    parts: list[list[Any]] = plain(
        [
            [part.kind, part.written, part.said, round(part.span.start_s, 2), round(part.span.end_s, 2)]
            for part in found.parts
        ]
    )
    return parts


def comparison(takes: Takes, opened: Take, book: Playbook) -> dict[str, Any] | None:
    """The scored takes up to the opened one with its playbook and recipient: last, best and previous.

    None where there are not two of them. A stored review that cannot be compared is left out. Its take is
    named under ``problems``. ``history`` has later takes too.
    """
    alike = [
        take
        for take in takes.all()
        if take.review is not None
        and take.review.points is not None
        and take.review.playbook == book.name
        and take.brief.recipient == opened.brief.recipient  # the script may have changed in between
    ]
    before = [take for take in alike if take.number <= opened.number]
    columns = _Columns(book)
    last = columns.first(reversed(before))
    previous = columns.first(take for take in reversed(before) if last and take.number < last.number)
    best = columns.first(sorted(before, key=_rank, reverse=True))
    if not columns.problems and not (last and previous and best):
        return None
    roles: dict[str, list[str]] = {}
    for role, column in (("last", last), ("best", best), ("previous", previous)):
        if column is not None:
            roles.setdefault(column.name, []).append(role)
    compared = [take for name in roles for take in alike if take.name == name]
    table = columns.table(compared) if len(compared) > 1 else _NO_TABLE
    in_time = sorted(alike, key=lambda take: (take.recorded_at, take.number))
    return {
        "columns": [_column(take, roles[take.name]) for take in compared],
        **table,
        "history": [[take.name, _moment(take), take.review.points] for take in in_time if take.review],
        "problems": columns.problems,
    }


_NO_TABLE: dict[str, Any] = {"rules": [], "measures": [], "better": [], "worse": []}


def _rank(take: Take) -> tuple[int, float, int]:
    """The order from the worst take to the best: by points, then by what was judged, then by number."""
    review = take.review
    return (review.points or 0, review.judged_share, take.number) if review else (0, 0.0, take.number)


def _column(take: Take, roles: list[str]) -> dict[str, Any]:
    review = take.review
    return {
        "name": take.name,
        "role": ", ".join(roles),
        "score": review.score if review else "",
        "points": review.points if review else None,
        "recorded_at": _moment(take),
    }


def _moment(take: Take) -> str:
    return take.recorded_at.isoformat(timespec="seconds")


class _Columns:
    """Takes side by side. A stored review may come from anyone, so each is tried before it is compared."""

    def __init__(self, book: Playbook) -> None:
        self.problems: list[str] = []
        self._book = book
        self._outcomes: dict[str, Outcome | None] = {}  # None where it cannot be compared

    def first(self, takes: Iterable[Take]) -> Take | None:
        """The first of some takes that can be compared."""
        return next((take for take in takes if self._outcome(take) is not None), None)

    def table(self, takes: Sequence[Take]) -> dict[str, Any]:
        """The rules of the first take and the measures, with one value for each take."""
        of_take = {take.name: outcome for take in takes if (outcome := self._outcome(take)) is not None}
        in_order = sorted(takes, key=lambda take: take.number)  # the changes are those of the last two
        practice = practice_of(takes[0].brief, self._book, [of_take[take.name] for take in in_order])
        places = [in_order.index(take) for take in takes]
        reviews = [review for outcome in of_take.values() if (review := outcome.review) is not None]
        return {
            "better": [change.after.title for change in practice.better],
            "worse": [change.after.title for change in practice.worse],
            "rules": [
                [finding.title, [_verdict(review, finding.rule) for review in reviews]]
                for finding in reviews[0].findings
            ],
            "measures": [
                [
                    MEASURES[each.measure].title.capitalize(),
                    each.bound.limit,
                    [readable(each.values[at], MEASURES[each.measure].unit) for at in places],
                    each.change,
                ]
                for each in practice.measures
                if each.measure in KEY_MEASURES
            ],
        }

    def _outcome(self, take: Take) -> Outcome | None:
        if take.name not in self._outcomes:
            outcome = take.outcome()
            try:
                if outcome is not None:
                    practice_of(take.brief, self._book, [outcome, outcome])
            except Exception as error:
                outcome = None
                self.problems.append(str(unexpected(error, f"{take.name} cannot be compared")))
            self._outcomes[take.name] = outcome
        return self._outcomes[take.name]


def _verdict(review: Review, rule: str) -> str:
    return next((finding.verdict for finding in review.findings if finding.rule == rule), "not judged")
