"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import settings

# Where a change is judged, the same examples each time; at a desk, new ones.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
