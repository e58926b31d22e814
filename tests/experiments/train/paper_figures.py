#!/usr/bin/env python3
"""The paper's figures from trainings of the shape of its own, made tiny: each is drawn from the files that it is of, its
curves are the files' numbers, and other files are refused with what to give instead.

    paper_figures.py TRAIN     (a test of ctest; needs h5py and matplotlib)
"""
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[3]
FIGURES = ROOT / "experiments/figures"
sys.path.insert(0, str(FIGURES))
sys.dont_write_bytecode = True
import paper  # noqa: E402
from training_runs import Training, training_runs  # noqa: E402

TRAIN = pathlib.Path(sys.argv[1]).resolve()
failures = []


def check(holds, what):
    if not holds:
        failures.append(what)
        print(f"FAILED: {what}")


def train(folder, name, *words):
    subprocess.run([TRAIN, "--quiet", "--steps", "6", "--every", "2", "--step-size", "0.2", "0.1", "--seeds", "1..3",
                    "--evaluations", "0", "--output", folder / name, *words], check=True, capture_output=True)
    return folder / name


def drawn(folder, figure, *files):
    output = folder / f"figure{figure}.png"
    output.unlink(missing_ok=True)
    done = subprocess.run([sys.executable, FIGURES / "paper.py", figure, *files, "-o", output], capture_output=True, text=True)
    return done, output.exists() and output.stat().st_size > 10_000


def refused(folder, figure, files, words):
    done, there = drawn(folder, figure, *files)
    check(done.returncode == 2 and not there and all(word in done.stderr for word in words) and "Traceback" not in done.stderr,
          f"figure {figure} of {[str(f) for f in files]}: code {done.returncode}, figure {there}: {done.stderr[-300:]}")


def same_numbers(path, column, laws, kind):
    """The thick line of a panel against the file, read here by itself: the mean over seeds and laws."""
    with h5py.File(path) as file:
        group = file["lm"]
        names, kinds = group["law"].asstr()[()], group["law_kind"].asstr()[()]
        chosen = [i for i, name in enumerate(names) if name.endswith(laws) and kinds[i] == kind]
        runs = np.isclose(group["step_size"][()], 0.2)
        expected = group[column][()][runs][:, :, chosen].mean(axis=(0, 2))
        parts = group[column + "_step"][()][runs][:, :, chosen].mean(axis=(0, 2))
    training = Training(training_runs(path)[1], path)
    panel = paper.Panel(training, "", column, laws + "$", (kind,))
    steps, thick, thin = panel.curves(0.2)
    check(len(chosen) == 2 and len(thin) == 2, f"{laws}: {len(chosen)} laws of two layers, {len(thin)} thin lines")
    check(np.allclose(thick, expected, rtol=1e-12) and np.allclose(np.mean(thin, axis=0), expected, rtol=1e-12),
          f"{laws}: {thick} in the figure, {expected} in the file")
    check(np.allclose(panel.curves(0.2, "_step")[1], parts, rtol=1e-12), f"{laws}: the step part")
    check(list(steps) == [0, 2, 4, 6], f"{laws}: steps {steps}")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        text = folder / "text.txt"
        text.write_text("the quick brown fox jumps over the lazy dog and runs away again " * 40)
        vit = ["--model", "vit", "--set", "layers=2", "width=8", "hidden=8", "heads=2", "patch=7", "--samples", "24"]
        lm = ["--model", "lm", "--set", "layers=2", "width=8", "hidden=8", "heads=2", "head-size=4", "experts=3",
              "--data", str(text), "--tokenizer", "characters", "--tokens", "8", "--samples", "24"]
        sgd, gd = ["--batch", "8"], ["--method", "gd"]
        images, images_full = train(folder, "vit.h5", *vit, *sgd), train(folder, "vit_full.h5", *vit, *gd)
        words, words_full = train(folder, "lm.h5", *lm, *sgd), train(folder, "lm_full.h5", *lm, *gd)
        sigmoid = [train(folder, f"sigmoid{k}.h5", *lm, *how, "--set", "gate=normalised-sigmoid")
                   for k, how in enumerate((gd, sgd))]
        no_budget = train(folder, "no_budget.h5", *lm, *sgd, "--budget", "off")
        for figure, files in (("2", (images, words)), ("3", (images_full, words_full)), ("4", sigmoid), ("5", (images, words)),
                              ("5", (images, no_budget))):
            done, there = drawn(folder, figure, *files)
            check(done.returncode == 0 and there, f"figure {figure}: code {done.returncode}: {done.stderr[-300:]}")
        same_numbers(words, "law_error", "moe.gate_sum", "law")
        same_numbers(words, "law_error", "attention.query_key", "law")
        same_numbers(sigmoid[1], "law_error", "moe.gate_row_sum", "control")
        same_numbers(words_full, "law_deviation", "attention.value_output", "law")
        refused(folder, "4", (words_full, words), ["softmax gate", "--set gate=normalised-sigmoid"])
        refused(folder, "2", (images, sigmoid[1]), ["normalised sigmoid gate", "--set gate=softmax"])
        refused(folder, "2", (words, images), ["lm", "SwiGLU"])
        refused(folder, "3", (folder / "missing.h5", words), ["missing.h5"])
        refused(folder, "3", (text, words), ["text.txt"])
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
