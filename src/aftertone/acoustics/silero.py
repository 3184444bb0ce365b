"""silero's verdict, window by window: the neural detector of speech that comes with faster-whisper."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WINDOW = 512  # samples at 16 kHz to each verdict
LOUDEST_DBOV = -30.0  # of what it is given: it hears less in quiet recordings, and more noise in loud ones


def likelihood_of_speech(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """How likely somebody speaks in each window, 0 to 1, float32, shape (n_windows,).

    Parameters
    ----------
    samples : float32, shape (n_samples,)
        At 16 kHz, the loudest near `LOUDEST_DBOV`; zeros fill the last window.
    """
    from faster_whisper.vad import get_vad_model

    whole = np.pad(samples, (0, -samples.size % WINDOW or WINDOW))  # a copy: it writes into what it is given
    return np.asarray(get_vad_model()(whole), np.float32).ravel()
