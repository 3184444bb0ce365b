"""Runs a command that may open no socket to a network: each try is refused by the kernel, and counted.

    python tests/refused_sockets.py COUNTS.json COMMAND ARGUMENT ...

A filter of system calls (seccomp, with its listener) holds for the command and all that it starts, whatever
they are written in: a patched ``socket`` module sees Python's sockets alone. Sockets inside the machine
(AF_UNIX) are let through. COUNTS.json gets ``{"sockets": 0, "exit": 0}``. Linux on x86-64 or arm64.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import select
import struct
import subprocess
import sys
from fcntl import ioctl
from pathlib import Path

_CALLS = {"x86_64": (317, 41), "aarch64": (277, 198)}  # numbers of seccomp and socket
_NO_NEW_PRIVILEGES = 38
_SET_FILTER, _NEW_LISTENER = 1, 8
_ALLOW, _ASK = 0x7FFF0000, 0x7FC00000
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_NOTIFICATION_BYTES = 80


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def _listener() -> int:
    """Have sockets of other families than AF_UNIX asked for here, by this process and all it starts."""
    seccomp, socket = _CALLS[platform.machine()]
    steps = (
        (_LOAD, 0, 0, 0),  # the number of the call
        (_IF_EQUAL, 0, 3, socket),
        (_LOAD, 0, 0, 16),  # its first argument, the family
        (_IF_EQUAL, 1, 0, 1),  # AF_UNIX
        (_RETURN, 0, 0, _ASK),
        (_RETURN, 0, 0, _ALLOW),
    )
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")
    number = libc.syscall(seccomp, _SET_FILTER, _NEW_LISTENER, ctypes.byref(_Program(len(steps), code)))
    if number < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return int(number)


def _refuse_one(listener: int) -> None:
    asked = bytearray(_NOTIFICATION_BYTES)
    ioctl(listener, _RECEIVE, asked)
    (number,) = struct.unpack_from("Q", asked)
    ioctl(listener, _SEND, struct.pack("QqiI", number, 0, -errno.EACCES, 0))


def main(counts: str, *command: str) -> None:
    """Run the command, refuse and count."""
    listener = _listener()
    os.set_inheritable(listener, False)
    sockets = 0
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            if select.select([listener], [], [], 0.1)[0]:
                try:
                    _refuse_one(listener)
                except FileNotFoundError:  # who asked has ended
                    continue
                sockets += 1
    Path(counts).write_text(json.dumps({"sockets": sockets, "exit": process.returncode}))


if __name__ == "__main__":
    main(*sys.argv[1:])
