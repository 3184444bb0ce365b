"""The server of the practice page: it listens on this machine alone, and bounds time and connections."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

from aftertone.errors import ServeError
from aftertone.practice.answers import prepare
from aftertone.practice.guard import HOST, LIMITS, Limits, bad_request, token_query
from aftertone.practice.routes import practice_app
from aftertone.practice.takes import Takes

if TYPE_CHECKING:
    import uvicorn


def serve(
    takes: Takes,
    *,
    port: int = 8765,
    has_token: bool = True,
    limits: Limits = LIMITS,
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the page until Ctrl-C, then close the takes. Port 0 takes any free port.

    The address holds a token, new at each start, unless `has_token` is False. Without the token no request
    is answered: other users of this machine can reach the port as well. `ready` is called with the address
    once the server answers.
    """
    token = secrets.token_urlsafe(24) if has_token else ""
    try:
        listener = _listener(port)
        takes.start()
        Thread(target=prepare, daemon=True).start()
        address = f"http://{HOST}:{listener.getsockname()[1]}/{token_query(token)}"
        _server(takes, token, limits, partial(ready, address)).run(sockets=[listener])
    finally:
        takes.close()


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise ServeError(
            f"port {port} cannot be used: {error.strerror or error}; name another with --port, or 0 for any"
        ) from error
    return listener


def _server(takes: Takes, token: str, limits: Limits, ready: Callable[[], None]) -> uvicorn.Server:
    try:
        import uvicorn
        from uvicorn.protocols.http.h11_impl import H11Protocol
    except ImportError as error:
        raise ServeError("the practice page needs uvicorn: pip install 'aftertone[serve]'") from error
    guard = practice_app(takes, token=token, limits=limits)

    class Connection(H11Protocol):
        """A connection that is closed when its client neither sends nor reads, or when there are too many."""

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

            def close_if_idle() -> None:
                if self.cycle is last:
                    self.transport.abort()

            self.loop.call_later(limits.idle_s, close_if_idle)

        def send_400_response(self, msg: str) -> None:
            self.transport.write(bad_request(msg))
            self.transport.close()

    class Server(uvicorn.Server):
        """A server that ends all answers in progress when it ends itself."""

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
