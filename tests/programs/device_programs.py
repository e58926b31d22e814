#!/usr/bin/env python3
"""The programs with `--backend cuda` on a device that is the host (device_double.h): what `train` writes is what it
writes without, but for roundings; a run that is interrupted and resumed is, bit for bit, one that was not; products of
TF32 drift by their own roundings, which the bounds allow; runs that diverge end with a finite state.

    tests/programs/device_programs.py DRIFT_ON_DOUBLE TRAIN_ON_DOUBLE     (a test of ctest)
"""
import os
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

DRIFT, TRAIN = (os.path.abspath(program) for program in sys.argv[1:3])
NET = ("--model vit --data fashion-mnist --samples 64 --set layers=1 width=8 hidden=6 heads=2 patch=7 --seeds 3 "
       "--quiet --force").split()
SGD = "--batch 16 --step-size 0.05".split()
ROWS = "--every 5 --evaluations 2 --steps 20".split()


def call(program, *words, code=0):
    ended = subprocess.run([program, *words], capture_output=True, text=True, timeout=600)
    assert ended.returncode == code, (words, ended.returncode, ended.stderr)
    return ended.stdout + ended.stderr


def train(name, *words, code=0):
    call(TRAIN, *NET, "--output", name, *words, code=code)
    return run_of(name)


def runs(file):
    """The group of the only model."""
    return next(group for group in file.values() if isinstance(group, h5py.Group) and "valid_rows" in group)


def run_of(name, number=0):
    found = {}
    with h5py.File(name) as file:
        group = runs(file)
        index = list(group["number"]).index(number)

        def keep(key, item):
            if isinstance(item, h5py.Dataset) and item.attrs.get("CLASS") != b"DIMENSION_SCALE" and len(item) == len(group["number"]):
                found[key] = item[index]

        group.visititems(keep)
    return found


def contents(name):
    found = {}
    with h5py.File(name) as file:
        file.visititems(lambda key, item: found.update({key: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return {key: value for key, value in found.items() if not key.endswith("seconds")}


def same(a, b):
    assert a.keys() == b.keys(), a.keys() ^ b.keys()
    for key in a:
        x, y = np.asarray(a[key]), np.asarray(b[key])
        assert x.tolist() == y.tolist() if x.dtype.kind == "O" else x.tobytes() == y.tobytes(), key


def distance(a, b):
    scale = np.nanmax(np.abs(b), initial=0.0)
    assert (np.isnan(a) == np.isnan(b)).all()
    return np.nanmax(np.abs(a - b), initial=0.0) / scale if scale > 0.0 else np.nanmax(np.abs(a), initial=0.0)


def compare(words, tolerance):
    """Host and device; what the roundings themselves make (update and gradient parts of laws) is none of it."""
    host, device = (train(f"{backend}.h5", *ROWS, *words, "--backend", backend)
                    for backend in ("host", "cuda"))
    for key in ("batch_loss", "eval_loss", "batch_gradient_norm", "bound", "bound_eq9", "step_part", "value",
                "prediction", "prediction_error"):
        assert distance(device[key], host[key]) < tolerance, (words, key, distance(device[key], host[key]))
    largest = np.nanmax(np.abs(host["value"]))
    assert np.nanmax(np.abs(device["closure"])) < 1e-13 * largest, np.nanmax(np.abs(device["closure"]))
    assert device["gradients"] == host["gradients"] == 20 and device["step"][-1] == 20
    return host, device


def interrupted(*words):
    """A job that is stopped by Ctrl-C once or more, and resumed, against one that was not."""
    words = [*NET, "--steps", "400", "--every", "20", "--checkpoint", "1", "--backend", "cuda", *words]
    call(TRAIN, *words, "--output", "whole.h5")
    process = subprocess.Popen([TRAIN, *words, "--output", "cut.h5"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    begun = time.monotonic()
    while time.monotonic() - begun < 60 and process.poll() is None:
        time.sleep(0.05)
        if os.path.exists("cut.h5.checkpoints/0000.h5") or time.monotonic() - begun > 1.0:
            break
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    with h5py.File("cut.h5") as file:
        rows = int(runs(file)["valid_rows"][0])
    call(TRAIN, "--resume", "cut.h5", "--quiet")
    whole, cut = contents("whole.h5"), contents("cut.h5")
    same(cut, whole)
    return rows


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        plain = [*SGD, "--precision", "float", "--budget", "double", "--probes", "2"]
        host, device = compare(plain, 1e-4)
        assert not np.array_equal(device["value"], host["value"]), "the device's sums have another order"
        compare([*SGD, "--precision", "double", "--budget", "double"], 1e-11)
        compare([*SGD, "--precision", "double", "--budget", "exact"], 1e-11)
        compare([*SGD, "--precision", "mixed", "--budget", "double"], 1e-4)
        compare(["--precision", "float", "--budget", "double", "--method", "gd", "--step-size", "0.05"], 1e-4)
        same(train("again.h5", *ROWS, *plain, "--backend", "cuda") | {"seconds": 0},
             device | {"seconds": 0})

        rows = [interrupted(*plain), interrupted(*SGD, "--precision", "double", "--budget", "double")]
        print(f"interrupted after {rows} of 21 rows")
        assert any(0 < count < 21 for count in rows), rows

        # Twice the bits off: the products' roundings show in the laws that nothing else moves, within their bounds.
        rounded = train("tf32.h5", *ROWS, *plain, "--backend", "cuda-tf32")
        for part, factor in (("gradient_part", 10.0), ("update_part", 0.1)):
            sizes = [np.nanmedian(np.abs(run[part][-1])) for run in (rounded, device)]
            assert sizes[0] > factor * sizes[1], (part, sizes)
        assert distance(rounded["batch_loss"], host["batch_loss"]) < 1e-3
        with h5py.File("tf32.h5") as file:
            laws = file["summary/kind"][()] == b"law"
            assert 0.0 < np.max(file["summary/ratio"][()][laws]) <= 1.0, file["summary/ratio"][()]
            assert file.attrs["backend"] in ("cuda-tf32", b"cuda-tf32"), file.attrs["backend"]

        diverged = train("diverged.h5", *ROWS, "--batch", "16", "--step-size", "1e9", "--precision", "float",
                         "--backend", "cuda", code=3)  # its only run is lost
        text = diverged["status_message"].decode()
        assert text.startswith("diverged at step 0"), text
        same({key: diverged[key] for key in diverged if key.startswith("end/")},
             {key: diverged["start" + key[3:]] for key in diverged if key.startswith("end/")})

        words = ("--model swiglu --data teacher --set d=4 outputs=2 --samples 32 --time 0.5 --step-size 0.05 "
                 "--rtol 1e-8 --sampling-seeds 1 --quiet --force").split()
        for backend in ("host", "cuda"):
            call(DRIFT, *words, "--backend", backend, "--output", f"drift_{backend}.h5")
        with h5py.File("drift_host.h5") as a, h5py.File("drift_cuda.h5") as b:
            for run, (there, here) in enumerate(zip(b["swiglu/loss"][()], a["swiglu/loss"][()])):
                assert distance(there, here) < 1e-9, run
    print("the device's results are the host's")


if __name__ == "__main__":
    main()
