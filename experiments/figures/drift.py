#!/usr/bin/python3
"""The figure of a drift experiment, from its results file and nothing else.

    drift.py results/drift.h5 [-o results/drift.png] [--model NAME]

A column for each model, and four rows: (a) the laws' drift against time, (b) the drift at the end against the step size with
bound, prediction and slope 1, (c) the budget: what the drift is made of, (d) every law, claim and control by itself.
Colours mean the same everywhere (Okabe and Ito's, safe for colour-blind readers): blue the laws under the flow, green under
GD, purple under SGD, red a claim, grey a control.
"""
import os
import sys
import textwrap

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, LogLocator, MaxNLocator, NullLocator

sys.dont_write_bytecode = True  # no __pycache__ beside the sources
from results_file import figure_program, read, rms

FLOW, GD, SGD, CLAIM, CONTROL, INK = "#0072B2", "#009E73", "#A3528A", "#D55E00", "#8C8C8C", "#222222"
KINDS = {"law": FLOW, "claim": CLAIM, "control": CONTROL}
PARTS = {  # column: label, colour, marker
    "step_part": ("step", GD, "o"),
    "gradient_part": ("rounding of the gradient", "#E69F00", "^"),
    "update_part": ("rounding of the update", "#56B4E9", "s"),
    "cast_part": ("rounding of the cast", "#CC79A7", "D"),
    "closure": ("closure: not explained", INK, "x"),
}
FLOOR = 1e-19  # zeros are drawn here, below every rounding of a double run
DASHES = (0, (3.5, 1.2))


def shade(colour, share):
    """The colour mixed with white; share 1 is the colour itself."""
    return tuple(1 - (1 - c) * (0.3 + 0.7 * share) for c in matplotlib.colors.to_rgb(colour))


def shares(values):
    """Of the values in their order: 0, the palest, … 1."""
    return {value: i / (len(values) - 1) if len(values) > 1 else 1.0 for i, value in enumerate(values)}


def number(value):
    exponent = np.log10(value)
    return f"$10^{{{exponent:.0f}}}$" if abs(exponent - round(exponent)) < 1e-6 and abs(exponent) > 2 else f"{value:.3g}"


def key(**style):
    return Line2D([], [], **{"lw": 1.2, "ms": 3.5, **style})


