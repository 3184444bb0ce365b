"""The figures of the documents, drawn from recorded results.

    python -m benchmarks.figures [--into docs/images]

Nothing is measured. scaling.svg shows results/scaling.json. The same record gives the same bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.common.command import parser_of, read_record
from benchmarks.common.machine import ROOT

OURS, THEIRS = "#1f6f8b", "#c8913a"
STYLE: Any = {
    "svg.fonttype": "none",  # keep text as text
    "svg.hashsalt": "aftertone",  # reproducible ids
    "font.family": "sans-serif",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e3e6e8",
    "axes.axisbelow": True,
    "figure.facecolor": "white",
}


def figure(rows: int, columns: int, width: float, height: float) -> tuple[Any, Any]:
    """An empty figure with its axes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update(STYLE)
    drawn = Figure(figsize=(width, height), layout="constrained")
    return drawn, drawn.subplots(rows, columns, squeeze=False)


def scaling(page: dict[str, Any]) -> Any:
    """Messages a second by number of messages; speed and memory by length."""
    drawn, ((many, long, memory),) = figure(1, 3, 12, 3.6)
    for engine, colour in (("none", OURS), ("whisper:base", THEIRS)):
        name = "the sound alone" if engine == "none" else engine.replace(":", " ")
        runs = [row for row in page["by_count"] if row["engine"] == engine]
        for jobs in sorted({row["jobs"] for row in runs}):
            chosen = [row for row in runs if row["jobs"] == jobs]
            label = f"{name}, {jobs} job{'s' if jobs > 1 else ''}"
            many.plot(
                [row["messages"] for row in chosen],
                [row["messages_per_s"] for row in chosen],
                marker="o",
                color=colour,
                linestyle="--" if jobs > 1 else "-",
                label=label,
            )
        lengths = [row for row in page["by_length"] if row["engine"] == engine]
        seconds = [row["length_s"] for row in lengths]
        long.plot(seconds, [row["times_real_time"] for row in lengths], marker="o", color=colour, label=name)
        memory.plot(seconds, [row["peak_mib"] for row in lengths], marker="o", color=colour, label=name)
    many.set(xscale="log", yscale="log", xlabel="messages", ylabel="messages a second")
    many.set_title(f"more messages, {page['message_s']:.0f} s each", loc="left")
    long.set(xscale="log", yscale="log", xlabel="seconds of a message", ylabel="times real time")
    long.set_title("longer messages, one job", loc="left")
    memory.set(xscale="log", xlabel="seconds of a message", ylabel="peak MiB of a process")
    memory.set_ylim(bottom=0)
    memory.set_title("memory", loc="left")
    for ax in (many, long, memory):
        ax.legend(frameon=False, fontsize=9)
    return drawn


FIGURES = {"scaling": scaling}


def main() -> None:
    """Draw each figure."""
    parser = parser_of(__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "images")
    args = parser.parse_args()
    args.into.mkdir(parents=True, exist_ok=True)
    for name, draw in FIGURES.items():
        path = args.into / f"{name}.svg"
        draw(read_record(name)).savefig(
            path, format="svg", metadata={"Date": None, "Creator": "benchmarks/figures.py"}
        )
        print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


if __name__ == "__main__":
    main()
