#!/usr/bin/python3
"""The figure of a training: what becomes of the laws of a net, for each step size.

    training_figure.py results/train.h5 [-o results/train.png] [--model NAME]

A column for each kind of part that the net has (attention, feed-forward, gate, norms, output), and three rows: (a) the laws'
error, Eq. 10, against steps, mean over layers, laws and seeds, with the range over seeds; (b) claims (red) and controls (grey)
the same way; (c) of the largest step size what the drift of (a) is made of, and its bound. The losses stand on the left.
Nothing but the HDF5 file is read.
"""
import os
import re
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

sys.dont_write_bytecode = True  # no __pycache__ beside the sources
from results_file import SHOWN, Run, Wrong, distinct, figure_program, left_out, open_results, rms, text

COLOURS = ("#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#A3528A")  # Okabe and Ito's
CLAIM, CONTROL, INK = "#D55E00", "#8C8C8C", "#222222"
PARTS = {
    "step_part": ("step", "-"),
    "gradient_part": ("rounding of the gradient", "--"),
    "update_part": ("rounding of the update", "-."),
    "closure": ("closure: not explained", ":"),
}
# Which part of the net a law is of, by its scoped name: the first pattern that it matches.
COMPONENTS = (("gate", r"gate_(sum|row)|_gate_row"), ("attention", r"(^|\.)attention"), ("norms", r"(^|\.)norm\d*\."),
              ("feed-forward", r"\.(ffn|moe)\.|down_"), ("output", r"columns$|output|head"))


def component(law):
    return next((name for name, pattern in COMPONENTS if re.search(pattern, law)), "other")


class Training:
    """The runs of one model as {step size: runs over the seeds}, largest first."""

    def __init__(self, runs):
        first = Run.attribute(runs[0], "schedule"), Run.attribute(runs[0], "batch"), Run.attribute(runs[0], "precision")
        self.runs = [run for run in runs if (run.attribute("schedule"), run.attribute("batch"), run.attribute("precision")) == first]
        self.sizes = sorted({run.step_size for run in self.runs}, reverse=True)
        group = self.runs[0].group
        self.laws = np.array([text(name) for name in group["law"][()]])
        self.kinds = np.array([text(kind) for kind in group["law_kind"][()]])
        order = [name for name, _ in COMPONENTS] + ["other"]
        found = {component(law) for law in self.laws}
        self.components = [name for name in ("attention", "feed-forward", "gate", "norms", "output", "other") if name in found and name in order]

    def of_size(self, size):
        return [run for run in self.runs if run.step_size == size]

    def chosen(self, name, kind):
        return np.array([component(law) == name for law in self.laws]) & (self.kinds == kind)


def error_over_steps(run, chosen):
    """Mean over laws of the error of Eq. 10; NaN where all start balanced."""
    values = run.group["law_error"][: run.rows][:, chosen]
    known = np.isfinite(values)
    return np.sum(np.where(known, values, 0.0), axis=1) / np.where(known.any(axis=1), known.sum(axis=1), np.nan)


def curve(ax, runs, of, colour, style="-", width=1.3):
    """Mean over seeds with their range, over the rows that all of them have."""
    rows = min(run.rows for run in runs)
    steps = runs[0].group["step"][:rows]
    values = np.array([of(run)[:rows] for run in runs])
    known = np.isfinite(values).all(axis=0) & (steps > 0)
    if not known.any() or not (values[:, known] > 0).any():
        return
    mean = values[:, known].mean(axis=0)
    ax.plot(steps[known], mean, style, color=colour, lw=width)
    if len(runs) > 1:
        ax.fill_between(steps[known], values[:, known].min(axis=0), values[:, known].max(axis=0), color=colour, alpha=0.18, lw=0)


def losses(axes, training):
    for ax, column, label in zip(axes, ("batch_loss", "eval_loss"), ("loss of the batches", "evaluation loss")):
        for colour, size in zip(COLOURS, training.sizes):
            curve(ax, training.of_size(size), lambda run: run.group[column][: run.rows], colour)
        ax.set_ylabel(label)
        if not ax.lines:
            ax.text(0.5, 0.5, "none", transform=ax.transAxes, ha="center", color="#888888")
            ax.set_yticks([])


def budget(ax, training, name):
    run = training.of_size(training.sizes[0])[0]
    names = [text(law) for law in run.group["component_law"][()]]
    chosen = np.array([component(law) == name for law in names]) & (run.kinds == "law")
    if not chosen.any():
        return
    steps = run.group["step"][: run.rows]
    later = steps > 0
    for column, (label, style) in PARTS.items():
        values = np.abs(run.over_time(column, chosen))[later]
        if np.isfinite(values).any() and (values > 0).any():
            ax.plot(steps[later], np.where(values > 0, values, np.nan), style, color=COLOURS[0] if column == "step_part" else INK, lw=1.1)
    bound = run.over_time("bound", chosen)[later]
    if np.isfinite(bound).any():
        ax.plot(steps[later], bound, "-", color="#E69F00", lw=1.1)


