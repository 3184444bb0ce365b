"""The practice page's server: bound to this machine, and deaf to any page but its own."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from aftertone.errors import (
    AftertoneError,
    ReportError,
    ServeError,
    TakeError,
    TakeNotFoundError,
    unexpected,
)
from aftertone.language.brief import Brief, brief_of
from aftertone.measurements import MEASURES
from aftertone.playbook import Playbook, Review, load_playbook, playbooks
from aftertone.playbook.advice import readable
from aftertone.practice.progress import Line, practice_of
from aftertone.practice.takes import Take, Takes
from aftertone.report.html import SHOWN, card_of, message_data, page_of, read_again

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

HOST = "127.0.0.1"
MOST_RECORDED_S = 300  # voicemail systems stop at two to ten minutes
_MOST_TEXT = 20_000  # characters of a script


@dataclass(frozen=True)
class Limits:
    """What whoever connects may take.

    Attributes
    ----------
    upload_bytes : int
        Of a request. Five minutes of 16-bit stereo at 48 kHz are 55 MB; browsers send a tenth of that.
    upload_s : float
        For all of a request to come. A browser on this machine sends 50 MB in a second.
    idle_s : float
        Without a byte: before the first request on a connection, between two, and within one.
    unread_s : float
        For a piece of an answer to be read.
    end_s : float
        For what is being answered when the server ends.
    connections : int
        At a time; those beyond are told to come later, and beyond twice as many are cut off. A browser
        opens six.
    """

    upload_bytes: int = 50 * 2**20
    upload_s: float = 120.0
    idle_s: float = 10.0
    unread_s: float = 60.0
    end_s: float = 2.0
    connections: int = 32


Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_ANSWER_HEADERS = ((b"content-type", b"application/json"), (b"connection", b"close"))


def serve(
    takes: Takes,
    *,
    port: int = 8765,
    has_token: bool = True,
    limits: Limits | None = None,
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the page until it is stopped, then close the takes.

    Parameters
    ----------
    takes : Takes
    port : int
        0 takes any that is free.
    has_token : bool
        Whether the address holds a secret, new each time, without which nothing is answered: other users of
        this machine can reach the port as well.
    limits : Limits or None
    ready : callable
        Is told the page's address.

    Raises
    ------
    ServeError
        The `serve` extra is not installed, or the port is taken.
    """
    import socket

    token = secrets.token_urlsafe(24) if has_token else ""
    try:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen()
        except OSError as error:
            listener.close()
            raise ServeError(
                f"port {port} cannot be had: {error.strerror or error}; name another with --port, or 0 for "
                "any"
            ) from error
        address = f"http://{HOST}:{listener.getsockname()[1]}/{_query(token)}"
        server = server_of(takes, token=token, limits=limits or Limits(), ready=partial(ready, address))
        server.run(sockets=[listener])
    finally:
        takes.close()