class Panels:
    """The four panels. Each `X(ax, column)` draws one; `X_key()` is its row's legend: lines of (label, handle)."""

    def __init__(self, columns):
        self.columns = columns
        self.tolerances = shares(sorted({run.rtol for c in columns for run in c.flows}, reverse=True))
        # GD is what the panels show step by step; without it SGD stands in its place.
        discrete = [run for column in columns for run in column.discrete]
        self.method = "gd" if any(run.method == "gd" for run in discrete) else "sgd"
        self.sizes = shares(sorted({run.step_size for run in discrete if run.method == self.method}, reverse=True))
        self.kinds = [kind for kind in KINDS if any(kind in c.kinds for c in columns)]

    @property
    def name(self):
        return self.method.upper()

    def rows(self):
        """The panels that the file has data for: name, title, label of the vertical axis, height in inches."""
        rows = [("time", "Drift against time", "relative drift", 1.25)]
        if any(column.discrete for column in self.columns):
            rows.append(("step", "Drift against step size, quadratic laws", "drift at the end", 1.2))
        if self.budget_key():
            rows.append(("budget", "What the drift is made of", "part of the drift", 1.25))
        return rows + [("laws", "Laws, claims, controls", "", 0.22 * max(len(column.names()) for column in self.columns))]

    def has_floor(self):
        """Whether a law drifts by rounding alone: it gets a strip of its own below the ladder."""
        return any((column.law & column.linear).any() for column in self.columns)

    def time(self, ax, column):
        def curve(run, components, **style):
            if components.any():
                ax.plot(run.time[1:], np.maximum(run.over_time("relative_drift", components)[1:], FLOOR), **style)

        for kind in ("control", "claim"):
            for run in column.flows[-1:]:
                curve(run, column.kinds == kind, color=KINDS[kind], lw=1.0, ls=DASHES)
        for size, runs in column.ladder(self.method, column.steady)[0]:
            curve(runs[0], column.law, color=shade(GD, self.sizes[size]), lw=0.9)
        for run in column.flows:
            curve(run, column.law, color=shade(FLOW, self.tolerances[run.rtol]), lw=0.9)
        ax.set(xlim=(0, None), yscale="log", xlabel="time $t$")

    def time_key(self):
        lines = []
        if self.tolerances:
            lines.append([("flow, rtol:", None)] + [(number(v), key(color=shade(FLOW, s))) for v, s in self.tolerances.items()])
        if self.sizes:
            lines.append([(rf"{self.name}, $\tau$:", None)] + [(number(v), key(color=shade(GD, s))) for v, s in self.sizes.items()])
        if self.tolerances:
            lines.append([(f"{kind}, flow", key(color=KINDS[kind], ls=DASHES)) for kind in self.kinds if kind != "law"])
        return lines

    def step(self, ax, column):
        """Drift of the laws that a step moves; `floor`, the strip below, has those that it does not."""
        curved = column.law & ~column.linear
        line = dict(color=INK, lw=0.9)
        self.against_step(ax, column, self.method, column.steady, curved, "bound", ls=DASHES, **line)
        self.against_step(ax, column, self.method, column.steady, curved, "prediction", **line)
        for kind in ("control", "claim"):
            self.against_step(ax, column, self.method, column.steady, column.kinds == kind, None, color=KINDS[kind], marker="D", ms=2.6, lw=0.6)
        if self.method == "gd":
            self.against_step(ax, column, "sgd", column.steady, curved, None, color=SGD, marker="s", ms=3.2, lw=0)
        for schedule in column.decaying:
            self.against_step(ax, column, self.method, schedule, curved, None, color=GD, marker="v", ms=3.2, lw=0, mfc="white", mew=0.8)
        sizes, drift = self.against_step(ax, column, self.method, column.steady, curved, None, color=GD, marker="o", ms=3.2, lw=0)
        if len(sizes) > 1:
            guide = np.array([sizes[0], sizes[-1]])
            ax.plot(guide, drift[0] / 5 * guide / guide[0], color=INK, lw=0.7, ls=":")
            slope = np.polyfit(np.log(sizes), np.log(drift), 1)[0]
            ax.text(0.97, 0.03, rf"{self.name}: $\tau^{{{slope:.2f}}}$", transform=ax.transAxes, ha="right", fontsize=5.8, color=GD)
        ax.set(xscale="log", yscale="log")

    def floor(self, ax, column):
        self.against_step(ax, column, self.method, column.steady, column.law & column.linear, None, color=GD, marker="o", ms=3.2, lw=0, mfc="white",
                          mew=0.8)
        ax.set(xscale="log", yscale="log", xlabel=r"step size $\tau$")

    def against_step(self, ax, column, method, schedule, components, quantity, **style):
        """A column of the file (None: the drift itself) at the largest common time: the geometric mean over the seeds."""
        ladder, time = column.ladder(method, schedule)
        sizes, means = [], []
        for size, runs in ladder:
            rows = [(run, run.row_at(time)) for run in runs]
            values = [run.drift(i, components) if quantity is None else rms(run.at(quantity, i, components)) for run, i in rows]
            if not np.all(np.isnan(values)):
                sizes.append(size)
                means.append(np.exp(np.nanmean(np.log(np.maximum(values, FLOOR)))))
        ax.plot(sizes, means, **style)
        return sizes, means

    def step_key(self):
        decaying = [c.decaying[0] for c in self.columns if c.decaying]
        line = [(self.name, key(color=GD, marker="o", lw=0))]
        if any(run.method != self.method for column in self.columns for run in column.discrete):
            line.append(("SGD", key(color=SGD, marker="s", lw=0)))
        if decaying:
            alpha = decaying[0].removeprefix("power:")
            name = rf"{self.name}, $\tau(k+1)^{{-{alpha}}}$" if alpha != decaying[0] else f"{self.name}, {decaying[0]}"
            line.append((name, key(color=GD, marker="v", lw=0, mfc="white")))
        if self.has_floor():
            line.append((f"{self.name}, linear laws", key(color=GD, marker="o", lw=0, mfc="white")))
        curves = [(f"{self.name}'s bound", key(color=INK, lw=1, ls=DASHES)), ("prediction", key(color=INK, lw=1)), ("slope 1", key(color=INK, lw=1, ls=":"))]
        return [line, curves + [(kind, key(color=KINDS[kind], marker="D", ms=3, lw=0.8)) for kind in self.kinds if kind != "law"]]

    def budget(self, ax, column):
        ladder, time = column.ladder(self.method, column.steady)
        runs = [(size, members[0]) for size, members in ladder] or [(run.rtol, run) for run in column.flows]
        for name, (_, colour, marker) in PARTS.items():
            values = [rms(run.at(name, run.row_at(time) if ladder else run.rows - 1, column.law)) for _, run in runs]
            if not np.all(np.isnan(values)) and any(run.moves(name) for _, run in runs):
                ax.plot([x for x, _ in runs], np.maximum(values, FLOOR), color=colour, marker=marker, ms=3, lw=0.9)
        ax.set(xscale="log", yscale="log", xlabel=r"step size $\tau$" if ladder else "tolerance rtol")

    def budget_key(self):
        runs = [run for column in self.columns for run in (column.discrete or column.flows)[:1]]
        return [[(label, key(color=colour, marker=marker, ms=3.2, lw=1))] for name, (label, colour, marker) in PARTS.items()
                if any(run.moves(name) for run in runs)]

    def laws(self, ax, column):
        ladder = [(run, self.tolerances[run.rtol]) for run in column.flows]
        ladder = ladder or [(runs[0], self.sizes[size]) for size, runs in column.ladder(self.method, column.steady)[0]]
        for i, (name, kind) in enumerate(column.names()):
            components = (column.laws == name) & (column.kinds == kind)
            ax.text(0.03, i - 0.22, name, transform=ax.get_yaxis_transform(), color=KINDS[kind], fontsize=5.6, va="center")
            ax.axhline(i + 0.5, color="#E4E4E4", lw=0.5, zorder=0)
            defects = np.concatenate([run.group["defect"][: run.rows][:, components].ravel() for run, _ in ladder])
            if np.isfinite(defects).any():
                ax.plot(max(np.nanmax(defects), FLOOR), i + 0.2, marker="x", color=INK, ms=3.2, mew=0.8, zorder=3)
            for run, share in ladder:
                drift = max(rms(run.at("relative_drift", run.rows - 1, components)), FLOOR)
                ax.plot(drift, i + 0.2, marker="o", ms=3.2, mew=0, color=shade(KINDS[kind], share))
        ax.set(ylim=(max(len(c.names()) for c in self.columns) - 0.5, -0.5), xscale="log", xlabel="relative drift, defect")

    def laws_key(self):
        what = "the flow, rtol" if self.tolerances else rf"{self.name}, $\tau$"
        values = list(self.tolerances or self.sizes)
        drift = f"relative drift under {what} {number(values[0])} (pale) to {number(values[-1])} (full)"
        kinds = [(kind, key(color=KINDS[kind], marker="s", ms=4, lw=0)) for kind in self.kinds]
        return [[(drift, key(color=FLOW, marker="o", lw=0)), ("worst defect", key(color=INK, marker="x", lw=0))], kinds]


