#!/usr/bin/env python3
"""Kills the program with SIGKILL, at random moments, at each of its first write system calls and at as many drawn from
all of them, and looks at what it leaves: no file, or one that opens in plain h5py and whose runs hold, bit for bit, every row that `valid_rows` counts.
Then it resumes the job: killed once more or not, the file is in the end that of an uninterrupted one.

    tests/experiments/kills.py [--random 200] [--writes 200]     (needs h5py and strace)
"""
import argparse
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import time

import h5py

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "build/release/drift"
JOB = ("--model swiglu moe-softmax --data teacher --set d=6 outputs=4 width=4 --samples 64 --time 4 --step-size 0.05 0.01 "
       "--rtol 1e-4 1e-6 --sampling-seeds 1 --records 20 --save-parameters --checkpoint 3 --threads 2 --quiet").split()
LATE = {"prediction", "flow_error", "distance", "bound_eq9", "seconds"}  # filled after the run, or different each time


def rows(group, index):
    """What a run's rows are: {dataset: array}, those with the axes run and row."""
    found = {}
    extents = group["time"].shape

    def keep(name, item):
        if isinstance(item, h5py.Dataset) and item.shape[:2] == extents:
            found[name] = item[index]

    group.visititems(keep)
    return {name: values for name, values in found.items() if name not in LATE}


def runs(file):
    """{number: (group, place along the axis run)}"""
    groups = [group for group in file.values() if isinstance(group, h5py.Group) and "valid_rows" in group]
    return {int(number): (group, index) for group in groups for index, number in enumerate(group["number"])}


def contents(path):
    """All datasets but wall-clock times."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return {name: values for name, values in found.items() if not name.endswith("/seconds")}


def same(a, b):
    """Bit for bit; texts of variable length by their characters."""
    return a.tolist() == b.tolist() if a.dtype.kind == "O" else a.tobytes() == b.tobytes()


def check_resumed(program, path, whole, environment, again):
    """Resumes what a killed program left, `again`: killed a second time; raises where the end is not `whole`."""
    if path.exists() and again:
        subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", "trace=write,pwrite64", "-e",
                        f"inject=write,pwrite64:signal=SIGKILL:when={again}", program, "--resume", path, "--quiet"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    if not path.exists():
        return False
    with h5py.File(path) as file:
        finished = file["status"].asstr()[()] == "finished"
    if not finished:
        subprocess.run([program, "--resume", path, "--threads", "1", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    resumed = contents(path)
    assert resumed.keys() == whole.keys(), "datasets are missing"
    for name, values in whole.items():
        assert same(resumed[name], values), f"{name} of a resumed job"
    return not finished


def check(path, expected):
    """Counts the rows of what a killed program left; raises where they are not the expected ones."""
    if not path.exists():
        return None
    total = 0
    with h5py.File(path) as file:
        assert sorted(runs(file)) == sorted(expected), "runs are missing"
        for number, (group, index) in runs(file).items():
            valid = int(group["valid_rows"][index])
            here = rows(group, index)
            assert set(here) == set(expected[number]), "datasets are missing"
            for dataset, values in here.items():
                assert values[:valid].tobytes() == expected[number][dataset][:valid].tobytes(), f"run {number}: {dataset}"
            total += valid
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=PROGRAM)
    parser.add_argument("--random", type=int, default=200)
    parser.add_argument("--writes", type=int, default=200)
    arguments = parser.parse_args()
    if arguments.writes and not (shutil.which("strace") and subprocess.run(["strace", "-o", "/dev/null", "true"]).returncode == 0):
        print("skipped: kills at write calls, for strace is missing or may not trace here")
        arguments.writes = 0
    traced = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")  # the leak sanitizer does not work under strace
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "drift.h5"
        command = [arguments.program, *JOB, "--output", path]
        begin = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - begin
        with h5py.File(path) as file:
            expected = {number: rows(*place) for number, place in runs(file).items()}
        whole_file = contents(path)
        assert expected and all("value" in run and "time" in run for run in expected.values())
        path.unlink()

        chance = random.Random(1)
        moments, writes, later, resumed = [], [], [], []

        def after_kill(left):
            left.append(check(path, expected))
            again = chance.randint(1, 3000) if arguments.writes and chance.random() < 0.5 else 0
            resumed.append(check_resumed(arguments.program, path, whole_file, traced, again))
            path.unlink(missing_ok=True)

        for _ in range(arguments.random):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, seconds))
            process.kill()
            process.wait()
            after_kill(moments)
        if arguments.writes:
            calls = pathlib.Path(folder) / "calls"
            subprocess.run(["strace", "-f", "-o", calls, "-e", "trace=write,pwrite64", *command],
                           check=True, stdout=subprocess.DEVNULL, env=traced)
            path.unlink()
            all_writes = sum(1 for line in calls.open() if "write" in line)
        first = range(1, arguments.writes + 1)
        spread = [chance.randint(1, all_writes) for _ in first]
        for number in [*first, *spread]:
            inject = f"inject=write,pwrite64:signal=SIGKILL:when={number}"
            subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", "trace=write,pwrite64", "-e", inject, *command],
                           stdout=subprocess.DEVNULL, env=traced)
            after_kill(writes if len(writes) < arguments.writes else later)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # what was left hinders nobody
        after_kill(whole := [])
    print(f"resumed {sum(resumed)} jobs, about half of them killed once more: all end as the uninterrupted one")
    print(f"{len(expected)} runs of {whole[0]} rows in all; the program takes {seconds:.2f} s")
    for what, left in (("at random moments", moments), ("at the first write calls", writes),
                       ("at write calls drawn from all", later)):
        if not left:
            continue
        files = [count for count in left if count is not None]
        print(f"killed {len(left)} times {what}: {len(left) - len(files)} without a file, {len(files)} files that open, "
              f"with {min(files, default=0)} to {max(files, default=0)} rows, all as in an uninterrupted run")


if __name__ == "__main__":
    main()
