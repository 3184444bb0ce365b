"""A server of the practice page, and requests to its port."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.browser import SAMPLES, truth
from tests.practice.workers import wait_for


class Server:
    """`aftertone serve`, or a script that serves, in a process of its own."""

    def __init__(self, folder: Path, *options: str, script: str = "") -> None:
        words = () if "--engine" in options else ("--no-words",)
        serve = ["-m", "aftertone", "serve", str(folder), "--port", "0", *words, *options]
        command = [sys.executable, *(["-c", script, str(folder)] if script else serve)]
        self.folder = folder
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "practise at http://127.0.0.1:" in line, self.process.stderr and self.process.stderr.read()
        self.address = line.split()[2]
        self.host = urlsplit(self.address).netloc
        self.port = int(self.host.partition(":")[2])
        self.query = f"?{token}" if (token := urlsplit(self.address).query) else ""

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.communicate(timeout=30)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            given = {"Origin": f"http://{self.host}"} if method != "GET" else {}
            connection.request(method, path + self.query, body, {**given, **(headers or {})})
            response = connection.getresponse()
            text = response.read()
            answer = json.loads(text) if response.headers["Content-Type"] == "application/json" else {}
            return response.status, answer, dict(response.headers)
        finally:
            connection.close()

    def send(self, name: str, audio: bytes, path: str = "/takes", **texts: str) -> tuple[int, dict[str, Any]]:
        boundary = "between"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'
            for k, v in texts.items()
        ]
        file = f'--{boundary}\r\nContent-Disposition: form-data; name="audio"; filename="{name}"\r\n\r\n'
        body = "".join(parts).encode() + file.encode() + audio + f"\r\n--{boundary}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        status, answer, _ = self.ask("POST", path, body, kind)
        return status, answer

    def ended(self, name: str) -> dict[str, Any]:
        """A take once it is neither queued nor reviewed."""

        def found() -> dict[str, Any] | None:
            takes = self.ask("GET", "/takes")[1]["takes"]
            of_name = (take for take in takes if take["name"] == name)
            return next((take for take in of_name if take["state"] not in ("queued", "reviewing")), None)

        take: dict[str, Any] = wait_for(found)
        return take

    def names(self) -> list[str]:
        return [take["name"] for take in self.ask("GET", "/takes")[1]["takes"]]


def sample(name: str) -> bytes:
    return Path(SAMPLES, truth(name)["file"]).read_bytes()
