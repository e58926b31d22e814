#!/usr/bin/python3
"""The level set of a law: the toy block's two scalars, under the flow and under GD of several step sizes.

    level_set.py results/level_set.h5 [-o results/level_set.png]

Figure 1 of the paper. (a) The plane of a and b: the level set a² − b² = c of each start, two branches each, the flow on it,
and GD, which leaves it. (b) How far GD has left it at the end, against the step size, one line a start: all of it step, for
what rounding makes (crosses) lies far below; the flow stands beside it at its tolerance.
The file is one of `drift --model toy --set i=1 --save-parameters`; nothing else is read.
"""
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

sys.dont_write_bytecode = True  # no __pycache__ beside the sources
from results_file import SHOWN, Wrong, all_runs, distinct, figure_program, open_results

FLOW, INK = "#0072B2", "#222222"
GREENS = ("#00442F", "#009E73", "#66CDAA", "#A9E2CF")
MARKERS = "osD^v"


class Path:
    """One run in the plane."""

    def __init__(self, run, path):
        names = sorted(run.group["start"])
        states = run.group.get("trajectory")
        if names != ["a", "b"] or any(run.group["start"][name].size != 1 for name in names):
            numbers = sum(run.group["start"][name].size for name in names)
            raise Wrong(f"{path}: {run.model} has {numbers} parameters, where the figure takes two numbers a and b; "
                        "run drift --model toy --set i=1 --save-parameters")
        if states is None:
            raise Wrong(f"{path}: has no parameters but at start and end; run drift with --save-parameters")
        self.a, self.b = (states[name][: run.rows].reshape(-1) for name in names)
        self.run, self.seed = run, run.attribute("start_seed")
        self.level = self.a**2 - self.b**2
        self.left = abs(self.level[-1] - self.level[0])
        parts = [run.group.get(name) for name in ("gradient_part", "update_part", "cast_part")]
        self.rounding = np.nan if any(part is None for part in parts) else abs(sum(part[run.rows - 1, 0] for part in parts))


def level_set(ax, path, limits):
    """Both branches of a² − b² = c, c being that of a run's start; dashed the one where it is not."""
    level = path.level[0]
    size = np.sqrt(abs(level))
    reach = np.arcsinh(2 * np.abs(limits).max() / size) if size > 0 else 0.0
    u = np.linspace(-reach, reach, 801)
    wide, narrow = size * np.cosh(u), size * np.sinh(u)
    own = np.copysign(1.0, path.a[0] if level > 0 else path.b[0])
    for side, style in ((own, "-"), (-own, (0, (4, 2)))):
        a, b = (side * wide, narrow) if level > 0 else (narrow, side * wide)
        ax.plot(a, b, color="#AAAAAA", lw=0.8, ls=style, zorder=1)


def plane(ax, flows, discrete, colours):
    everything = flows + discrete
    for path in flows:
        ax.plot(path.a, path.b, color=FLOW, lw=2.4, zorder=3)
    for path in sorted(discrete, key=lambda path: -path.run.step_size):
        ax.plot(path.a, path.b, "-", marker=".", ms=2.2, lw=0.8, color=colours[path.run.step_size], zorder=4)
        ax.plot(path.a[-1], path.b[-1], "o", ms=3.4, color=colours[path.run.step_size], zorder=5)
    for marker, path in zip(MARKERS, flows):
        ax.plot(path.a[0], path.b[0], marker, ms=5.5, mfc="white", mec=INK, mew=1, zorder=6)
    a, b = (np.concatenate([getattr(path, name) for path in everything]) for name in "ab")
    margin = 0.08 * max(np.ptp(a), np.ptp(b))
    limits = np.array([a.min() - margin, a.max() + margin, b.min() - margin, b.max() + margin])
    for path in flows:
        level_set(ax, path, limits)
    ax.set(xlim=limits[:2], ylim=limits[2:], xlabel="$a$", ylabel="$b$", aspect="equal")


