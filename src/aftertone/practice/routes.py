"""The routes of the practice page, and what each answers about the takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from aftertone.errors import (
    AftertoneError,
    ReportError,
    ServeError,
    TakeError,
    TakeNotFoundError,
    unexpected,
)
from aftertone.files.plain import plain
from aftertone.language.brief import Brief, brief_of
from aftertone.measurements import MEASURES
from aftertone.playbook import Playbook, Review, load_playbook, playbooks
from aftertone.playbook.advice import readable
from aftertone.practice.comparison import practice_of
from aftertone.practice.guard import LIMITS, Guard, Limits, RequestError, token_query
from aftertone.practice.takes import Take, Takes
from aftertone.report.html import KEY_MEASURES, Page, failed_message, message_data, read_if_there, render_page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def practice_app(takes: Takes, *, token: str = "", limits: Limits = LIMITS) -> Guard:
    """The practice page as an ASGI application. A token, if given, must be in each address as ``?token=``."""
    try:
        import python_multipart  # noqa: F401 - Starlette reads forms with it
        from starlette.applications import Starlette
        from starlette.exceptions import HTTPException
        from starlette.requests import ClientDisconnect
        from starlette.routing import Route
    except ImportError as error:
        raise ServeError(
            "the practice page needs starlette and python-multipart: pip install 'aftertone[serve]'"
        ) from error
    routes = _Routes(takes, token, limits)
    app = Starlette(
        routes=[
            Route("/", routes.index),
            Route("/takes", routes.list, methods=["GET"]),
            Route("/takes", routes.add, methods=["POST"]),
            Route("/takes/{name}", routes.show, methods=["GET"]),
            Route("/takes/{name}", routes.delete, methods=["DELETE"]),
            Route("/takes/{name}/audio", routes.audio),
        ],
        exception_handlers=dict.fromkeys(
            (AftertoneError, HTTPException, ClientDisconnect, OSError, Exception), _answer_error
        ),
    )
    app.router.redirect_slashes = False
    return Guard(app, token, limits)


class _Routes:
    """One method for each route."""

    def __init__(self, takes: Takes, token: str, limits: Limits) -> None:
        self._takes, self._query, self._limits = takes, token_query(token), limits
        self._thread_count = 0

    async def index(self, _: Request) -> Response:
        from starlette.responses import HTMLResponse

        page = _page(self._takes, self._query, self._limits)
        policy = f"{page.policy}; frame-ancestors 'none'"
        return HTMLResponse(page.html, headers={"content-security-policy": policy})

    async def list(self, _: Request) -> Response:
        return await self._json(_list_of, self._takes)

    async def show(self, request: Request) -> Response:
        return await self._json(_shown, self._takes, request.path_params["name"], self._query)

    async def delete(self, request: Request) -> Response:
        await self._in_thread(self._takes.delete, request.path_params["name"])
        return await self._json(_list_of, self._takes)

    async def audio(self, request: Request) -> Response:
        from starlette.responses import FileResponse

        return FileResponse(await self._in_thread(_audio_path, self._takes, request.path_params["name"]))

    async def add(self, request: Request) -> Response:
        part_bytes = 4 * self._limits.text_chars
        async with request.form(max_files=1, max_fields=10, max_part_size=part_bytes) as form:
            upload = form.get("audio")
            if upload is None or isinstance(upload, str):
                raise RequestError(422, "there is no recording in the request")
            texts = {key: value for key, value in form.items() if isinstance(value, str)}
            brief = _brief_of_form(texts, self._limits)
            name = upload.filename or "the recording"
            take = await self._in_thread(self._takes.keep, upload.file, name, brief)
        try:
            await self._in_thread(partial(self._takes.review, take.name, name, is_new=True))
            return await self._json(_shown, self._takes, take.name, self._query)
        except asyncio.CancelledError:
            return _error(503, f"the page was closed; {take.name} is kept: open it to try again", take.name)
        except Exception as error:
            kept = take.name if take.audio.is_file() else None
            return _error(_status(error), str(unexpected(error, "the server failed")), kept)

    async def _json(self, work: Callable[..., Any], *given: Any) -> Response:
        from starlette.responses import JSONResponse

        return JSONResponse(await self._in_thread(work, *given))

    async def _in_thread(self, work: Callable[..., Any], *given: Any) -> Any:
        """Call a function in a daemon thread, which does not delay the end of the server."""
        if self._thread_count >= self._limits.connections:
            raise RequestError(503, "the server is busy: try again later")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()

        def settle(result: Any, error: BaseException | None) -> None:
            self._thread_count -= 1
            if error is not None and not done.done():
                done.set_exception(error)
            elif not done.done():
                done.set_result(result)

        def run() -> None:
            result, problem = None, None
            try:
                result = work(*given)
            except BaseException as error:
                problem = error
            with suppress(RuntimeError):  # the event loop is closed: the server has ended
                loop.call_soon_threadsafe(settle, result, problem)

        self._thread_count += 1
        Thread(target=run, daemon=True).start()
        return await done


# ── errors ───────────────────────────────────────────────────────────────────────────────────────────


async def _answer_error(_: Request, error: Exception) -> Response:
    from starlette.exceptions import HTTPException
    from starlette.requests import ClientDisconnect

    if isinstance(error, HTTPException):
        return _error(error.status_code, f"the request cannot be understood: {error.detail}")
    if isinstance(error, ClientDisconnect):
        return _error(400, "the connection ended before the recording had arrived")
    if isinstance(error, OSError) and not isinstance(error, AftertoneError):
        return _error(507, f"a file cannot be written or read: {error.strerror or error}")
    return _error(_status(error), str(unexpected(error, "the server failed")))


def _status(error: Exception) -> int:
    if isinstance(error, RequestError):
        return error.status
    if isinstance(error, TakeNotFoundError):
        return 404
    if isinstance(error, TakeError | ReportError):
        return 507
    return 422 if isinstance(error, AftertoneError) else 500


def _error(status: int, reason: str, kept: str | None = None) -> Response:
    """An answer with the reason of an error, and the name of the take that is kept in spite of it."""
    from starlette.responses import JSONResponse

    headers = {"connection": "close"} if status in (408, 413) else None  # the rest is not read
    return JSONResponse({"error": plain(reason), "kept": kept}, status, headers)


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────


def _page(takes: Takes, query: str, limits: Limits) -> Page:
    return render_page(
        "practice.html",
        package="aftertone.practice",
        data={
            "most_bytes": limits.upload_bytes,
            "most_recorded_s": limits.recorded_s,
            "too_large": limits.too_large,
            "query": query,
        },
        media="'self' blob:",
        connect="'self'",
        playbooks=playbooks(),
        folder=plain(str(takes.folder)),
    )


def _brief_of_form(texts: Mapping[str, str], limits: Limits) -> Brief:
    """The brief that the form of the page gives."""
    if any(len(text) > limits.text_chars for text in texts.values()):
        raise ServeError(f"the script is too long: the limit is {limits.text_chars:,} characters")
    playbook = texts.get("playbook") or "general"
    if playbook not in playbooks():  # a path would make the server read any file of the user
        raise ServeError(f"there is no playbook {playbook!r}; known are {', '.join(playbooks())}")
    given = {name: texts.get(name, "").replace("\r\n", "\n") for name in ("recipient", "number", "script")}
    return brief_of({**given, "playbook": playbook}, "the form")


def _list_of(takes: Takes) -> dict[str, Any]:
    return {"takes": [_summary(take) for take in takes.all()]}


def _summary(take: Take) -> dict[str, Any]:
    review = take.outcome.review if take.outcome else None
    unscored = {"name": take.name, "reviewed": review is not None, "points": None, "score": ""}
    if review is None:
        return {**unscored, "playbook": ""}
    try:
        score = {"points": review.score.points, "score": review.score.text}
    except Exception:  # a stored review may come from anyone
        score = {}
    return {**unscored, "playbook": review.playbook, **score}


def _audio_path(takes: Takes, name: str) -> Path:
    take = takes.get(name)
    take.audio.open("rb").close()  # raises before the answer begins
    return take.audio


def _shown(takes: Takes, name: str, query: str) -> dict[str, Any]:
    """A take with its review and its comparison with the takes before it."""
    take = takes.review(name)
    assert take.outcome is not None
    assert take.outcome.review is not None
    review, comparison = take.outcome.review, None
    book = load_playbook(review.playbook) if review.playbook in playbooks() else None
    try:
        message = message_data(review, book, read_if_there(take.audio, takes.options.read))
        message |= {"name": take.name, "audio": f"/takes/{take.name}/audio{query}"}
    except Exception as error:  # the page must still show the other takes
        message = failed_message(take.name, error)
    if book is not None and "problem" not in message:
        comparison = _comparison(takes, take, review, book)
    return {"take": _summary(take), "message": message, "comparison": comparison}


def _comparison(takes: Takes, last: Take, review: Review, book: Playbook) -> dict[str, Any] | None:
    """The takes up to this one with the same playbook and brief, side by side; None for one take alone.

    A stored review that cannot be compared is left out. Its take is named under ``problems``.
    """
    alike, problems = [], []
    for take in takes.all():
        other = take.outcome.review if take.outcome else None
        if other is not None and other.playbook == review.playbook and take.brief == last.brief:
            try:
                _side_by_side([take, take], book)
                alike.append(take)
            except Exception as error:  # a stored review may come from anyone
                problems.append(str(unexpected(error, f"{take.name} cannot be compared")))
        if take.name == last.name:
            break
    if not problems and len(alike) < 2:
        return None
    table = _side_by_side(alike, book) if len(alike) > 1 and alike[-1].name == last.name else {}
    return {**table, "problems": problems}


def _side_by_side(takes: list[Take], book: Playbook) -> dict[str, Any]:
    """One column for each take; the rules are those of the last take."""
    outcomes = [take.outcome for take in takes if take.outcome is not None]
    reviews = [outcome.review for outcome in outcomes if outcome.review is not None]
    practice = practice_of(takes[-1].brief, book, outcomes)
    best = practice.best
    return {
        "takes": [_summary(take) for take in takes],
        "best": None if best is None else best.path.stem,
        "better": [change.after.title for change in practice.better],
        "worse": [change.after.title for change in practice.worse],
        "rules": [
            [finding.title, [_verdict(review, finding.rule) for review in reviews]]
            for finding in reviews[-1].findings
        ],
        "measures": [
            [
                MEASURES[each.measure].title.capitalize(),
                each.bound.limit,
                [readable(value, MEASURES[each.measure].unit) for value in each.values],
                each.change,
            ]
            for each in practice.measures
            if each.measure in KEY_MEASURES
        ],
    }


def _verdict(review: Review, rule: str) -> str:
    return next((finding.verdict for finding in review.findings if finding.rule == rule), "not judged")