def finish(ax, logarithmic=True):
    if logarithmic and ax.lines:
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(LogLocator(10, numticks=7))
        ax.yaxis.set_minor_formatter(NullFormatter())
    ax.grid(color="#E6E6E6", lw=0.5)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def draw(path, model, output):
    file = open_results(path, "train", "runs")
    runs = [Run(file["runs"][name]) for name in sorted(file["runs"])]
    models = distinct(run.model for run in runs)
    if model is not None and model not in models:
        raise Wrong(f"--model {model}: {path} has no run of it; it has {', '.join(models)}")
    runs = [run for run in runs if run.model == (model or models[0])]
    shown = [run for run in runs if run.status in SHOWN + ("interrupted",) and run.rows > 1]
    if not shown or "law_error" not in shown[0].group:
        raise Wrong(f"{path}: none of its {len(runs)} runs has rows of a training; let train run on, or run it")
    training = Training(shown)
    columns = training.components
    plt.rcParams.update({"font.size": 8, "axes.linewidth": 0.7, "axes.labelsize": 8, "xtick.labelsize": 7, "ytick.labelsize": 7})
    width = 2.3 * (len(columns) + 1)
    canvas, axes = plt.subplots(3, len(columns) + 1, figsize=(width, 6.9), sharex=True, squeeze=False)
    canvas.subplots_adjust(left=0.6 / width, right=1 - 0.1 / width, top=0.9, bottom=0.13, wspace=0.36, hspace=0.14)
    losses(axes[:2, 0], training)
    axes[2, 0].set_axis_off()
    for k, name in enumerate(columns, 1):
        for colour, size in zip(COLOURS, training.sizes):
            curve(axes[0, k], training.of_size(size), lambda run: error_over_steps(run, training.chosen(name, "law")), colour)
            for kind, style in (("claim", "-"), ("control", "--")):
                share = 1.0 if kind == "claim" else 0.55
                curve(axes[1, k], training.of_size(size), lambda run: error_over_steps(run, training.chosen(name, kind)),
                      CLAIM if kind == "claim" else colour, style, 1.3 * share)
        budget(axes[2, k], training, name)
        axes[0, k].set_title(name, fontsize=9)
    for letter, row, label in zip("abc", axes[:, 1:], ("error of the laws", "of claims and controls", "parts of the drift")):
        row[0].set_ylabel(label)
        row[0].text(-0.34, 1.02, letter, transform=row[0].transAxes, fontsize=9, fontweight="bold")
        for ax in row:
            finish(ax)
            if not ax.lines:
                ax.text(0.5, 0.5, "none", transform=ax.transAxes, ha="center", color="#888888")
                ax.set_yticks([])
    for ax in axes[:2, 0]:
        finish(ax, logarithmic=False)
    for ax in axes[2, 1:]:
        ax.set_xlabel("steps")
    axes[1, 0].set_xlabel("steps")
    axes[1, 0].xaxis.set_tick_params(labelbottom=True)
    line = lambda colour, style="-": Line2D([], [], color=colour, ls=style, lw=1.3)
    legend = [(rf"$\tau$ = {size:g}", line(colour)) for colour, size in zip(COLOURS, training.sizes)]
    legend += [("claim", line(CLAIM)), ("control", line(INK, "--"))]
    legend += [(label, line(COLOURS[0] if column == "step_part" else INK, style)) for column, (label, style) in PARTS.items()]
    legend += [("bound", line("#E69F00"))]
    axes[2, 0].legend([handle for _, handle in legend], [label for label, _ in legend], loc="upper left", frameon=False, fontsize=7.5,
                      handlelength=2.4, bbox_to_anchor=(-0.12, 0.86))
    first = training.runs[0]
    seeds = len({run.attribute("start_seed") for run in training.runs})
    lines = [f"{first.model}, {first.attribute('precision')}: {int(first.group.attrs['parameters']):,} parameters; {seeds} seed{'s' if seeds > 1 else ''}; "
             f"{first.method}, batch {first.attribute('batch', 'all')}, {first.schedule}.", text(first.group.attrs["data"])]
    rest = left_out([run for run in runs if run not in shown], shown)
    for i, words in enumerate(lines):
        canvas.text(0.6 / width, 0.972 - 0.023 * i, words if len(words) < 26 * len(axes[0]) else words[: 26 * len(axes[0])] + " …", fontsize=7.5, color="#444444")
    if rest and "Not shown" in rest:
        canvas.text(0.6 / width, 0.02, rest, fontsize=7, color="#444444")
    os.makedirs(os.path.dirname(os.path.abspath(output)), exist_ok=True)
    canvas.savefig(output, dpi=200)


if __name__ == "__main__":
    sys.exit(figure_program(__doc__, "train", lambda arguments, output: draw(arguments.results, arguments.model, output),
                            {"--model": "the model to be drawn; default: the file's first"}))