def server_of(
    takes: Takes, *, token: str, limits: Limits, ready: Callable[[], None] = lambda: None
) -> uvicorn.Server:
    """The server of the page, within limits; `ready` is called once it answers, and Ctrl-C ends it cleanly.

    Raises
    ------
    ServeError
        The `serve` extra is not installed.
    """
    try:
        import uvicorn
        from uvicorn.protocols.http.h11_impl import H11Protocol
    except ImportError as error:
        raise ServeError("the practice page needs uvicorn: pip install 'aftertone[serve]'") from error
    guard = practice_app(takes, token=token, limits=limits)

    class Connection(H11Protocol):
        """Is cut off where it neither asks nor reads, and told to come later where there are too many."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > 2 * limits.connections:
                transport.abort()
            elif len(self.connections) > limits.connections:
                self.app = guard.refuse_crowd
            self._unread: asyncio.TimerHandle | None = None
            self._wait_for_request()

        def on_response_complete(self) -> None:
            self._wait_for_request()
            super().on_response_complete()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._unread = self.loop.call_later(limits.unread_s, self.transport.abort)

        def resume_writing(self) -> None:
            super().resume_writing()
            if self._unread is not None:
                self._unread.cancel()

        def _wait_for_request(self) -> None:
            last = self.cycle

            def cut_off() -> None:
                if self.cycle is last:
                    self.transport.abort()

            self.loop.call_later(limits.idle_s, cut_off)

        def send_400_response(self, msg: str) -> None:
            body = _error_body(f"the request was not understood: {msg}")
            head = [*_ANSWER_HEADERS, *_own_headers(), (b"content-length", b"%d" % len(body))]
            lines = b"".join(b"%s: %s\r\n" % header for header in head)
            self.transport.write(b"HTTP/1.1 400 Bad Request\r\n" + lines + b"\r\n" + body)
            self.transport.close()

    class Server(uvicorn.Server):
        """Ends what is being answered when it ends itself."""

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            ready()

        async def shutdown(self, sockets: Any = None) -> None:
            guard.close()
            asyncio.get_running_loop().call_later(limits.end_s, self._abort)
            await super().shutdown(sockets)

        def _abort(self) -> None:
            for connection in list(self.server_state.connections):
                if transport := getattr(connection, "transport", None):
                    transport.abort()

    config = uvicorn.Config(
        guard,
        http=Connection,
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=round(2 * limits.end_s) + 1,
    )
    return Server(config)


def practice_app(takes: Takes, *, token: str = "", limits: Limits | None = None) -> Guard:
    """The page and what it calls, as an ASGI application that answers its own origin alone.

    Parameters
    ----------
    takes : Takes
    token : str
        A secret that each request's address holds as ``?token=``; empty: none is asked for.
    limits : Limits or None

    Raises
    ------
    ServeError
        The `serve` extra is not installed.
    """
    try:
        import python_multipart  # noqa: F401 - Starlette reads forms by it
        from starlette.applications import Starlette
        from starlette.exceptions import HTTPException
        from starlette.requests import ClientDisconnect
        from starlette.routing import Route
    except ImportError as error:
        raise ServeError(
            "the practice page needs starlette and python-multipart: pip install 'aftertone[serve]'"
        ) from error
    limits = limits or Limits()
    page = _Page(takes, token, limits)
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
            ClientDisconnect: _unread,
            OSError: _unstored,
            Exception: _failed,
        },
    )
    app.router.redirect_slashes = False
    return Guard(app, token, limits)


class _RequestError(ServeError):
    """A request is not answered as it was asked."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def _too_large(limits: Limits) -> str:
    return (
        f"the recording is too large: at most {limits.upload_bytes // 2**20} MB are taken; a voicemail has "
        "one or two"
    )


class _Body:
    """What a request brings, as it comes, within its limits."""

    def __init__(self, receive: Receive, limits: Limits) -> None:
        self._receive, self._limits = receive, limits
        self._came_bytes = 0
        self._until_s: float | None = None
        self._is_over = False

    async def __call__(self) -> Message:
        if self._is_over:
            return await self._receive()  # the end of the connection
        now_s = asyncio.get_running_loop().time()
        self._until_s = self._until_s or now_s + self._limits.upload_s
        try:
            async with asyncio.timeout_at(min(now_s + self._limits.idle_s, self._until_s)):
                message = await self._receive()
        except TimeoutError:
            self._is_over = True
            raise _RequestError(
                408, "the recording came too slowly, and was given up: send it again"
            ) from None
        self._came_bytes += len(message.get("body", b""))
        self._is_over = not message.get("more_body", False)
        if self._came_bytes > self._limits.upload_bytes:
            self._is_over = True
            raise _RequestError(413, _too_large(self._limits))
        return message

    async def drain(self) -> None:
        """Take what is left: a browser that is still sending does not see the answer."""
        with suppress(_RequestError):
            while not self._is_over:
                await self()


class Guard:
    """Lets through what comes from this page on this machine, in bounds; says of the rest what is wrong.

    A page of another origin may send requests here, and a name that resolves here may be anybody's: Host
    and Origin tell (DNS rebinding, cross-site request forgery). Another user of this machine may too: the
    token tells.
    """

    def __init__(self, app: App, token: str, limits: Limits) -> None:
        self._app, self._token, self._limits = app, token, limits
        self._running: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    def close(self) -> None:
        """End what is being answered; who asked is told so."""
        self._is_closed = True
        for task in self._running:
            task.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            raise ServeError(f"the practice page speaks http, not {scope['type']}")
        status, why = _objection(scope, self._token, self._limits)
        if why:
            await _answer(send, status, why)
            return
        body = _Body(receive, self._limits)
        has_begun = is_answered = False

        async def headed(message: Message) -> None:
            nonlocal has_begun, is_answered
            if message["type"] == "http.response.start":
                if scope["method"] == "POST":
                    await body.drain()
                has_begun = True
                given = dict(message["headers"])
                if message["status"] >= 400 and given.get(b"content-type") != b"application/json":
                    is_answered = True  # what Starlette says of a range is no JSON
                    phrase = HTTPStatus(message["status"]).phrase
                    await _answer(send, message["status"], f"the request cannot be met: {phrase}")
                own = [header for header in _own_headers() if header[0] not in given]
                message["headers"] = [*message["headers"], *own]
            if not is_answered:
                await send(message)

        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await self._app(scope, body, headed)
        except asyncio.CancelledError:
            if not self._is_closed:
                raise
            if not has_begun:
                await _answer(send, 503, "the page was closed meanwhile; start aftertone serve again")
        finally:
            self._running.discard(task)

    async def refuse_crowd(self, _: Scope, __: Receive, send: Send) -> None:
        """The answer to a connection too many."""
        await _answer(send, 503, f"more than {self._limits.connections} connections: come again in a while")


