"""Files that people give or get, read within limits and written for their owner alone; data of aftertone."""

from __future__ import annotations

from pathlib import Path

from aftertone.errors import ModelNotFoundError


def data_path(name: str) -> Path:
    """The path of a file of ``models/``: in an installed wheel, or in the checkout; else ModelNotFoundError.

    >>> data_path("manifest.toml").name
    'manifest.toml'
    """
    package = Path(__file__).parents[1]
    places = (package / "_models", package.parents[1] / "models")
    for place in places:
        if (place / name).exists():
            return place / name
    looked = " and ".join(str(place) for place in places)
    raise ModelNotFoundError(
        f"no file {name!r} in {looked}: the installation is incomplete, reinstall aftertone"
    )
