"""The routes of the practice page: what each request does, and how errors are answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, BinaryIO

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
from aftertone.playbook import playbooks
from aftertone.practice.answers import can_speak, list_of, playbook_data, row, shown, spoken
from aftertone.practice.guard import LIMITS, Guard, Limits, RequestError, token_query
from aftertone.practice.takes import Takes
from aftertone.report.html import Page, render_page

_PARTS = ("page.js", "voice.js", "microphone.js", "desk.js", "comparison.js", "drill.js")

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
            Route("/takes/{name}/spoken", routes.spoken),
            Route("/takes/{name}/review", routes.review, methods=["POST"]),
            Route("/drill", routes.drill, methods=["POST"]),
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
        return await self._json(list_of, self._takes)

    async def show(self, request: Request) -> Response:
        return await self._json(shown, self._takes, request.path_params["name"], self._query)

    async def delete(self, request: Request) -> Response:
        await self._in_thread(self._takes.delete, request.path_params["name"])
        return await self._json(list_of, self._takes)

    async def audio(self, request: Request) -> Response:
        from starlette.responses import FileResponse

        return FileResponse(await self._in_thread(_audio_path, self._takes, request.path_params["name"]))

    async def spoken(self, request: Request) -> Response:
        from starlette.responses import Response

        sound = await self._in_thread(spoken, self._takes, request.path_params["name"])
        return Response(sound, media_type="audio/wav")

    async def review(self, request: Request) -> Response:
        name = request.path_params["name"]
        await self._in_thread(self._takes.review, name)
        return await self._json(_taken, self._takes, name, status=202)

    async def add(self, request: Request) -> Response:
        async with self._upload(request) as (audio, name, texts):
            take = await self._in_thread(self._takes.keep, audio, name, _brief_of_form(texts, self._limits))
        try:
            return await self._json(_taken, self._takes, take.name, status=202)
        except Exception as error:
            return _error(_status(error), str(unexpected(error, "the server failed")), take.name)

    async def drill(self, request: Request) -> Response:
        async with self._upload(request) as (audio, name, texts):
            number = brief_of({"number": texts.get("number")}, "the form").number
            found = await self._in_thread(self._takes.drill, audio, name, number)
        return await self._json(found.to_dict)

    @asynccontextmanager
    async def _upload(self, request: Request) -> AsyncIterator[tuple[BinaryIO, str, dict[str, str]]]:
        """The recording that a form sends, with the name of its file, and the form's texts."""
        part_bytes = 4 * self._limits.text_chars
        async with request.form(max_files=1, max_fields=10, max_part_size=part_bytes) as form:
            upload = form.get("audio")
            if upload is None or isinstance(upload, str):
                raise RequestError(422, "there is no recording in the request")
            texts = {key: value for key, value in form.items() if isinstance(value, str)}
            yield upload.file, upload.filename or "the recording", texts

    async def _json(self, work: Callable[..., Any], *given: Any, status: int = 200) -> Response:
        from starlette.responses import JSONResponse

        return JSONResponse(await self._in_thread(work, *given), status)

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
        parts=_PARTS,
        data={
            "most_bytes": limits.upload_bytes,
            "most_recorded_s": limits.recorded_s,
            "too_large": limits.too_large,
            "query": query,
            "can_speak": can_speak(),
            "folder": plain(str(takes.folder)),
            "playbooks": playbook_data(),
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


def _audio_path(takes: Takes, name: str) -> Path:
    take = takes.get(name)
    take.audio.open("rb").close()  # raises before the answer begins
    return take.audio


def _taken(takes: Takes, name: str) -> dict[str, Any]:
    return {"take": row(takes.state(name))}
