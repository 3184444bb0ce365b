"""An ASGI middleware that decides which requests the practice page answers.

Any web page may send requests to this machine, and any host name may resolve to it. The headers Host and
Origin show both (DNS rebinding, cross-site request forgery). Other users of this machine can reach the port
as well: a token in the address keeps them out. `Limits` bounds the size, time and number of requests.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from aftertone.errors import ServeError

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a client may send, and how long it may take."""

    # the largest request: five minutes of 16-bit stereo at 48 kHz have 55 MB; a browser sends a tenth
    upload_bytes: int = 50 * 2**20
    upload_s: float = 120.0  # for a whole request; a browser on this machine sends 50 MB in a second
    idle_s: float = 10.0  # without a byte: before the first request, between two and within one
    unread_s: float = 60.0  # for the client to read a part of an answer
    end_s: float = 2.0  # to finish answers after the server is told to end
    # at a time: further ones are told to try later, and beyond twice as many closed; a browser opens six
    connections: int = 32
    recorded_s: int = 300  # longest recording of the page; voicemail systems stop after two to ten minutes
    text_chars: int = 20_000  # longest script

    @property
    def too_large(self) -> str:
        """The message about an upload that is too large."""
        return (
            f"the recording is too large: the limit is {self.upload_bytes // 2**20} MB; a voicemail has one "
            "or two"
        )


LIMITS = Limits()

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_JSON = b"application/json"
_SECURITY_HEADERS = [
    (name.lower().encode(), value.encode())
    for name, value in {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "microphone=(self)",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }.items()
]
_REFUSAL_HEADERS = [(b"content-type", _JSON), (b"connection", b"close"), *_SECURITY_HEADERS]


class RequestError(ServeError):
    """A request that is refused, with its HTTP status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Guard:
    """Pass allowed requests to an ASGI application, and refuse all others with a reason in JSON."""

    def __init__(self, app: App, token: str, limits: Limits) -> None:
        self._app, self._token, self._limits = app, token, limits
        self._running: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    def close(self) -> None:
        """End all requests that are being answered. Their clients get status 503."""
        self._is_closed = True
        for task in self._running:
            task.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise ServeError(f"the practice page needs http, not {scope['type']}")
        if refusal := _refusal(scope, self._token, self._limits):
            await _refuse(send, *refusal)
            return
        body = _RequestBody(receive, self._limits)
        has_begun = is_replaced = False

        async def send_with_headers(event: Event) -> None:
            nonlocal has_begun, is_replaced
            if event["type"] == "http.response.start":
                if scope["method"] == "POST":
                    await body.drain()
                has_begun = True
                given = dict(event["headers"])
                if event["status"] >= 400 and given.get(b"content-type") != _JSON:
                    is_replaced = True  # Starlette answers a wrong range in plain text
                    phrase = HTTPStatus(event["status"]).phrase
                    await _refuse(send, event["status"], f"the request cannot be answered: {phrase}")
                added = [header for header in _SECURITY_HEADERS if header[0] not in given]
                event["headers"] = [*event["headers"], *added]
            if not is_replaced:
                await send(event)

        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await self._app(scope, body, send_with_headers)
        except asyncio.CancelledError:
            if not self._is_closed:
                raise
            if not has_begun:
                await _refuse(send, 503, "the page was closed; start aftertone serve again")
        finally:
            self._running.discard(task)

    async def refuse_crowd(self, _: Scope, __: Receive, send: Send) -> None:
        """Answer a connection beyond the limit: an ASGI application too."""
        await _refuse(send, 503, f"more than {self._limits.connections} connections: try again later")


class _RequestBody:
    """Receive the body of a request within its limits of size and time."""

    def __init__(self, receive: Receive, limits: Limits) -> None:
        self._receive, self._limits = receive, limits
        self._received_bytes = 0
        self._deadline_s: float | None = None
        self._is_over = False

    async def __call__(self) -> Event:
        if self._is_over:
            return await self._receive()  # the event that the connection ended
        now_s = asyncio.get_running_loop().time()
        self._deadline_s = self._deadline_s or now_s + self._limits.upload_s
        try:
            async with asyncio.timeout_at(min(now_s + self._limits.idle_s, self._deadline_s)):
                event = await self._receive()
        except TimeoutError:
            self._is_over = True
            raise RequestError(408, "the recording arrived too slowly: send it again") from None
        self._received_bytes += len(event.get("body", b""))
        self._is_over = not event.get("more_body", False)
        if self._received_bytes > self._limits.upload_bytes:
            self._is_over = True
            raise RequestError(413, self._limits.too_large)
        return event

    async def drain(self) -> None:
        """Receive the rest of the body. A browser that is still sending does not read the answer."""
        with suppress(RequestError):
            while not self._is_over:
                await self()


def _refusal(scope: Scope, token: str, limits: Limits) -> tuple[int, str] | None:
    """The status and the reason of a refusal; None for a request that is allowed."""
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
    host = headers.get("host", "")
    if (host.rpartition(":")[0] if ":" in host else host) not in (HOST, "localhost"):
        return 403, f"this page is for this machine alone: its address is http://{HOST}, not {host!r}"
    origin = headers.get("origin")
    is_change = scope["method"] not in ("GET", "HEAD")
    is_foreign = origin not in (None, f"http://{host}") or (is_change and origin is None)
    is_link = scope["path"] == "/" and not is_change and headers.get("sec-fetch-mode") == "navigate"
    is_same_site = headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    if is_foreign or not (is_same_site or is_link):
        return 403, f"a page of another origin ({origin or 'unnamed'}) may not use this one"
    given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
    if token and not secrets.compare_digest(given.encode(), token.encode()):
        return 403, "the token is missing or wrong: open the address that aftertone serve printed"
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > limits.upload_bytes:
        return 413, limits.too_large
    return None


def token_query(token: str) -> str:
    """The query of an address with a token; empty where there is no token."""
    return f"?token={token}" if token else ""


async def _refuse(send: Send, status: int, reason: str) -> None:
    await send({"type": "http.response.start", "status": status, "headers": _REFUSAL_HEADERS})
    await send({"type": "http.response.body", "body": _error_body(reason)})


def _error_body(reason: str) -> bytes:
    return json.dumps({"error": reason}).encode()


def bad_request(problem: str) -> bytes:
    """A whole HTTP response to bytes that are no HTTP request."""
    body = _error_body(f"the request cannot be understood: {problem}")
    headers = [*_REFUSAL_HEADERS, (b"content-length", b"%d" % len(body))]
    lines = b"".join(b"%s: %s\r\n" % header for header in headers)
    return b"HTTP/1.1 400 Bad Request\r\n" + lines + b"\r\n" + body
