"""What the figures of trainings share: the runs of a file of train as ladders, the parts of a net, how axes look."""
import re

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, NullLocator, ScalarFormatter

from results_file import SHOWN, Wrong, all_runs, distinct, open_results, text

COLOURS = ("#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#A3528A")  # Okabe and Ito's
INK = "#222222"
# Which part of the net a law is of, by its scoped name: the first pattern that it matches.
COMPONENTS = (("gate", r"gate_(sum|row)|_gate_row"), ("attention", r"(^|\.)attention"), ("norms", r"(^|\.)norm\d*\."),
              ("feed-forward", r"\.(ffn|moe)\.|down_"), ("output", r"columns$|output|head"))


def component(law):
    return next((name for name, pattern in COMPONENTS if re.search(pattern, law)), "other")


class Training:
    """The runs of one model as {step size: runs over the seeds}, largest first."""

    def __init__(self, runs, path=""):
        self.path = path

        def kind(run):
            return run.method, run.schedule, run.attribute("batch"), run.attribute("precision")

        self.runs = [run for run in runs if kind(run) == kind(runs[0])]
        self.sizes = sorted({run.step_size for run in self.runs}, reverse=True)
        group = self.runs[0].group
        self.laws = np.array([text(name) for name in group["law"][()]])
        self.kinds = np.array([text(kind) for kind in group["law_kind"][()]])
        found = {component(law) for law in self.laws}
        self.components = [name for name in ("attention", "feed-forward", "gate", "norms", "output", "other") if name in found]

    def of_size(self, size):
        return [run for run in self.runs if run.step_size == size]

    def chosen(self, name, kind, pattern=""):
        return np.array([component(law) == name and re.search(pattern, law) is not None for law in self.laws]) & (self.kinds == kind)


def mean(values, axes):
    """Over what is known; NaN where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=axes)
    return np.where(known, values, 0.0).sum(axis=axes) / np.where(count > 0, count, np.nan)


def alone(points):
    """How a single point is seen."""
    return {"marker": "o", "ms": 2.5} if np.sum(points) == 1 else {}


def training_runs(path, model=None):
    """The runs of one model, by default the file's first, and of them those that have rows of a training."""
    runs = all_runs(open_results(path, "train"))
    models = distinct(run.model for run in runs)
    if model is not None and model not in models:
        raise Wrong(f"--model {model}: {path} has no run of it; it has {', '.join(models)}")
    runs = [run for run in runs if run.model == (model or models[0])]
    shown = [run for run in runs if run.status in SHOWN + ("interrupted",) and run.rows > 1]
    if not shown or "law_error" not in shown[0].group:
        raise Wrong(f"{path}: none of its {len(runs)} runs has rows of a training; let train run on, or run it")
    return runs, shown


def finish(ax, logarithmic=True):
    if logarithmic and ax.lines:
        ax.set_yscale("log")
        low, high = ax.get_ylim()
        if high > 12 * low:
            ax.yaxis.set_major_locator(LogLocator(10, numticks=5))
        else:  # no two powers of ten: round numbers, their power above the axis
            ax.yaxis.set_major_locator(MaxNLocator(4))
            ax.yaxis.set_major_formatter(ScalarFormatter(useMathText=True, useOffset=False))
            ax.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
            ax.yaxis.get_offset_text().set_fontsize(6)
            ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_minor_formatter(NullFormatter())
    ax.grid(color="#E6E6E6", lw=0.5)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
