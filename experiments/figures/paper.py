#!/usr/bin/python3
"""The paper's figures 2 to 5 from results files of train; figure 1 is level_set.py's.

    paper.py 2 results/imagenet.h5 results/wikitext103.h5 [-o results/figure2.png]

2  large sets, SGD: the error of attention and SwiGLU (imagenet), RoPE and the softmax gate (wikitext103): Eq. 10
3  small sets, full batch, cifar10 and ptb: the same parts, the mean relative deviation of all that is followed of them
4  the normalised sigmoid gate, ptb in full batch and wikitext103 in batches, runs with --set gate=normalised-sigmoid
5  what is conserved (red) and what is not (green): Eq. 10 of laws and controls, imagenet and wikitext103

Above: a colour for each step size, a thick line the mean over seeds and layers, thin ones the layers (figure 5: the
quantities, over layers). Below, of the thick lines, the part that is step (solid) and the rest: the rounding of a law
(dashed), or the training, where the quantity is no law (dotted).
Of gates both readings, the sum over the experts and the sum over the inputs. Nothing but the files is read.
"""
import argparse
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
from results_file import Wrong, distinct, guarded, left_out, text
from training_runs import COLOURS, INK, Training, alone, finish, mean, training_runs

RED, GREEN = ("#7F1D1D", "#D62728", "#F4A6A6"), ("#0B4F30", "#2CA02C", "#A9DDA9")  # by step size, the largest first
GATES = {"law": "softmax gate", "claim": "normalised sigmoid gate"}  # what the sum over the experts is of it


class Panel:
    """What is drawn of a training: a column of the file, of it the laws or blocks that `pattern` finds, and which of them
    make a thin line: the layer's, or the law's of all layers."""

    def __init__(self, training, title, column, pattern, kinds=("law",), thin="layer"):
        self.training, self.title, self.column, self.law = training, title, column, kinds == ("law",)
        group = training.runs[0].group
        if column.startswith("block"):
            names, among = [text(name) for name in group["block"][()]], None
        else:
            names, among = training.laws, training.kinds
        found = [i for i, name in enumerate(names) if re.search(pattern, name) and (among is None or among[i] in kinds)]
        self.thin = {}
        for i in found:
            layer = re.search(r"layers\.\d+\.", names[i])
            key = (layer[0] if layer else "") if thin == "layer" else re.sub(r"layers\.\d+\.", "", names[i])
            self.thin.setdefault(key, []).append(i)
        if not found:
            raise Wrong(f"{training.path}: {training.runs[0].model} has no {title} ({' or '.join(kinds)}): its laws are "
                        f"{', '.join(sorted(set(re.sub(r'layers.[0-9]+', 'layers.*', name) for name in training.laws)))}; "
                        "give the file of a net that has it, images first")

    def curves(self, size, part=""):
        """Steps, the mean over all, and the means of the thin lines."""
        runs = self.training.of_size(size)
        rows = min(run.rows for run in runs)
        steps = runs[0].group["step"][:rows]
        if self.column + part not in runs[0].group:
            return steps, np.full(rows, np.nan), []
        values = np.array([run.group[self.column + part][:rows] for run in runs])
        thin = [mean(values[:, :, members], (0, 2)) for members in self.thin.values()]
        return steps, mean(values[:, :, sum(self.thin.values(), [])], (0, 2)), thin


def draw_line(ax, steps, values, colour, style="-", width=1.6, **more):
    shown = (steps > 0) & (values > 0)
    if shown.any():
        ax.plot(steps[shown], values[shown], style, color=colour, lw=width, **alone(shown), **more)


