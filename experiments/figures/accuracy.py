#!/usr/bin/python3
"""The figure of a comparison of integrators, from the results file of accuracy and nothing else.

    accuracy.py results/accuracy.h5 [-o results/accuracy.png]

Three panels: the error at T against gradients, the error against seconds, the drift of the law that drifts most against
gradients. A line for each method, its points the tolerances or the step sizes; dashed where steps are prescribed. Hollow
points lie below what the reference can measure, the grey area.
"""
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

sys.dont_write_bytecode = True  # no __pycache__ beside the sources
from results_file import Wrong, figure_program, open_results, text

# Okabe and Ito's, safe for colour-blind readers, and three darker ones; with a marker each no two methods look alike.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#222222", "#7A4B00", "#5B2C83", "#8C8C8C")
MARKERS = "osD^vP<>Xp*hd"
FLOOR = 1e-19  # zeros are drawn here, below every rounding of a double run


class Curve:
    """One method: its points in the order of its tolerances or step sizes, those that came to T."""

    def __init__(self, group, method, number, limit):
        done = np.array([text(status) == "finished" for status in group["status"][method]])
        laws = np.array([text(kind) == "law" for kind in group["law_kind"][()]], bool)
        self.name = text(group["integrator"][method])
        self.gradients, self.seconds = group["gradients"][method][done], group["seconds"][method][done]
        error = group["error"][method][done]
        self.measured = np.isfinite(error)
        self.error = np.where(self.measured, error, limit)
        drift = group["relative_drift"][method][done][:, laws]  # NaN where an interruption came before it was measured
        known = np.isfinite(drift).any(axis=1)
        self.drift = np.full(len(drift), np.nan)
        self.drift[known] = np.maximum(np.nanmax(drift[known], axis=1, initial=0.0), FLOOR)
        self.left_out = int((~done).sum())
        prescribed = "step_size" in group
        self.style = dict(color=COLOURS[number % len(COLOURS)], marker=MARKERS[number % len(MARKERS)], lw=1.0, ms=4.2, mew=0.8,
                          ls=(0, (3.5, 1.2)) if prescribed else "-")

    def draw(self, ax, x, y, hollow):
        ax.plot(x, y, zorder=2, **self.style)
        if hollow.any():
            ax.plot(x[hollow], y[hollow], zorder=3, **self.style | {"ls": "none", "mfc": "white"})


def curves(file, limit):
    result = []
    for family in ("adaptive", "prescribed"):
        if family in file:
            group = file[family]
            result += [Curve(group, method, len(result) + method, limit) for method in range(len(group["integrator"]))]
    return [curve for curve in result if len(curve.error)], sum(curve.left_out for curve in result)


def caption(file, left_out):
    reference = file["reference"]
    names = " and ".join(text(name) for name in reference["integrator"][()])
    seed = int(file.attrs["start_seed"])
    lines = [f"{text(file.attrs['model'])}: {int(file.attrs['parameters'])} parameters, {int(file.attrs['samples'])} samples, T = {file.attrs['end_time']:g}"
             + (f", start {seed}." if seed >= 0 else "."),
             f"Reference: {names}, rtol {reference.attrs['rtol']:.0e}; their distance is {reference.attrs['uncertainty']:.1e}."]
    if text(reference.attrs["agree"]) != "true":
        lines[1] += " THEY DISAGREE: not near enough for these runs."
    if left_out:
        lines[1] += f" {left_out} run{'s' if left_out > 1 else ''} did not come to T."
    return lines


def draw(file, output):
    limit = float(file["reference"].attrs["error_limit"])
    shown, left_out = curves(file, limit)
    if not shown:
        raise Wrong("none of its runs came to T; raise --max-gradients, or see status_message in the file")
    small = dict.fromkeys(("xtick.labelsize", "ytick.labelsize"), 7)
    plt.rcParams.update({"font.size": 8, "axes.linewidth": 0.7, "axes.labelsize": 8} | small)
    columns = min(5, len(shown))
    rows = -(-len(shown) // columns)
    height = 3.4 + 0.19 * rows
    canvas, axes = plt.subplots(1, 3, figsize=(10, height))
    canvas.subplots_adjust(left=0.06, right=0.99, wspace=0.24, top=1 - 0.55 / height, bottom=(0.48 + 0.19 * rows) / height)
    panels = [("gradients", "error at $T$", lambda c: (c.gradients, c.error)), ("seconds", "error at $T$", lambda c: (c.seconds, c.error)),
              ("gradients", "largest relative drift of a law", lambda c: (c.gradients, c.drift))]
    for ax, letter, (x_label, y_label, of) in zip(axes, "abc", panels):
        for curve in shown:
            x, y = of(curve)
            curve.draw(ax, x, y, ~curve.measured if letter != "c" else np.zeros(len(x), bool))
        ax.set(xscale="log", yscale="log", xlabel=x_label, ylabel=y_label)
        ax.set_title(letter, loc="left", fontsize=9, fontweight="bold", pad=3)
        ax.yaxis.set_major_locator(LogLocator(10, numticks=9))
        ax.xaxis.set_major_locator(LogLocator(10, numticks=6))
        ax.yaxis.set_minor_formatter(NullFormatter())
        ax.grid(color="#E6E6E6", lw=0.5)
        ax.set_axisbelow(True)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
    if not any(np.isfinite(curve.drift).any() for curve in shown):
        axes[2].set_ylim(1e-16, 1)  # a logarithmic scale needs numbers
        axes[2].text(0.5, 0.5, "no laws, or none watched", transform=axes[2].transAxes, ha="center", color="#888888")
    for ax in axes[:2]:
        low = min(ax.get_ylim()[0], limit)
        if any((~curve.measured).any() for curve in shown):
            ax.set_ylim(low / 3)
            ax.axhspan(ax.get_ylim()[0], limit, color="#DDDDDD", lw=0, zorder=0)
    handles = [Line2D([], [], **curve.style) for curve in shown]
    canvas.legend(handles, [curve.name for curve in shown], loc="lower center", ncol=columns, frameon=False, handlelength=2.6, fontsize=8,
                  bbox_to_anchor=(0.5, 0.0), columnspacing=1.6, labelspacing=0.25)
    for i, line in enumerate(caption(file, left_out)):
        canvas.text(0.06, 1 - (0.16 + 0.16 * i) / height, line, fontsize=7.5, color="#444444", va="center")
    os.makedirs(os.path.dirname(os.path.abspath(output)), exist_ok=True)
    canvas.savefig(output, dpi=200)


if __name__ == "__main__":
    sys.exit(figure_program(__doc__, "accuracy", lambda arguments, output: draw(open_results(arguments.results, "accuracy"), output)))
