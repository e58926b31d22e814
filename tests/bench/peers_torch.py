#!/usr/bin/env python3
"""A training step of ours (bench_models) beside PyTorch's (bench.py of $INVAR_SHARED/peers/torch), on the same core in
one run: medians of alternating rounds, in milliseconds of processor time with one thread, of wall time with more.

    cmake --build --preset bench --target bench_models
    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch numpy h5py
    INVAR_SHARED=... tests/bench/peers_torch.py --torch /tmp/torch/bin/python [--large] [--threads 2] [NAME...]

Memory is the largest resident set, of PyTorch less the 400 MiB of its libraries.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = ROOT / "build/release/tests/bench/bench_models"
MODELS = {"A": (32, 128), "B": (8, 32), "C": (4, 16), "C2": (4, 16)}  # name -> micro-batches
BLOCKS = ["swiglu", "mha", "mha_rope", "moe", "moe_top2"]
LIBRARIES_MIB = 400


def step(command, arguments):
    """The line of JSON that a program prints, or None where it failed."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([*command, "--threads", str(arguments.threads), "--seconds", str(arguments.seconds)],
                          capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        print(done.stderr.strip().splitlines()[-1:], file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"of {' '.join([*MODELS, *BLOCKS])}; none: all")
    parser.add_argument("--torch", required=True, metavar="PYTHON", help="a Python that has torch")
    parser.add_argument("--large", action="store_true", help="the models' larger micro-batches")
    parser.add_argument("--core", default="1", help="that one thread runs on")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3.0, help="a measurement takes at least")
    parser.add_argument("--ours", default=str(OURS), help="bench_models")
    arguments = parser.parse_args()
    if "INVAR_SHARED" not in os.environ:
        print("skipped: INVAR_SHARED does not name the folder with PyTorch's models")
        return
    bench = str(pathlib.Path(os.environ["INVAR_SHARED"]) / "peers/torch/bench.py")
    pin = ["taskset", "-c", arguments.core] if arguments.threads == 1 else []
    time = "ms_cpu" if arguments.threads == 1 else "ms"
    configurations = [(name, batches[arguments.large], "float32") for name, batches in MODELS.items()]
    if not arguments.large:
        configurations += [(name, 0, dtype) for dtype in ("float32", "float64") for name in BLOCKS]
    if arguments.names:
        configurations = [c for c in configurations if c[0] in arguments.names]
    print("| step | dtype | ours | eager | compile | ratio | ours MiB | PyTorch MiB | ratio |\n|---|---|---|---|---|---|---|---|---|")
    for name, batch, dtype in configurations:
        common = [name, "--batch", str(batch), "--dtype", dtype]
        commands = {"ours": [*pin, arguments.ours, *common],
                    "eager": [*pin, arguments.torch, bench, *common],
                    "compile": [*pin, arguments.torch, bench, *common, "--compile"]}
        rounds = {which: [] for which in commands}
        for _ in range(arguments.rounds):
            for which, command in commands.items():
                if (found := step(command, arguments)) is not None:
                    rounds[which].append(found)
        if not all(rounds.values()):
            print(f"| {name} | {dtype} | failed |")
            continue
        ms = {which: statistics.median(r[time] for r in found) for which, found in rounds.items()}
        mib = {which: max(r["peak_rss_mib"] for r in found) for which, found in rounds.items()}
        peers = min(mib["eager"], mib["compile"]) - LIBRARIES_MIB
        batch_text = f"/{batch}" if batch else ""
        print(f"| {name}{batch_text} | {dtype} | {ms['ours']:.1f} | {ms['eager']:.1f} | {ms['compile']:.1f} | "
              f"{ms['ours'] / min(ms['eager'], ms['compile']):.2f} | {mib['ours']} | {peers} | {mib['ours'] / peers:.2f} |", flush=True)


main()
