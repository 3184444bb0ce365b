"""Phones of words; those that misaki's dictionaries have, and those that they lack."""

from __future__ import annotations

import pytest

from aftertone.synthesis.packages import is_installed
from aftertone.synthesis.phones import pronounced


@pytest.mark.skipif(not is_installed(), reason="the voices are not installed")
@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("the end", ["ði", "ˈɛnd"]),  # weak, before a vowel
        ("the dog's", ["ðə", "dˈɔɡz"]),
        ("um, Kowalski", ["ˈʌm", "kˈʌwɑlski"]),  # by CMUdict
    ],
)
def test_american_words(text: str, phones: list[str]) -> None:
    assert pronounced(text.split(), is_british=False, own={}) == phones
