"""Tables of level: mixes of known speech and noise, and loudness against other implementations."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from shutil import which

import numpy as np
import soundfile
from scipy.signal import butter, sosfilt

from aftertone import Recording, read_audio, speech_intervals
from aftertone.acoustics.frames import frames_of
from aftertone.acoustics.level import OPTIONS, Level, level_of
from benchmarks.common.conditions import RATE_HZ, Signal, active_power, in_noise, noises
from benchmarks.common.machine import SAMPLES, files
from benchmarks.common.tables import Table, Value, interval_cell
from benchmarks.common.truth import Labelled, composed_digits, mask, row_label, sample_audio, truths

SNRS_DB = (30, 20, 10, 5)


def measured(recording: Recording) -> Level:
    """Aftertone's levels, with its own speech intervals."""
    frames = frames_of(recording)
    return level_of(recording, frames, speech_intervals(recording, frames))


def decibels(power: float) -> float:
    """Power in decibels."""
    return 10 * float(np.log10(power))


def tables(quick: bool) -> Iterator[Table]:
    """Mixes, practice messages, loudness."""
    yield _mixes(quick)
    yield _messages()
    yield _loudness(quick)


def _errors(
    table: Table, label: str, active_db: list[float], snr_db: list[float], count: int, **more: Value
) -> None:
    table.add(
        label,
        n=count,
        active_bias=float(np.mean(active_db)) if active_db else None,
        active=float(np.mean(np.abs(active_db))) if active_db else None,
        snr_count=len(snr_db),
        snr_bias=float(np.mean(snr_db)) if snr_db else None,
        snr=float(np.mean(np.abs(snr_db))) if snr_db else None,
        interval=interval_cell([abs(each) for each in snr_db], form=".2f"),
        **more,
    )


COLUMNS = {
    "n": "d",
    "active level bias dB": "+.2f",
    "mean error dB": ".2f",
    "SNR measured": "d",
    "SNR bias dB": "+.2f",
    "SNR mean error dB": ".2f",
    "95 %": "",
}


def _mixes(quick: bool) -> Table:
    table = Table(
        "Level and SNR of speech mixed with noise",
        {**COLUMNS, "SNR over that of the mix dB": "+.2f"},
        "Composed digits and practice messages. True level and noise follow the definitions of "
        "`level.Level`, on the mix and with true in place of detected speech, so that only the detector's "
        "errors remain. Backgrounds: five recordings above 100 Hz. Their level varies. aftertone's noise is "
        "the median level of the silences, which is far below the mean power that set the mix; the last "
        "column shows the difference. Intervals are those of the SNR error.",
    )
    sources = [*composed_digits()[:12], *sample_audio()[::3]][:: 6 if quick else 1]
    highpass = butter(4, 100, "highpass", fs=RATE_HZ, output="sos")
    kinds = {
        "white noise": (np.random.default_rng(5).normal(0, 0.1, 20 * RATE_HZ).astype(np.float32),),
        "backgrounds": tuple(sosfilt(highpass, noise).astype(np.float32) for noise in noises()),
    }
    for kind, snr_db in product(kinds, SNRS_DB):
        active_db, snr_errors, over_db = [], [], []
        for i, one in enumerate(sources):
            power = active_power(one.recording.samples, one.speech)
            mixed = in_noise(one.recording.samples, power, snr_db, i, kinds[kind])
            level = measured(Recording.from_samples(mixed, RATE_HZ))
            true_active = active_power(mixed, one.speech)
            true_noise = _noise_power(mixed, one)
            if level.active_dbov is not None:
                active_db.append(level.active_dbov - decibels(true_active))
            if level.snr_db is not None and true_active > true_noise:
                snr_errors.append(level.snr_db - decibels(true_active / true_noise - 1))
                over_db.append(level.snr_db - snr_db)
        over = float(np.mean(over_db)) if over_db else None
        _errors(table, f"{kind}, {snr_db} dB", active_db, snr_errors, len(sources), over=over)
    return table