def _objection(scope: Scope, token: str, limits: Limits) -> tuple[int, str]:
    """The status and reason by which a request is refused; an empty reason where it is not."""
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
    host = headers.get("host", "")
    name = host.rpartition(":")[0] if ":" in host else host
    if name not in (HOST, "localhost"):
        return 403, f"this page is for this machine alone: it is called http://{HOST}, not {host!r}"
    origin = headers.get("origin")
    changes = scope["method"] not in ("GET", "HEAD")
    foreign = origin not in (None, f"http://{host}") or (changes and origin is None)
    is_link = scope["path"] == "/" and not changes and headers.get("sec-fetch-mode") == "navigate"
    if foreign or (headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and not is_link):
        return 403, f"a page of another origin ({origin or 'unnamed'}) may not use this one"
    given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
    if token and not secrets.compare_digest(given.encode(), token.encode()):
        return 403, "the token is missing or another: open the address that aftertone serve printed"
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > limits.upload_bytes:
        return 413, _too_large(limits)
    return 200, ""


def _query(token: str) -> str:
    return f"?token={token}" if token else ""


def _own_headers() -> list[tuple[bytes, bytes]]:
    return [(key.lower().encode(), value.encode()) for key, value in _HEADERS.items()]


def _error_body(why: str) -> bytes:
    return json.dumps({"error": _text(why)}).encode()


