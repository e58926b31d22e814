#!/usr/bin/env python3
"""The first 20 losses of `train` against PyTorch's, from the same weights on the same real data, in float: full batches of
the first samples of CIFAR-10 and of Penn Treebank. Needs PyTorch and h5py, and in the folder that INVAR_SHARED names the
PyTorch models (peers/torch/models.py) and the data (data/); without one of them it skips.

    INVAR_SHARED=FOLDER python tests/experiments/train/torch_losses.py [build/release/train]
"""
import os
import pathlib
import subprocess
import sys
import tempfile

SKIPPED = 77
STEPS, TAU = 20, 0.02  # larger steps tear float trajectories apart, PyTorch's from its own in double, too
shared = os.environ.get("INVAR_SHARED")
try:
    import h5py
    import numpy as np
    import torch

    sys.path.insert(0, str(pathlib.Path(shared or "none") / "peers/torch"))
    import models
except ImportError as error:
    print(f"skipped: {error}" + ("" if shared else ", and INVAR_SHARED is not set"))
    sys.exit(SKIPPED)

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else str(pathlib.Path(__file__).resolve().parents[3] / "build/release/train")
DATA = pathlib.Path(shared) / "data"


def torch_losses(model, x, y):
    optimiser = torch.optim.SGD(model.parameters(), lr=TAU)
    losses = []
    for _ in range(STEPS):
        loss = model.loss(x, y)
        losses.append(loss.item())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return np.array(losses)


def train_losses(model, folder, arguments):
    weights = folder / "weights.h5"
    with h5py.File(weights, "w") as file:
        for name, tensor in model.export():
            file[f"parameters/{name}"] = tensor.double().numpy()
    output = folder / "results.h5"
    subprocess.run([PROGRAM, "--weights", weights, "--output", output, "--force", "--quiet", "--method", "gd", "--schedule",
                    "constant", "--steps", str(STEPS), "--every", "1", "--evaluations", "0", "--step-size", str(TAU),
                    "--seeds", "1", *arguments], check=True, stdout=subprocess.DEVNULL)
    with h5py.File(output) as file:
        return next(group for group in file.values() if isinstance(group, h5py.Group) and "valid_rows" in group)["batch_loss"][0, 1:]


def cifar(count):
    records = np.fromfile(DATA / "cifar-10-batches-bin/data_batch_1.bin", np.uint8, 3073 * count).reshape(count, 3073)
    pixels = records[:, 1:].astype(np.float64)
    pixels = (pixels - pixels.mean()) / pixels.std()
    return torch.tensor(pixels.reshape(count, 3, 32, 32), dtype=torch.float32), torch.tensor(records[:, 0].astype(np.int64))


def treebank(count, length):
    words = []
    for line in open(DATA / "ptb/ptb.train.txt"):
        words += line.split() + ["<eos>"]
    numbers = {}
    for word in words:
        numbers.setdefault(word, len(numbers))
    tokens = torch.tensor([numbers[word] for word in words[: count * length + 1]])
    return tokens[:-1].view(count, length), tokens[1:].view(count, length), len(numbers)


torch.manual_seed(1)
worst = 0.0
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    vit = models.ViT(size=32, patch=4, layers=2, d=32, h=64, heads=2, classes=10)
    x, y = cifar(24)
    cases = {"vit": (vit, x, y, ["--model", "vit", "--data", DATA / "cifar-10-batches-bin", "--samples", "24", "--set", "layers=2",
                                 "width=32", "hidden=64", "heads=2", "patch=4"])}
    for gate, option in (("softmax", "softmax"), ("nsigmoid", "normalised-sigmoid")):
        x, y, vocabulary = treebank(6, 16)
        torch.manual_seed(1)
        lm = models.LM(vocabulary, 16, layers=2, d=24, h=32, heads=2, experts=3, gate=gate)
        torch.nn.init.normal_(lm.embedding.weight)
        cases[f"lm {option}"] = (lm, x, y, ["--model", "lm", "--data", DATA / "ptb/ptb.train.txt", "--samples", "6", "--tokens", "16",
                                            "--set", "layers=2", "width=24", "hidden=32", "heads=2", "head-size=12",
                                            "experts=3", f"gate={option}"])
    for case, (model, x, y, arguments) in cases.items():
        ours = train_losses(model, folder, arguments)  # before PyTorch moves the weights
        theirs = torch_losses(model, x, y)
        difference = np.max(np.abs(ours / theirs - 1.0))
        print(f"{case}: loss {theirs[0]:.6f} to {theirs[-1]:.6f}, largest relative difference {difference:.1e}")
        worst = max(worst, difference)
assert worst < 1e-5, worst
