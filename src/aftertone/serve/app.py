"""The practice page's server: bound to this machine, and deaf to any page but its own."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from aftertone.advice import readable
from aftertone.errors import AftertoneError, ServeError, TakeError, unexpected
from aftertone.language.brief import Brief, brief_of
from aftertone.measurements import MEASURES
from aftertone.playbook import Playbook, load_playbook, playbooks
from aftertone.practice import Line, practice_of
from aftertone.report.html import SHOWN, card_of, message_data, page_of, read_again
from aftertone.scoring import Review
from aftertone.serve.takes import Take, Takes

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

HOST = "127.0.0.1"
MOST_BYTES = 50 * 2**20  # five minutes of 16-bit stereo at 48 kHz are 55 MB; browsers send a tenth of that
MOST_RECORDED_S = 300  # voicemail systems stop at two to ten minutes
_MOST_TEXT = 20_000  # characters of a script

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def serve(takes: Takes, *, port: int = 8765, ready: Callable[[str], None] = lambda _: None) -> None:
    """Serve the page until it is stopped; port 0 takes any that is free.

    `ready` is told the page's address.

    Raises
    ------
    ServeError
        The `serve` extra is not installed, or the port is taken.
    """
    import socket

    try:
        import uvicorn
    except ImportError as error:
        raise ServeError("the practice page needs uvicorn: pip install 'aftertone[serve]'") from error
    app = practice_app(takes)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise ServeError(
            f"port {port} cannot be had: {error.strerror or error}; name another with --port, or 0 for any"
        ) from error
    ready(f"http://{HOST}:{listener.getsockname()[1]}/")
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


def practice_app(takes: Takes) -> App:
    """The page and what it calls, as an ASGI application that answers its own origin alone.

    Raises
    ------
    ServeError
        The `serve` extra is not installed.
    """
    try:
        import python_multipart  # noqa: F401 - Starlette reads forms by it
        from starlette.applications import Starlette
        from starlette.exceptions import HTTPException
        from starlette.routing import Route
    except ImportError as error:
        raise ServeError(
            "the practice page needs starlette and python-multipart: pip install 'aftertone[serve]'"
        ) from error
    page = _Page(takes)
    app: Starlette = Starlette(
        routes=[
            Route("/", page.index),
            Route("/takes", page.list, methods=["GET"]),
            Route("/takes", page.add, methods=["POST"]),
            Route("/takes/{name}", page.show, methods=["GET"]),
            Route("/takes/{name}", page.delete, methods=["DELETE"]),
            Route("/takes/{name}/audio", page.audio),
        ],
        exception_handlers={
            AftertoneError: _refused,
            HTTPException: _misunderstood,
            Exception: _failed,
        },
    )
    return _Guard(app)


class _TooLargeError(ServeError):
    """More bytes came than are taken."""


def _too_large() -> str:
    return (
        f"the recording is too large: at most {MOST_BYTES // 2**20} MB are taken; a voicemail has one or two"
    )


class _Guard:
    """Lets through what comes from this page on this machine, in bounds; says of the rest what is wrong.

    A page of another origin may send requests here, and a name that resolves here may be anybody's: Host
    and Origin tell (DNS rebinding, cross-site request forgery).
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ServeError(f"the practice page speaks http, not {scope['type']}")
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        status, why = _objection(scope, headers)
        if why:
            await _answer(send, status, why)
            return
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > MOST_BYTES:
                raise _TooLargeError(_too_large())
            return message

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [(key.lower().encode(), value.encode()) for key, value in _HEADERS.items()]
                message["headers"] = [*message["headers"], *own]
            await send(message)

        await self._app(scope, counted, headed)


def _objection(scope: Scope, headers: Mapping[str, str]) -> tuple[int, str]:
    """The status and reason by which a request is refused; an empty reason where it is not."""
    host = headers.get("host", "")
    name = host.rpartition(":")[0] if ":" in host else host
    if name not in (HOST, "localhost"):
        return 403, f"this page is for this machine alone: it is called http://{HOST}, not {host!r}"
    origin = headers.get("origin")
    changes = scope["method"] not in ("GET", "HEAD")
    foreign = origin not in (None, f"http://{host}") or (changes and origin is None)
    if foreign or headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return 403, f"a page of another origin ({origin or 'unnamed'}) may not use this one"
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return 413, _too_large()
    return 200, ""


async def _answer(send: Send, status: int, why: str) -> None:
    own = [(key.lower().encode(), value.encode()) for key, value in _HEADERS.items()]
    headers = [(b"content-type", b"application/json"), (b"connection", b"close"), *own]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"error": why}).encode()})


async def _refused(_: Request, error: Exception) -> Response:
    from starlette.responses import JSONResponse

    status = 413 if isinstance(error, _TooLargeError) else 404 if isinstance(error, TakeError) else 422
    headers = {"connection": "close"} if status == 413 else None  # the rest of it is not waited for
    return JSONResponse({"error": _text(str(error))}, status, headers)


async def _misunderstood(_: Request, error: Any) -> Response:
    from starlette.responses import JSONResponse

    return JSONResponse({"error": f"the request was not understood: {error.detail}"}, error.status_code)


async def _failed(_: Request, error: Exception) -> Response:
    from starlette.responses import JSONResponse

    return JSONResponse({"error": _text(str(unexpected(error, "the server failed")))}, 500)


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