def draw_panel(above, below, panels, palettes):
    """Several panels share axes where figure 5 has laws and controls in one."""
    for panel, palette in zip(panels, palettes):
        for colour, size in zip(palette, panel.training.sizes):
            steps, thick, thin = panel.curves(size)
            for layer in thin if len(thin) > 1 else []:
                draw_line(above, steps, layer, colour, width=0.5, alpha=0.7)
            draw_line(above, steps, thick, colour)
            for part, style in (("_step", "-"), ("_rest", "--" if panel.law else ":")):
                steps, values, _ = panel.curves(size, part)
                draw_line(below, steps, values, colour, style, 1.1)
    if below.lines and not any(line.get_linestyle() == "-" for line in below.lines):
        below.text(0.97, 0.05, "step part: 0", transform=below.transAxes, ha="right", fontsize=6.5)
    for ax in (above, below):
        finish(ax)
        if not ax.lines:
            ax.text(0.5, 0.5, "no parts: --budget off" if ax is below else "all start at 0", transform=ax.transAxes, ha="center", color="#999999")


def gate_panels(training, column, gate):
    """Both readings of the paper's sum of a gate [expert e, input d]."""
    kind = next((kind for law, kind in zip(training.laws, training.kinds) if law.endswith("gate_sum")), None)
    if kind != gate:
        has = f"its gate is the {GATES[kind]}" if kind in GATES else "it has none"
        raise Wrong(f"{training.path}: the figure is of the {GATES[gate]}, and {has}; give runs of train --model lm "
                    f"--set gate={GATES[gate].removesuffix(' gate').replace(' ', '-')}")
    name = GATES[gate]
    return [Panel(training, f"{name}\n$\\Sigma_e\\, G_{{ed}}$", column, r"\.gate_sum$", (gate,)),
            Panel(training, f"{name}\n$\\Sigma_d\\, G_{{ed}}$, a control", column, r"\.gate_row_sum$", ("control",))]


def of_blocks(images, words, column):
    if column == "block_error":
        scope = {"attention": r"attention$", "ffn": r"ffn$"}
    else:
        scope = {"attention": r"attention\.", "ffn": r"ffn\."}
    gate_column = "law_error" if column == "block_error" else column
    return [[Panel(images, "attention", column, scope["attention"])], [Panel(images, "SwiGLU", column, scope["ffn"])],
            [Panel(words, "attention with RoPE", column, scope["attention"])],
            *([panel] for panel in gate_panels(words, gate_column, "law"))]


def conserved_or_not(training):
    return [Panel(training, training.runs[0].model, "law_error", "", (kind,), "law") for kind in ("law", "control")]


# The panels of a figure from its two trainings, the label of their axis, the methods of these.
FIGURES = {
    "2": (lambda images, words: of_blocks(images, words, "block_error"), "error, Eq. 10", ("sgd", "sgd")),
    "3": (lambda images, words: of_blocks(images, words, "law_deviation"), r"$\|h - h_0\|\,/\,\|h_0\|$", ("gd", "gd")),
    "4": (lambda full, batches: [[panel] for one in (full, batches) for panel in gate_panels(one, "law_error", "claim")], "error, Eq. 10",
          ("gd", "sgd")),
    "5": (lambda images, words: [conserved_or_not(images), conserved_or_not(words)], "error, Eq. 10", ("sgd", "sgd")),
}


def described(training):
    run = training.runs[0]
    seeds = {size: len(training.of_size(size)) for size in training.sizes}
    counts = sorted(set(seeds.values()))
    data = re.sub(r"\S*/", "", text(run.group.attrs["data"])).split("; ")[0]
    return (f"{run.model}, {run.attribute('precision')}, {int(run.group.attrs['parameters']):,} parameters, {run.method}, "
            f"batch {run.attribute('batch', 'all')}, {run.schedule}; {data}; {'–'.join(map(str, counts))} run{'s' if counts != [1] else ''} a step size")