def tidy(ax, sizes=()):
    """Few ticks; the step sizes themselves where they are the axis, the outer ones without a number where there are many."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_major_locator(LogLocator(10, numticks=5) if axis.get_scale() == "log" else MaxNLocator(3, steps=[1, 2, 5, 10], prune="upper"))
    if len(sizes) > 0 and ax.get_xscale() == "log":
        numbered = sizes if len(sizes) < 4 else (sizes[1], sizes[-2])
        ax.xaxis.set_major_locator(FixedLocator(sizes))
        ax.xaxis.set_major_formatter(FixedFormatter([number(size) if size in numbered else "" for size in sizes]))


def whole_decades(ax):
    if not any(line.get_xydata().size for line in ax.get_lines()):
        return
    low, high = np.log10(ax.get_ylim())
    ax.set_ylim(10.0 ** np.floor(low), 10.0 ** np.ceil(high))
    ax.yaxis.set_major_locator(FixedLocator(ax.get_ylim()))


class Page:
    """Axes placed in inches from the top: figures of any number of models look alike."""

    LEFT, RIGHT, BETWEEN = 0.52, 0.08, 0.1

    def __init__(self, columns, width, height):
        self.columns, self.width, self.height = columns, width, height
        self.canvas = plt.figure(figsize=(width, height))
        self.panel = (self.width - self.LEFT - self.RIGHT + self.BETWEEN) / len(columns) - self.BETWEEN

    def text(self, x, y, content, **style):
        self.canvas.text(x / self.width, 1 - y / self.height, content, **style)

    def row(self, y, height, draw, label):
        """A row of panels from y down; they share their scales."""
        row = []
        for i, column in enumerate(self.columns):
            x = self.LEFT + i * (self.panel + self.BETWEEN)
            box = [x / self.width, 1 - (y + height) / self.height, self.panel / self.width, height / self.height]
            share = row[0] if row else None
            ax = self.canvas.add_axes(box, sharex=share, sharey=share)
            draw(ax, column)
            ax.tick_params(labelleft=i == 0)
            row.append(ax)
        row[0].set_ylabel(label)
        return row


def legend(canvas, line, right, bottom):
    """One line of a legend, its lower right corner there; an entry without a handle is a heading."""
    handles = [handle or Line2D([], [], lw=0) for _, handle in line]
    return canvas.legend(handles, [label for label, _ in line], loc="lower right", bbox_to_anchor=(right, bottom), ncol=len(line),
                         frameon=False, fontsize=5.8, handlelength=1.2, handletextpad=0.35, columnspacing=0.8, borderpad=0, borderaxespad=0)


def packed(lines, width):
    """The legend's lines, side by side where that is at most `width` inches."""
    scratch = plt.figure(dpi=100)
    result = []
    for line in (line for line in lines if line):
        if result and legend(scratch, result[-1] + line, 0, 0).get_window_extent(scratch.canvas.get_renderer()).width < 100 * width:
            result[-1] = result[-1] + line
        else:
            result.append(line)
    plt.close(scratch)
    return result


