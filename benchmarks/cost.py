"""Cost of a million and of a thousand million messages, extrapolated from recorded rates.

    python -m benchmarks.cost

Nothing is measured. Rates are those of results/scaling.json (speed, memory, bytes stored) and of
results/batch_scale.json (the ledger), on the machines that these records name. docs/cost.md holds the output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.common.command import read_record
from benchmarks.common.tables import Table

MESSAGE_S = 36.0  # mean duration of voicemails, Jansche & Abney 2002
COUNTS = (10**6, 10**9)
DAY_S = 86_400.0
MU_LAW_BYTES_PER_S = 8_000
RATE_LENGTH_S = 20  # length of the row of results/scaling.json that is nearest to MESSAGE_S


@dataclass(frozen=True, slots=True)
class Rate:
    """Speed and storage of one core with one engine."""

    name: str
    times_real_time: float
    peak_mib: float
    stored_bytes: float  # of a message, report and ledger

    @property
    def message_s(self) -> float:
        """Seconds of one core for a message."""
        return MESSAGE_S / self.times_real_time

    def core_hours(self, count: int) -> float:
        """Core hours for a number of messages."""
        return count * self.message_s / 3_600

    def cores_for_a_day(self, count: int) -> float:
        """Cores that take one day for a number of messages."""
        return self.core_hours(count) * 3_600 / DAY_S


def rates(scaling: dict[str, Any]) -> list[Rate]:
    """The rate of each engine, on messages of RATE_LENGTH_S."""
    return [
        Rate(
            "the sound alone" if row["engine"] == "none" else row["engine"].replace(":", " "),
            row["times_real_time"],
            row["peak_mib"],
            row["ledger_bytes_per_message"] + row["report_bytes_per_message"],
        )
        for row in scaling["by_length"]
        if row["length_s"] == RATE_LENGTH_S
    ]


def table(count: int, found: list[Rate]) -> Table:
    """One row for each engine."""
    hours = count * MESSAGE_S / 3_600
    sound_tb = count * MESSAGE_S * MU_LAW_BYTES_PER_S / 1e12
    shown = Table(
        f"{count:,} messages of {MESSAGE_S:.0f} s: {hours:,.0f} hours, {sound_tb:,.1f} TB of mu-law",
        {
            "times real time, one core": ",.1f",
            "core hours": ",.0f",
            "cores for one day": ",.1f",
            "memory of these, GiB": ",.1f",
            "rows kept, GB": ",.0f",
        },
    )
    for rate in found:
        cores = rate.cores_for_a_day(count)
        shown.add(
            rate.name,
            speed=rate.times_real_time,
            hours=rate.core_hours(count),
            cores=cores,
            memory=max(1.0, cores) * rate.peak_mib / 1_024,
            kept=count * rate.stored_bytes / 1e9,
        )
    return shown


def limits(found: list[Rate], ledger_row_s: float) -> Table:
    """Cores that one ledger serves, and the data rate that they read."""
    shown = Table(
        f"one ledger keeps {1 / ledger_row_s:,.0f} rows a second",
        {"messages/s of a core": ",.2f", "cores that it serves": ",.0f", "MB/s that these read": ",.0f"},
    )
    for rate in found:
        cores = rate.message_s / ledger_row_s
        read = cores / rate.message_s * MESSAGE_S * MU_LAW_BYTES_PER_S / 1e6
        shown.add(rate.name, rate=1 / rate.message_s, cores=cores, read=read)
    return shown


def text() -> str:
    """All tables."""
    found = rates(read_record("scaling"))
    tables = [table(count, found) for count in COUNTS]
    tables.append(limits(found, read_record("batch_scale")["overhead_with_ledger_cpu_ms"] / 1_000))
    return "\n".join(each.markdown() for each in tables)


if __name__ == "__main__":
    print(text())