class _Page:
    """What is answered."""

    def __init__(self, takes: Takes) -> None:
        self._takes = takes

    async def index(self, _: Request) -> Response:
        from starlette.responses import HTMLResponse

        page = page_of(
            "practice.html",
            data={"most_bytes": MOST_BYTES, "most_recorded_s": MOST_RECORDED_S, "too_large": _too_large()},
            media="'self' blob:",
            connect="'self'",
            playbooks=playbooks(),
            folder=_text(str(self._takes.folder)),
        )
        return HTMLResponse(page)

    async def list(self, _: Request) -> Response:
        return await self._in_thread(self._listed)

    async def show(self, request: Request) -> Response:
        return await self._in_thread(self._shown, request.path_params["name"])

    async def delete(self, request: Request) -> Response:
        return await self._in_thread(self._deleted, request.path_params["name"])

    async def audio(self, request: Request) -> Response:
        from starlette.responses import FileResponse

        return FileResponse(self._takes.get(request.path_params["name"]).audio)

    async def add(self, request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import JSONResponse

        async with request.form(max_files=1, max_fields=10, max_part_size=4 * _MOST_TEXT) as form:
            upload = form.get("audio")
            if upload is None or isinstance(upload, str):
                return JSONResponse({"error": "there is no recording in the request"}, 422)
            texts = {key: value for key, value in form.items() if isinstance(value, str)}
            brief = _brief(texts)
            with TemporaryDirectory(prefix="aftertone") as folder:
                audio = Path(folder, "audio")
                with audio.open("wb") as file:
                    while block := await upload.read(1 << 20):
                        file.write(block)
                name = upload.filename or "the recording"
                take = await run_in_threadpool(self._takes.add, audio, name, brief)
        return await self._in_thread(self._shown, take.name)

    # ── what is said of takes ────────────────────────────────────────────────────────────────────────

    async def _in_thread(self, what: Callable[..., Any], *given: Any) -> Response:
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import JSONResponse

        return JSONResponse(await run_in_threadpool(what, *given))

    def _listed(self) -> dict[str, Any]:
        return {"takes": [_summary(take) for take in self._takes.all()]}

    def _shown(self, name: str) -> dict[str, Any]:
        take = self._takes.review(name)
        assert take.outcome is not None
        assert take.outcome.review is not None
        review, comparison = take.outcome.review, None
        book = load_playbook(review.playbook) if review.playbook in playbooks() else None
        try:
            message = message_data(review, book, read_again(take.audio, self._takes.options.read))
            message |= {"name": take.name, "audio": f"/takes/{take.name}/audio"}
            if book is not None:
                comparison = self._comparison(take, review, book)
        except Exception as error:  # the take stays, and so do the others
            message = card_of(take.name, error)
        return {"take": _summary(take), "message": message, "comparison": comparison}

    def _deleted(self, name: str) -> dict[str, Any]:
        self._takes.delete(name)
        return self._listed()

    def _comparison(self, last: Take, review: Review, book: Playbook) -> dict[str, Any] | None:
        """The takes of the same playbook and script up to this one, side by side; None where it is alone."""
        alike = []
        for take in self._takes.all():
            other = take.outcome.review if take.outcome else None
            if other is not None and other.playbook == review.playbook and take.brief == last.brief:
                alike.append(take)
            if take.name == last.name:
                break
        if len(alike) < 2:
            return None
        outcomes = [take.outcome for take in alike if take.outcome is not None]
        practice = practice_of(last.brief, book, outcomes)
        best = practice.best
        return {
            "takes": [_summary(take) for take in alike],
            "best": None if best is None else best.path.stem,
            "better": [change.after.title for change in practice.better],
            "worse": [change.after.title for change in practice.worse],
            "rules": [
                [finding.title, [_verdict(outcome.review, finding.rule) for outcome in outcomes]]
                for finding in review.findings
            ],
            "measures": [
                [SHOWN[line.measure], line.bound.target, _readable(line), line.change]
                for line in practice.lines
                if line.measure in SHOWN
            ],
        }


def _summary(take: Take) -> dict[str, Any]:
    review = take.outcome.review if take.outcome else None
    return {
        "name": take.name,
        "reviewed": review is not None,
        "points": None if review is None else review.score.points,
        "score": "" if review is None else review.score.text,
        "playbook": "" if review is None else review.playbook,
    }


def _readable(line: Line) -> list[str]:
    return [readable(value, MEASURES[line.measure].unit) for value in line.values]


def _verdict(review: Any, rule: str) -> str:
    return next((finding.verdict for finding in review.findings if finding.rule == rule), "not judged")


def _brief(texts: Mapping[str, str]) -> Brief:
    """The brief that the page's form tells.

    Raises
    ------
    ServeError
        There is no such playbook among those that come along, or a text is too long.
    BriefError
        The number is no telephone number.
    """
    if any(len(text) > _MOST_TEXT for text in texts.values()):
        raise ServeError(f"the script is too long: at most {_MOST_TEXT:,} characters are taken")
    playbook = texts.get("playbook") or "general"
    if playbook not in playbooks():  # a name alone: a path would have any file of the user's read
        raise ServeError(f"there is no playbook {playbook!r}; known are {', '.join(playbooks())}")
    said = {name: texts.get(name, "").replace("\r\n", "\n") for name in ("recipient", "number", "script")}
    return brief_of({**said, "playbook": playbook}, "the form")
