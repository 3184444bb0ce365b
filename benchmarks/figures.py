"""The README's figures, drawn from the recorded results: nothing is measured here.

    python -m benchmarks.figures [--into docs/images]

`whole_job.svg` is drawn of results/whole_job.json, `scaling.svg` of results/scaling.json. The same records
give the same bytes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.machine import RESULTS, ROOT

OURS, THEIRS, GREY = "#1f6f8b", "#c8913a", "#667079"
STAGE_COLOURS = {
    "read": "#9aa5ab",
    "sound": "#c8913a",
    "transcribe": "#1f6f8b",
    "words": "#5f9e6e",
    "write": "#444b50",
}
STYLE: Any = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "aftertone",  # the same ids each time
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
    """An empty figure in the house's style, and its axes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update(STYLE)
    drawn = Figure(figsize=(width, height), layout="constrained")
    return drawn, drawn.subplots(rows, columns, squeeze=False)


def whole_job(page: dict[str, Any]) -> Any:
    """Bars of a message's seconds, stage by stage: the script's above ours, a row to each engine."""
    drawn, axes = figure(len(page["engines"]), 1, 8, 2.1 * len(page["engines"]) + 0.4)
    length_s = page["audio_s"] / page["messages"]
    for (engine, stages), ax in zip(page["engines"].items(), axes[:, 0], strict=True):
        for place, side in enumerate(("aftertone_ms", "script_ms")):
            left = 0.0
            for name, colour in STAGE_COLOURS.items():
                took_s = stages[name][side] / 1_000
                ax.barh(place, took_s, left=left, color=colour, height=0.6, label=name if place else None)
                left += took_s
            ax.annotate(f" {left:.2f} s", (left, place), va="center", color=GREY)
        ax.set_yticks([0, 1], ["aftertone", "the script"])
        ax.set_title(f"with {engine}: {stages['all']['times_faster']:.1f} times faster", loc="left")
        ax.grid(visible=False, axis="y")
        ax.margins(x=0.12)
    drawn.legend(
        *axes[0, 0].get_legend_handles_labels(),
        ncols=len(STAGE_COLOURS),
        frameon=False,
        loc="outside upper center",
    )
    axes[-1, 0].set_xlabel(f"seconds for a message of {length_s:.0f} s, one thread")
    return drawn


def scaling(page: dict[str, Any]) -> Any:
    """Messages a second against their number, speed and memory against their length."""
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


FIGURES = {"whole_job": whole_job, "scaling": scaling}


def main() -> None:
    """Draw each figure whose record is there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "images")
    args = parser.parse_args()
    args.into.mkdir(parents=True, exist_ok=True)
    for name, draw in FIGURES.items():
        page = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
        path = args.into / f"{name}.svg"
        draw(page).savefig(path, format="svg", metadata={"Date": None, "Creator": "benchmarks/figures.py"})
        print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


if __name__ == "__main__":
    main()