def draw(columns, note, output):
    small = dict.fromkeys(("xtick.labelsize", "ytick.labelsize"), 6) | dict.fromkeys(("xtick.major.size", "ytick.major.size"), 2)
    thin = dict.fromkeys(("xtick.major.width", "ytick.major.width", "axes.linewidth"), 0.6)
    near = dict.fromkeys(("xtick.major.pad", "ytick.major.pad", "axes.labelpad"), 1.5)
    plt.rcParams.update({"font.size": 7, "axes.labelsize": 6.5} | small | thin | near)
    panels = Panels(columns)
    rows = panels.rows()
    width = 4.6 if len(columns) == 1 else max(7.2, 1.35 * len(columns))
    keys = [packed(getattr(panels, row[0] + "_key")(), width - 1.75) for row in rows]
    head, above, below, line = 0.3, 0.42, 0.28, 0.13  # above a row of panels: its title and one line of its legend
    strip = 0.3 if panels.has_floor() else 0.0
    height = head + strip + (0.14 if note else 0.02) + sum(row[3] + above + below + line * (len(k) - 1) for row, k in zip(rows, keys))
    page = Page(columns, width, height)
    for i, column in enumerate(columns):
        centre = page.LEFT + i * (page.panel + page.BETWEEN) + page.panel / 2
        name = "\n".join(textwrap.wrap(column.model, max(10, int(page.panel / 0.076)), break_long_words=False))
        page.text(centre, 0.2, name, ha="center", va="center", fontsize=7.5, fontweight="bold", linespacing=1.0)

    y = head
    sizes = sorted(panels.sizes)
    for letter, (name, title, label, height), lines in zip("abcd", rows, keys):
        y += above + line * (len(lines) - 1)
        page.text(0.06, y - 0.1, letter, fontsize=8.5, fontweight="bold")
        page.text(0.2, y - 0.1, title, fontsize=7.5)
        for i, entries in enumerate(reversed(lines)):
            legend(page.canvas, entries, 1 - page.RIGHT / page.width, 1 - (y - 0.09 - line * i) / page.height)
        axes = page.row(y, height, getattr(panels, name), label)
        y += height
        for ax in axes:
            tidy(ax, sizes if name in ("step", "budget") else ())
            if name == "laws":
                ax.set_yticks([])
        if name == "step":
            for ax in axes:
                ax.set_xlabel("" if strip else r"step size $\tau$")
                ax.tick_params(bottom=not strip, labelbottom=not strip)
                ax.spines["bottom"].set_visible(not strip)  # the strip below goes on with the axis
        if name == "step" and strip:
            strips = page.row(y + 0.06, strip - 0.06, panels.floor, "")
            for ax in strips:
                ax.set_xlim(axes[0].get_xlim())
                tidy(ax, sizes)
            whole_decades(strips[0])
            y += strip
        y += below
    if note:
        page.text(page.LEFT, page.height - 0.05, note, fontsize=5.5, color="#666666")
    os.makedirs(os.path.dirname(os.path.abspath(output)), exist_ok=True)
    page.canvas.savefig(output, dpi=300)


def draw_file(arguments, output):
    columns, note = read(arguments.results, arguments.model)
    draw(columns, note, output)


if __name__ == "__main__":
    sys.exit(figure_program(__doc__, "drift", draw_file, {"--model": "this model alone"}))