async def _answer(send: Send, status: int, why: str) -> None:
    headers = [*_ANSWER_HEADERS, *_own_headers()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": _error_body(why)})


def _problem(status: int, why: str, kept: str | None = None) -> Response:
    """An answer that says what happened, and which take the server kept all the same."""
    from starlette.responses import JSONResponse

    headers = {"connection": "close"} if status in (408, 413) else None  # the rest of it is not waited for
    return JSONResponse({"error": _text(why), "kept": kept}, status, headers)


def _status(error: Exception) -> int:
    if isinstance(error, _RequestError):
        return error.status
    if isinstance(error, TakeNotFoundError):
        return 404
    if isinstance(error, TakeError | ReportError):
        return 507
    return 422 if isinstance(error, AftertoneError) else 500


async def _refused(_: Request, error: Exception) -> Response:
    return _problem(_status(error), str(error))


async def _misunderstood(_: Request, error: Any) -> Response:
    return _problem(error.status_code, f"the request was not understood: {error.detail}")


async def _unread(_: Request, __: Exception) -> Response:
    return _problem(400, "whoever sent the recording has gone")


async def _unstored(_: Request, error: Any) -> Response:
    return _problem(507, f"a file cannot be written or read: {error.strerror or error}")


async def _failed(_: Request, error: Exception) -> Response:
    return _problem(500, str(unexpected(error, "the server failed")))


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


class _Page:
    """What is answered."""

    def __init__(self, takes: Takes, token: str, limits: Limits) -> None:
        self._takes, self._token, self._limits = takes, token, limits
        self._threads = 0

    async def index(self, _: Request) -> Response:
        from starlette.responses import HTMLResponse

        page = page_of(
            "practice.html",
            data={
                "most_bytes": self._limits.upload_bytes,
                "most_recorded_s": MOST_RECORDED_S,
                "too_large": _too_large(self._limits),
                "query": _query(self._token),
            },
            media="'self' blob:",
            connect="'self'",
            playbooks=playbooks(),
            folder=_text(str(self._takes.folder)),
        )
        policy = f"{page.policy}; frame-ancestors 'none'"
        return HTMLResponse(page.html, headers={"content-security-policy": policy})

    async def list(self, _: Request) -> Response:
        return await self._told(self._listed)

    async def show(self, request: Request) -> Response:
        return await self._told(self._shown, request.path_params["name"])

    async def delete(self, request: Request) -> Response:
        return await self._told(self._deleted, request.path_params["name"])

    async def audio(self, request: Request) -> Response:
        from starlette.responses import FileResponse

        return FileResponse(await self._in_thread(self._audible, request.path_params["name"]))

    async def add(self, request: Request) -> Response:
        async with request.form(max_files=1, max_fields=10, max_part_size=4 * _MOST_TEXT) as form:
            upload = form.get("audio")
            if upload is None or isinstance(upload, str):
                raise _RequestError(422, "there is no recording in the request")
            brief = _brief({key: value for key, value in form.items() if isinstance(value, str)})
            name = upload.filename or "the recording"
            take = await self._in_thread(self._takes.keep, upload.file, name, brief)
        try:
            await self._in_thread(partial(self._takes.review, take.name, name, is_new=True))
            return await self._told(self._shown, take.name)
        except asyncio.CancelledError:
            return _problem(503, f"the page was closed; {take.name} is kept: open it to try again", take.name)
        except Exception as error:
            kept = take.name if take.audio.is_file() else None
            return _problem(_status(error), str(unexpected(error, "the server failed")), kept)

    # ── what is said of takes ────────────────────────────────────────────────────────────────────────

    async def _told(self, what: Callable[..., Any], *given: Any) -> Response:
        from starlette.responses import JSONResponse

        return JSONResponse(await self._in_thread(what, *given))

    async def _in_thread(self, what: Callable[..., Any], *given: Any) -> Any:
        """What a call returns that takes its time, in a thread that does not hold up the end of the server.

        Raises
        ------
        _RequestError
            As many are being made as there may be connections.
        """
        if self._threads >= self._limits.connections:
            raise _RequestError(503, "the server has too much to do: try again in a while")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()

        def settle(result: Any, error: BaseException | None) -> None:
            self._threads -= 1
            if error is not None and not done.done():
                done.set_exception(error)
            elif not done.done():
                done.set_result(result)

        def run() -> None:
            result, problem = None, None
            try:
                result = what(*given)
            except BaseException as error:
                problem = error
            with suppress(RuntimeError):  # the server has ended
                loop.call_soon_threadsafe(settle, result, problem)

        self._threads += 1
        Thread(target=run, daemon=True).start()
        return await done

    def _listed(self) -> dict[str, Any]:
        return {"takes": [_summary(take) for take in self._takes.all()]}

    def _audible(self, name: str) -> Path:
        take = self._takes.get(name)
        take.audio.open("rb").close()  # what cannot be read is found before the answer begins
        return take.audio

    def _shown(self, name: str) -> dict[str, Any]:
        take = self._takes.review(name)
        assert take.outcome is not None
        assert take.outcome.review is not None
        review, comparison = take.outcome.review, None
        book = load_playbook(review.playbook) if review.playbook in playbooks() else None
        try:
            message = message_data(review, book, read_again(take.audio, self._takes.options.read))
            message |= {"name": take.name, "audio": f"/takes/{take.name}/audio{_query(self._token)}"}
        except Exception as error:  # the take stays, and so do the others
            message = card_of(take.name, error)
        if book is not None and "problem" not in message:
            comparison = self._comparison(take, review, book)
        return {"take": _summary(take), "message": message, "comparison": comparison}

    def _deleted(self, name: str) -> dict[str, Any]:
        self._takes.delete(name)
        return self._listed()

    def _comparison(self, last: Take, review: Review, book: Playbook) -> dict[str, Any] | None:
        """The takes of the same playbook and script up to this one, side by side; None where it is alone.

        A take whose stored review cannot be compared is left out, and named under ``problems``.
        """
        alike, problems = [], []
        for take in self._takes.all():
            other = take.outcome.review if take.outcome else None
            if other is not None and other.playbook == review.playbook and take.brief == last.brief:
                try:
                    _side_by_side([take, take], book)
                    alike.append(take)
                except Exception as error:  # anybody may have written it
                    problems.append(str(unexpected(error, f"{take.name} cannot be compared")))
            if take.name == last.name:
                break
        if not problems and len(alike) < 2:
            return None
        table = _side_by_side(alike, book) if len(alike) > 1 and alike[-1].name == last.name else {}
        return {**table, "problems": problems}


def _side_by_side(takes: list[Take], book: Playbook) -> dict[str, Any]:
    """Takes in columns; the rules are those of the last."""
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
            [SHOWN[line.measure], line.bound.target, _readable(line), line.change]
            for line in practice.lines
            if line.measure in SHOWN
        ],
    }


def _summary(take: Take) -> dict[str, Any]:
    review = take.outcome.review if take.outcome else None
    told: dict[str, Any] = {"name": take.name, "reviewed": False, "points": None, "score": "", "playbook": ""}
    if review is None:
        return told
    try:
        score = {"points": review.score.points, "score": review.score.text}
    except Exception:  # a stored review that somebody else wrote
        score = {}
    return {**told, "reviewed": True, "playbook": review.playbook, **score}


def _readable(line: Line) -> list[str]:
    return [readable(value, MEASURES[line.measure].unit) for value in line.values]


def _verdict(review: Review, rule: str) -> str:
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