def draw(number, paths, output):
    panels_of, label, methods = FIGURES[number]
    trainings = []
    for path in paths:
        runs, shown = training_runs(path)
        trainings.append(Training(shown, path))
        trainings[-1].rest = left_out([run for run in runs if run not in shown], trainings[-1].runs[:1])
    for training, method in zip(trainings, methods):
        if training.runs[0].method != method:
            raise Wrong(f"{training.path}: is of {training.runs[0].method}, where figure {number} takes {' and '.join(methods)}, in this order; "
                        "give the file of such a training")
        if len(training.sizes) > len(RED):
            raise Wrong(f"{training.path}: has {len(training.sizes)} step sizes, where the figure shows {len(RED)}; give runs of fewer, --step-size")
    panels = panels_of(*trainings)
    plt.rcParams.update({"font.size": 8, "axes.linewidth": 0.6, "axes.labelsize": 8, "xtick.labelsize": 7, "ytick.labelsize": 7})
    count = len(panels)
    width = max(6.4, 1.95 * count + 0.3)
    canvas, axes = plt.subplots(2, count, figsize=(width, 4.9), sharex="col", squeeze=False)
    two = len(panels[0]) > 1  # laws and controls in one
    canvas.subplots_adjust(left=0.62 / width, right=1 - 0.1 / width, top=0.78, bottom=0.2 if two else 0.15, wspace=0.3, hspace=0.14)
    for column, together in enumerate(panels):
        draw_panel(axes[0, column], axes[1, column], together, (RED, GREEN) if two else (COLOURS,))
        run = together[0].training.runs[0]
        axes[0, column].set_title(f"{together[0].title}\n{set_name(run)}, {run.method.upper()}", fontsize=8)
        axes[1, column].set_xlabel("iterations")
        axes[0, column].text(-0.12, 1.03, "abcde"[column], transform=axes[0, column].transAxes, fontsize=9, fontweight="bold")
    axes[0, 0].set_ylabel(label)
    axes[1, 0].set_ylabel("its parts")
    entries = []
    for name, palette in (("conserved, ", RED), ("not, ", GREEN)) if two else (("", COLOURS),):
        for k in range(max(len(training.sizes) for training in trainings)):
            # Where the files have other step sizes, those of the first / of the second.
            values = distinct(f"{training.sizes[k]:g}" for training in trainings if k < len(training.sizes))
            entries.append((rf"{name}$\tau$ = {' / '.join(values)}", palette[k], "-", 1.6))
    entries += [("step part", INK, "-", 1.1), ("rounding of a law", INK, "--", 1.1), ("training, of what is none", INK, ":", 1.1)]
    handles = [Line2D([], [], color=colour, ls=style, lw=lw) for _, colour, style, lw in entries]
    canvas.legend(handles, [label for label, *_ in entries], loc="lower center", ncol=3 if two else len(entries), frameon=False,
                  fontsize=6.8, handlelength=1.5, columnspacing=1.1, bbox_to_anchor=(0.5, 0.0))
    words = [described(training) + (". " + training.rest if training.rest else "") for training in trainings]
    lines = [line for word in words for line in textwrap.wrap(word, int(19 * width), max_lines=2, placeholder=" …")]
    for i, line in enumerate(lines):
        canvas.text(0.1 / width, 0.975 - 0.027 * i, line, fontsize=6.8, color="#444444")
    os.makedirs(os.path.dirname(os.path.abspath(output)), exist_ok=True)
    canvas.savefig(output, dpi=170)


def set_name(run):
    """Of the data, in short: what stands before its first comma or colon, without its folder."""
    return re.sub(r"\S*/", "", re.split(r"[:,]", text(run.group.attrs["data"]))[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], epilog=__doc__.split("\n\n")[2],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figure", choices=FIGURES, help="its number in the paper")
    parser.add_argument("results", nargs=2, help="the two HDF5 files that train wrote, in the order of the figure's sets")
    parser.add_argument("-o", "--output", help="the figure; default: figureN.png beside the first file")
    arguments = parser.parse_args()
    output = arguments.output or os.path.join(os.path.dirname(arguments.results[0]), f"figure{arguments.figure}.png")
    return guarded(parser.prog, output, lambda: draw(arguments.figure, arguments.results, output))


if __name__ == "__main__":
    sys.exit(main())
