"""A hub of the tests' own: it answers on this machine as the Hugging Face hub does, and can break off."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote, urlsplit


class Hub:
    """One repository: its files, the requests that came, and where to break off."""

    def __init__(self, repository: str, commit: str, files: dict[str, bytes], large: tuple[str, ...]) -> None:
        self.repository, self.commit, self.files, self.large = repository, commit, files, large
        self.claimed_sha256: dict[str, str] = {}  # of large files, where the hub's metadata lie
        self.breaks_after: int | None = None  # bytes of a large file, and of every later request for one
        self.requests: list[tuple[str, str, str | None]] = []  # method, path, range
        self.url = ""

    def sha256(self, name: str) -> str:
        return self.claimed_sha256.get(name) or hashlib.sha256(self.files[name]).hexdigest()

    def git_sha1(self, name: str) -> str:
        data = self.files[name]
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()

    def etag(self, name: str) -> str:
        return self.sha256(name) if name in self.large else self.git_sha1(name)

    def entries(self) -> list[dict[str, object]]:
        entries: list[dict[str, object]] = []
        for name, data in self.files.items():
            entry: dict[str, object] = {
                "type": "file",
                "rfilename": name,
                "path": name,
                "size": len(data),
                "blobId": self.git_sha1(name),
                "oid": self.git_sha1(name),
            }
            if name in self.large:
                entry["lfs"] = {
                    "sha256": self.sha256(name),
                    "oid": self.sha256(name),
                    "size": len(data),
                    "pointerSize": 134,
                }
            entries.append(entry)
        return entries


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub, answering at `hub.url` for as long as the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, *, with_body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.requests.append((self.command, path, self.headers.get("Range")))
            api, resolve = f"/api/models/{hub.repository}", f"/{hub.repository}/resolve/"
            if path.startswith(f"{api}/tree/"):
                self.reply(200, json.dumps(hub.entries()).encode(), with_body)
            elif path == api or path.startswith(f"{api}/revision/"):
                page = {"id": hub.repository, "sha": hub.commit, "siblings": hub.entries(), "private": False}
                self.reply(200, json.dumps(page).encode(), with_body)
            elif path.startswith(resolve) and (name := path.split("/")[-1]) in hub.files:
                self.reply_file(name, with_body)
            else:
                self.reply(404, b"{}", with_body, {"X-Error-Code": "EntryNotFound"})

        def reply_file(self, name: str, with_body: bool) -> None:
            data, status = hub.files[name], 200
            headers = {"X-Repo-Commit": hub.commit, "ETag": f'"{hub.etag(name)}"', "Accept-Ranges": "bytes"}
            if name in hub.large:
                headers |= {"X-Linked-Etag": f'"{hub.etag(name)}"', "X-Linked-Size": str(len(data))}
            if (given := self.headers.get("Range")) is not None:
                first = int(given.removeprefix("bytes=").split("-")[0])
                if first >= len(data):
                    self.reply(416, b"", with_body)
                    return
                headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
                data, status = data[first:], 206
            breaks = name in hub.large and hub.breaks_after is not None
            self.reply(status, data, with_body, headers, data[: hub.breaks_after] if breaks else data)
            self.close_connection = breaks

        def reply(
            self,
            status: int,
            data: bytes,
            with_body: bool,
            headers: dict[str, str] | None = None,
            sent: bytes | None = None,
        ) -> None:
            self.send_response(status)
            for key, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
                self.send_header(key, value)
            self.end_headers()
            if with_body:
                self.wfile.write(data if sent is None else sent)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