def _noise_power(mixed: Signal, one: Labelled) -> float:
    """Median power of frames near true speech, but not beside it."""
    hops = mixed[: mixed.size // 160 * 160].reshape(-1, 160).astype(np.float64)
    near = mask([(a - OPTIONS.noise_near_s, b + OPTIONS.noise_near_s) for a, b in one.speech], len(hops))
    at_speech = mask(
        [(a - OPTIONS.noise_margin_s, b + OPTIONS.noise_margin_s) for a, b in one.speech], len(hops)
    )
    return float(np.median(np.mean(hops**2, axis=1)[near & ~at_speech]))


def _messages() -> Table:
    table = Table(
        "Level and SNR of sample_audio",
        COLUMNS,
        "True level and noise are the settings of the maker. For telephone messages they apply before band "
        "limit and codec. Gaps of the synthesiser inside a line count as speech.",
    )
    known = {truth["file"]: truth for truth in truths() if truth["level_dbov"] is not None}
    groups: dict[str, list[str]] = {}
    for name, truth in known.items():
        groups.setdefault(truth["condition"], []).append(name)
    groups.pop("clipped", None)  # its levels are those before clipping
    for group, names in groups.items():
        active_db, snr_db = [], []
        for name in names:
            level, truth = measured(read_audio(SAMPLES / name)), known[name]
            if level.active_dbov is not None:
                active_db.append(level.active_dbov - truth["level_dbov"])
            if level.snr_db is not None:
                snr_db.append(level.snr_db - (truth["level_dbov"] - truth["noise_dbov"]))
        _errors(table, row_label("level", "sample_audio", group), active_db, snr_db, len(names))
    return table


def _ffmpeg_lufs(path: Path) -> float | None:
    """Integrated loudness by FFmpeg's ebur128, which shares no code with pyloudnorm."""
    command = ["ffmpeg", "-nostats", "-i", str(path), "-filter_complex", "ebur128", "-f", "null", "-"]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    found = re.findall(r"I:\s+(-?\d+\.\d+) LUFS", output)
    return float(found[-1]) if found else None


def _loudness(quick: bool) -> Table:
    import pyloudnorm

    table = Table(
        "Integrated loudness (ITU-R BS.1770): difference to other implementations, LU",
        {"n": "d", "mean": "+.3f", "largest": ".3f"},
        "aftertone measures the mean of the channels at 16 kHz. The others read the file at its own sampling "
        "rate: pyloudnorm the mean of the channels, FFmpeg mono files only, in steps of 0.1 LU. Only "
        "recordings with speech: for a click in silence the standard's gate is not stable.",
    )
    paths = [*files("telephone/*"), *files("mfa/*_corpus.wav"), *files("emodb/*.wav")[::20]]
    spoken = [
        truth for truth in truths() if truth["message"] and truth["codec"] != "AMR"
    ]  # libsndfile cannot read AMR
    paths += [SAMPLES / truth["file"] for truth in spoken][::4]
    by_pyloudnorm, by_ffmpeg = [], []
    if not which("ffmpeg"):
        print("left out: ffmpeg is not on the path (apt install ffmpeg)")
    for path in paths[:: 5 if quick else 1]:
        lufs = measured(read_audio(path)).loudness_lufs
        samples, rate_hz = soundfile.read(path, always_2d=True)
        other = pyloudnorm.Meter(rate_hz).integrated_loudness(samples.mean(axis=1))
        if lufs is None or not np.isfinite(other):
            continue
        by_pyloudnorm.append(lufs - float(other))
        is_mono = samples.shape[1] == 1
        if is_mono and which("ffmpeg") and (third := _ffmpeg_lufs(path)) is not None:
            by_ffmpeg.append(lufs - third)
    for name, differences in (("pyloudnorm", by_pyloudnorm), ("FFmpeg ebur128", by_ffmpeg)):
        if differences:
            table.add(
                name,
                n=len(differences),
                mean=float(np.mean(differences)),
                largest=float(np.max(np.abs(differences))),
            )
    return table
