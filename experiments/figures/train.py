#!/usr/bin/python3
"""The figure of a training: what becomes of the laws of a net, for each step size.

    train.py results/train.h5 [-o results/train.png] [--model NAME]

A column for each kind of part that the net has (attention, feed-forward, gate, norms, output), and four rows: (a) the laws'
error, Eq. 10, against steps, mean over layers, laws and seeds, with the range over seeds; (b) claims and controls the same
way; (c) of the largest step size and the first seed the drift, its bound, and what was predicted of it, with two standard
errors (the noise of the components adds to their root mean square); (d) what that drift is made of. The losses stand on the left.
Nothing but the HDF5 file is read.
"""
import os
import re
import sys
import textwrap

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D

sys.dont_write_bytecode = True  # no __pycache__ beside the sources
from results_file import distinct, figure_program, left_out, text
from training_runs import COLOURS, INK, Training, alone, component, finish, mean, training_runs

BOUND = "#D55E00"
PARTS = {
    "step_part": ("step", "-", COLOURS[0]),
    "gradient_part": ("rounding: gradient", "--", INK),
    "update_part": ("rounding: update", "-.", INK),
    "closure": ("closure", ":", INK),
}
# Of claims and controls: which, and how they are drawn.
OTHERS = (("claim", r"", "-", "claim"), ("control", r"(?<!first_gate_row)$", "--", "control"),
          ("control", r"first_gate_row$", ":", "a row of the gate"))


def error_over_steps(run, chosen):
    """Mean over laws of the error of Eq. 10; NaN where all start balanced."""
    return mean(run.group["law_error"][: run.rows][:, chosen], 1)


def curve(ax, runs, of, colour, style="-", width=1.3):
    """Mean over seeds with their range, over the rows that all of them have."""
    rows = min(run.rows for run in runs)
    steps = runs[0].group["step"][:rows]
    values = np.array([of(run)[:rows] for run in runs])
    known = np.isfinite(values).all(axis=0) & (steps > 0)
    if not known.any() or not (values[:, known] > 0).any():
        return
    ax.plot(steps[known], values[:, known].mean(axis=0), style, color=colour, lw=width, **alone(known))
    if len(runs) > 1:
        ax.fill_between(steps[known], values[:, known].min(axis=0), values[:, known].max(axis=0), color=colour, alpha=0.18, lw=0)


def losses(ax, training):
    for column, style in (("batch_loss", "-"), ("eval_loss", "--")):
        for colour, size in zip(COLOURS, training.sizes):
            curve(ax, training.of_size(size), lambda run: run.group[column][: run.rows], colour, style)


def largest(training, name):
    """The first run with the largest step size, its rows behind the start, and its components of the part's laws."""
    run = training.of_size(training.sizes[0])[0]
    names = [text(law) for law in run.group["component_law"][()]]
    steps = run.group["step"][: run.rows]
    return run, steps > 0, np.array([component(law) == name for law in names]) & (run.kinds == "law")


def drift(ax, training, name):
    run, later, chosen = largest(training, name)
    steps = run.group["step"][: run.rows][later]
    if not chosen.any() or not later.any():
        return
    ax.plot(steps, run.over_time("drift", chosen)[later], color=COLOURS[0], lw=1.3, **alone(later))
    bound = run.over_time("bound", chosen)[later]
    if np.isfinite(bound).any():
        ax.plot(steps, bound, "--", color=BOUND, lw=1.1, **alone(later))
    if not run.moves("prediction"):
        return
    predicted = run.over_time("prediction", chosen)[later]
    error = 2 * run.over_time("prediction_error", chosen)[later]
    some = np.unique(np.linspace(0, len(steps) - 1, 8).round().astype(int))
    some = some[predicted[some] > 0]
    if some.size:
        ax.errorbar(steps[some], predicted[some], np.minimum(error[some], 0.9 * predicted[some]), fmt="o", ms=2.8, mfc="white", color=INK,
                    lw=0.8, mew=0.8, zorder=3)


def budget(ax, training, name):
    run, later, chosen = largest(training, name)
    steps = run.group["step"][: run.rows][later]
    for column, (_, style, colour) in PARTS.items():
        values = np.abs(run.over_time(column, chosen))[later]
        if np.isfinite(values).any() and (values > 0).any():
            ax.plot(steps, np.where(values > 0, values, np.nan), style, color=colour, lw=1.1, **alone(values > 0))


def name_gates(axes, training):
    """Which sums over the gate [expert e, input d] the curves are: over the experts, over the inputs."""
    lines = [(0, "law", "gate_sum$", r"$\Sigma_e\, G_{ed}$"), (1, "claim", "gate_sum$", r"— $\Sigma_e\, G_{ed}$"),
             (1, "control", "gate_row_sum$", r"-- $\Sigma_d\, G_{ed}$"), (1, "control", "first_gate_row$", r"$\cdots$ $G_{0d}$")]
    for row, ax in enumerate(axes):
        words = [label for where, kind, law, label in lines if where == row and training.chosen("gate", kind, law).any()]
        ax.text(0.97, 0.04, "\n".join(words), transform=ax.transAxes, ha="right", va="bottom", fontsize=6.5)