def ladder(ax, flows, discrete, colours):
    seeds = distinct(path.seed for path in flows)
    sizes = sorted(colours)
    for marker, seed in zip(MARKERS, seeds):
        mine = sorted((path for path in discrete if path.seed == seed), key=lambda path: path.run.step_size)
        ax.plot([path.run.step_size for path in mine], [path.left for path in mine], color="#888888", lw=0.8, zorder=2)
        for path in mine:
            ax.plot(path.run.step_size, path.left, marker, ms=5, color=colours[path.run.step_size], zorder=3)
            if path.rounding > 0:
                ax.plot(path.run.step_size, path.rounding, "x", ms=4, mew=0.8, color=INK, zorder=3)
    smallest = [path.left for path in discrete if path.run.step_size == sizes[0]]
    guide = 0.4 * min(smallest)
    ax.plot(sizes, [guide * size / sizes[0] for size in sizes], "--", color=INK, lw=0.9)
    floor = max(max(path.left for path in flows), 1e-17)
    ax.axhline(floor, color=FLOW, lw=1.2)
    ax.annotate("the flow: at most here", (1, floor), xycoords=("axes fraction", "data"), xytext=(-2, 3), textcoords="offset points",
                ha="right", fontsize=7, color=FLOW)
    ax.set(xscale="log", yscale="log", xlabel=r"step size $\tau$", ylabel=r"$|c(T) - c(0)|$")
    ax.xaxis.set_major_locator(FixedLocator(sizes))
    ax.xaxis.set_major_formatter(FixedFormatter([f"{size:g}" for size in sizes]))
    ax.xaxis.set_minor_locator(NullLocator())


def draw(path, output):
    runs = all_runs(open_results(path, "drift"))
    shown = [Path(run, path) for run in runs if run.status in SHOWN and run.rows > 1]
    tightest = min((p.run.rtol for p in shown if p.run.method == "flow"), default=None)
    flows = [p for p in shown if p.run.method == "flow" and p.run.rtol == tightest][: len(MARKERS)]
    discrete = [p for p in shown if p.run.method == "gd" and p.seed in {flow.seed for flow in flows}]
    if not flows or not discrete:
        raise Wrong(f"{path}: has {len(flows)} flows and {len(discrete)} runs of gd that came to their end; the figure takes "
                    "both, drift --method flow gd")
    sizes = sorted(distinct(p.run.step_size for p in discrete))
    if len(sizes) > len(GREENS):
        raise Wrong(f"{path}: has {len(sizes)} step sizes of gd, where the figure shows {len(GREENS)} at most; give fewer, --step-size")
    colours = dict(zip(reversed(sizes), GREENS))
    plt.rcParams.update({"font.size": 8, "axes.linewidth": 0.7, "axes.labelsize": 9, "xtick.labelsize": 7, "ytick.labelsize": 7})
    canvas, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.6), width_ratios=(1.25, 1))
    plane(left, flows, discrete, colours)
    ladder(right, flows, discrete, colours)
    for ax in (left, right):
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
    for letter, ax in zip("ab", (left, right)):
        ax.text(-0.14, 1.04, letter, transform=ax.transAxes, fontsize=9, fontweight="bold")
    line = lambda colour, **style: Line2D([], [], color=colour, **{"lw": 0.9, **style})
    legend = [("level set", line("#AAAAAA", lw=0.8)), ("flow", line(FLOW, lw=2.4))]
    legend += [(rf"GD, $\tau$ = {size:g}", line(colour, marker=".", ms=4)) for size, colour in sorted(colours.items())]
    legend += [(r"$\propto \tau$", line(INK, ls="--", lw=0.9)), ("rounding in GD", line(INK, ls="", marker="x", ms=4))]
    canvas.legend([handle for _, handle in legend], [label for label, _ in legend], loc="upper center", ncol=(len(legend) + 1) // 2, frameon=False,
                  fontsize=7.5, handlelength=1.8, columnspacing=1.2)
    canvas.subplots_adjust(left=0.075, right=0.985, bottom=0.125, top=0.83, wspace=0.28)
    os.makedirs(os.path.dirname(os.path.abspath(output)), exist_ok=True)
    canvas.savefig(output, dpi=200)


if __name__ == "__main__":
    sys.exit(figure_program(__doc__, "drift", lambda arguments, output: draw(arguments.results, output)))
