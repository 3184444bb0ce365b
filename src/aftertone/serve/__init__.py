"""A practice page on this machine: record, see the review, try again. Nothing leaves the machine."""

from __future__ import annotations

from aftertone.serve.app import Limits, practice_app, serve
from aftertone.serve.takes import Take, Takes

__all__ = ["Limits", "Take", "Takes", "practice_app", "serve"]