def draw(path, model, output):
    runs, shown = training_runs(path, model)
    training = Training(shown)
    columns = training.components
    plt.rcParams.update({"font.size": 8, "axes.linewidth": 0.6, "axes.labelsize": 8, "xtick.labelsize": 7, "ytick.labelsize": 7})
    width = 1.5 * (len(columns) + 1) + 0.3
    canvas, axes = plt.subplots(4, len(columns) + 1, figsize=(width, 6.2), sharex=True, squeeze=False)
    canvas.subplots_adjust(left=0.45 / width, right=1 - 0.1 / width, top=0.89, bottom=0.1, wspace=0.42, hspace=0.16)
    place = axes[0, 0].get_position()
    axes[0, 0].set_position([place.x0, place.y0, 0.82 * place.width, place.height])  # room for the labels beside it
    losses(axes[0, 0], training)
    for k, name in enumerate(columns, 1):
        for colour, size in zip(COLOURS, training.sizes):
            curve(axes[0, k], training.of_size(size), lambda run: error_over_steps(run, training.chosen(name, "law")), colour)
            for kind, pattern, style, _ in OTHERS:
                which = training.chosen(name, kind, pattern)
                curve(axes[1, k], training.of_size(size), lambda run: error_over_steps(run, which), colour, style, 1.0)
        drift(axes[2, k], training, name)
        budget(axes[3, k], training, name)
        axes[0, k].set_title(name, fontsize=9)
        if name == "gate":
            name_gates(axes[:2, k], training)
    for letter, row, label in zip("abcd", axes[:, 1:], ("error of the laws", "claims, controls", "drift", "parts of it")):
        row[0].set_ylabel(label)
        row[0].text(-0.5, 1.04, letter, transform=row[0].transAxes, fontsize=9, fontweight="bold")
        for ax in row:
            finish(ax)
            if not ax.lines:
                ax.text(0.5, 0.5, "none", transform=ax.transAxes, ha="center", color="#999999")
                ax.set_axis_off()
    finish(axes[0, 0], logarithmic=False)
    axes[0, 0].set_title("loss", fontsize=9)
    for ax in (axes[0, 0], *axes[3, 1:], *(axes[2, k] for k in range(1, len(axes[0])) if not axes[3, k].axison)):
        ax.set_xlabel("steps")
        ax.xaxis.set_tick_params(labelbottom=True)
    for ax in axes[1:, 0]:
        ax.set_axis_off()

    def legend(ax, title, entries):
        handles = [Line2D([], [], color=colour, ls=style, lw=1.3, marker=marker, ms=3, mfc="white") for _, style, colour, marker in entries]
        ax.legend(handles, [label for label, *_ in entries], title=title, loc="upper left", frameon=False, fontsize=6.8, title_fontsize=7,
                  handlelength=1.8, alignment="left", borderpad=0, bbox_to_anchor=(-0.4, 0.88))

    colours = [(rf"$\tau$ = {size:g}", "-", colour, "") for colour, size in zip(COLOURS, training.sizes)]
    shown_kinds = [(label, style, INK, "") for kind, pattern, style, label in OTHERS if any(training.chosen(name, kind, pattern).any() for name in columns)]
    legend(axes[1, 0], None, colours + [(f"b  {label}", *rest) for label, *rest in shown_kinds])
    if any(np.isfinite(run.group["eval_loss"][: run.rows]).any() for run in training.runs):
        axes[0, 0].legend([Line2D([], [], color=INK, ls=style, lw=1.1) for style in ("-", "--")], ["batches", "evaluation"], loc="upper right",
                          frameon=False, fontsize=6.5, handlelength=1.6, borderpad=0)
    followed = training.of_size(training.sizes[0])[0]
    bound = [("bound", "--", BOUND, "")] if followed.has("bound") else []
    predicted = [("prediction", "", INK, "o")] if followed.moves("prediction") else []
    legend(axes[2, 0], rf"c  at $\tau$ = {training.sizes[0]:g}", [("drift", "-", COLOURS[0], "")] + bound + predicted)
    parts = [entry for column, entry in PARTS.items() if followed.moves(column)]
    if parts:
        legend(axes[3, 0], "d  parts", [(label, style, colour, "") for label, style, colour in parts])
    first = training.runs[0]
    seeds = len({run.attribute("start_seed") for run in training.runs})
    lines = [f"{first.model}, {first.attribute('precision')}: {int(first.group.attrs['parameters']):,} parameters; {seeds} seed{'s' if seeds > 1 else ''}; "
             f"{first.method}, batch {first.attribute('batch', 'all')}, {first.schedule}.", re.sub(r"\S*/", "", text(first.group.attrs["data"]))]
    rest = left_out([run for run in runs if run not in shown], training.runs[:1])
    others = [run for run in shown if run not in training.runs]
    if others:
        which = distinct(f"{run.attribute('precision')}, {run.method}, batch {run.attribute('batch', 'all')}, {run.schedule}" for run in others)
        rest += f" Not drawn: {len(others)} run{'s' if len(others) > 1 else ''} of {'; '.join(which[:3])}{' …' if len(which) > 3 else ''}."
    for i, words in enumerate(lines[:1] + textwrap.wrap(lines[1], 21 * len(axes[0]), max_lines=2, placeholder=" …")):
        canvas.text(0.6 / width, 0.976 - 0.021 * i, words, fontsize=7.5, color="#444444")
    if "Not " in rest:
        canvas.text(0.6 / width, 0.02, rest.strip(), fontsize=7, color="#444444")
    os.makedirs(os.path.dirname(os.path.abspath(output)), exist_ok=True)
    canvas.savefig(output, dpi=160)


if __name__ == "__main__":
    sys.exit(figure_program(__doc__, "train", lambda arguments, output: draw(arguments.results, arguments.model, output),
                            {"--model": "the model to be drawn; default: the file's first"}))
