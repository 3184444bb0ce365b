from __future__ import annotations

import pytest

from aftertone.language.callback.digit_runs import digit_runs
from aftertone.language.transcript import Transcript, Word


def test_every_digit_has_its_word_and_time() -> None:
    words = (
        Word("double", 1.0, 1.3),
        Word("five", 1.4, 1.8),
        Word("twelve", 2.0, 2.4),
        Word("555-1", 3.0, 4.0),
    )
    (run,) = digit_runs(Transcript(words))
    assert run.digits == "55125551"
    assert [digit.word_index for digit in run.items] == [1, 1, 2, 2, 3, 3, 3, 3]
    assert [round(digit.start_s, 3) for digit in run.items] == [1.0, 1.4, 2.0, 2.2, 3.0, 3.25, 3.5, 3.75]
    assert run.items[-1].end_s == pytest.approx(4.0)
