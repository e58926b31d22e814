#!/usr/bin/env python3
"""`train --plan` for the paper's configurations and their small siblings, without their data: parameters, steps and
operations against formulas of the models, times against the device's assumed figures; and what it makes of data that
are there, of nets that do not fit, and of wrong input.

    tests/experiments/train/plan_estimates.py TRAIN     (a test of ctest; the known sizes are compared with the files below
                                                   INVAR_SHARED/data, where that names a folder)
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

CONFIGURATIONS = pathlib.Path(__file__).resolve().parents[3] / "experiments" / "train"
PREFIX = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def run(program, *words, code=0):
    ended = subprocess.run([program, *words], capture_output=True, text=True, timeout=60)
    assert ended.returncode == code, f"{words}: exit code {ended.returncode}: {ended.stderr}"
    return ended.stdout if code == 0 else ended.stderr


def number(text):
    """\"3.72 T\" of \"3.72 TFLOP\", \"7,130\"."""
    found = re.match(r"([\d.,e+]+)(?: ([kMGTP]?)(?:B|FLOP)\b)?", text)
    return float(found[1].replace(",", "")) * PREFIX[found[2] or ""]


def seconds(text):
    return sum(float(value) * SECONDS[unit] for value, unit in re.findall(r"([\d.e-]+) (us|ms|min|s|h|d)\b", text))


def read(text):
    """The lines by their names, as [first, second, third] columns; `steps` and what stands in the headings."""
    lines = {}
    for line in text.splitlines():
        assert len(line) <= 80, line
        if line.startswith("  ") and len(line) > 28 and line[2] != " ":
            name = line[2:28].strip()
            lines.setdefault(name, [line[28:46].strip(), line[46:58].strip(), line[58:].strip()])
    lines["count"] = int(re.search(r": ([\d,]+) parameters", text)[1].replace(",", ""))
    lines["batch"] = int(re.search(r"a step of ([\d,]+) sample", text)[1].replace(",", ""))
    return lines


def vit(layers, width, hidden, patch, side, classes):
    """(parameters, multiplications of a sample): patches of 3 channels, positions, attention and SwiGLU with their norms, a head."""
    tokens = (side // patch) ** 2
    maps = 4 * width * width + 3 * width * hidden
    parameters = 3 * patch * patch * width + tokens * width + layers * (maps + 2 * width) + width + classes * width
    products = tokens * (3 * patch * patch * width + layers * (maps + 2 * tokens * width)) + classes * width
    return parameters, products


def lm(layers, width, hidden, experts, heads, head_size, vocabulary, tokens):
    inner = heads * head_size
    maps = 4 * width * inner + experts * 3 * width * hidden + experts * width
    parameters = 2 * vocabulary * width + layers * (maps + 2 * width) + width
    products = tokens * (vocabulary * width + layers * (maps + 2 * tokens * inner + experts * width))
    return parameters, products


# (parameters and multiplications, samples of a step, steps): of the paper its App. D, where all samples are full batch.
EXPECTED = {
    "cifar10": (vit(6, 256, 1024, 4, 32, 10), 50_000, 300),
    "imagenet": (vit(12, 192, 768, 16, 224, 1000), 1024, 5 * (1_281_167 // 1024)),
    "ptb": (lm(12, 192, 768, 4, 3, 64, 10_000, 256), 929_588 // 256, 300),
    "wikitext103": (lm(12, 192, 768, 4, 3, 64, 267_735, 256), 48, 15_000),
    "cifar10_small": (vit(2, 48, 96, 4, 16, 10), 200, 300),
    "imagenet_small": (vit(2, 48, 96, 4, 32, 997), 32, 40 * (256 // 32)),
    "ptb_small": (lm(2, 48, 96, 4, 3, 16, 50, 32), 64, 300),
    "wikitext103_small": (lm(2, 48, 96, 4, 3, 16, 283, 32), 16, 500),
}
RUNS = 30  # three step sizes, ten seeds


def check_configuration(program, name, empty):
    (parameters, products), batch, steps = EXPECTED[name]
    text = run(program, "--config", str(CONFIGURATIONS / f"{name}.toml"), "--data-folder", empty, "--plan")
    lines = read(text)
    assert lines["count"] == parameters, (name, lines["count"], parameters)
    assert lines["batch"] == batch, (name, lines["batch"])
    assert number(lines["steps"][0]) == steps, (name, lines["steps"], steps)
    assert "not here" in text and " fits" in text, text
    # The gradient of a product is two; that of the first layer's input is none, and what norms and masks take is little.
    operations = number(lines["products"][0])
    assert 0.99 < operations / (6 * products * batch) < 1.01, (name, operations / (6 * products * batch))
    memory = number(lines["together"][0])
    parts = ["parameters", "gradient, and its sum", "values of a chunk", "data of a chunk", "evaluation", "CUDA and cuBLAS"]
    total = sum(number(lines[part][0]) for part in parts if part in lines and (part != "evaluation" or lines[part][0]))
    assert abs(memory / total - 1) < 0.02, (name, memory, total)
    assert abs(number(lines["parameters"][0]) / (8 * parameters) - 1) < 0.01  # before a step and after it
    return lines, text


def step_seconds(text):
    """(bounds of arithmetic, memory, launches, host; their estimate)"""
    step = text[text.index("a step of"):text.index("\nruns")]
    rows = [line[46:58] for line in step.splitlines()[1:]]
    return [seconds(row) for row in rows]


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name in EXPECTED:
            lines, text = check_configuration(program, name, folder)
            arithmetic, memory, launches, host, together = step_seconds(text)
            assert abs(arithmetic / (number(lines["products"][0]) / 67e12) - 1) < 0.02, text
            assert abs(memory / (number(lines["device's memory"][0]) / 3.35e12) - 1) < 0.02, text
            assert max(arithmetic, memory) < together < 1.02 * (arithmetic + memory + launches + host), text
            run_seconds, runs = seconds(lines["a run"][1]), int(lines["all"][0])
            assert runs == RUNS and abs(seconds(lines["all"][1]) / (RUNS * run_seconds) - 1) < 0.03, text
            print(f"{name}: {lines['count']} parameters, {together:.3g} s a step, {lines['all'][1]}")
        assert not os.listdir(folder), f"--plan left {os.listdir(folder)}"

        # Data that are there give their own shapes.
        os.makedirs("ptb")
        pathlib.Path("ptb/ptb.train.txt").write_text("the cat sat\nthe dog ran\n" * 200)
        pathlib.Path("ptb/ptb.valid.txt").write_text("the dog sat\n" * 50)
        small = ["--model", "lm", "--set", "layers=1", "width=6", "heads=1", "head-size=4", "experts=2", "hidden=4",
                 "--data", "ptb", "--data-folder", folder, "--tokens", "8", "--batch", "8"]
        there = read(run(program, *small, "--plan"))
        dry = run(program, *small, "--dry-run")
        assert there["count"] == int(re.search(r"lm: (\d+) parameters", dry)[1]), dry
        assert number(there["steps"][0]) == (200 * 8 - 1) // 8 // 8, there
        # More runs than fit at a time, and nets that do not.
        big = ["--config", str(CONFIGURATIONS / "wikitext103.toml"), "--data-folder", folder + "/none", "--plan"]
        assert "give --threads 9" in run(program, *big, "--seeds", "1..9", "--threads", "40")
        assert "does not fit in 80 GB" in run(program, *big, "--set", "layers=1", "width=16384", "hidden=64")
        double = run(program, *big, "--precision", "float", "double")
        assert double.count("parameters\n") == 2 and "all of them: " in double, double

        # Where steps are the host's, parameters and gradient come and go; products of TF32 take less.
        cifar10 = ["--config", str(CONFIGURATIONS / "cifar10.toml"), "--data-folder", folder + "/none", "--plan"]
        stays, comes, tf32 = (read(run(program, *cifar10, *more)) for more in
                              ([], ["--budget", "exact"], ["--backend", "cuda-tf32"]))
        link = [number(lines["from and to the host"][0]) for lines in (stays, comes)]
        assert abs((link[1] - link[0]) / (8 * stays["count"]) - 1) < 0.01, link
        assert number(stays["parameters"][0]) == 2 * number(comes["parameters"][0]), (stays, comes)
        times = [seconds(lines["products"][1]) for lines in (stays, tf32)]
        assert abs(times[0] / times[1] / (494.5 / 67) - 1) < 0.02, times

        for words, wanted in (
            (["--plan", "--data", "wikitext103", "--tokenizer", "bytes", "--model", "lm"], ["wikitext-103", "unpack"]),
            (["--plan", "--data", "imagenet", "--pool", "3"], ["pool = 3", "224 x 224", "choose one of"]),
            (["--plan", "--data", "cifar10", "--samples", "50001"], ["50001", "holds 50000"]),
            (["--plan", "--data", "cifar10", "--set", "patch=4", "--batch", "60000"], ["60000", "50000"]),
            (["--plan", "--resume", "x.h5"], ["--plan: goes not with --resume"]),
        ):
            message = run(program, *words, "--data-folder", folder + "/none", code=2)
            assert all(word in message for word in wanted), (words, message)
        drift = pathlib.Path(program).with_name("drift")
        if drift.exists():
            assert "'--plan' is no option" in run(drift, "--plan", code=2)

        # Known sizes are those of the files.
        shared = os.environ.get("INVAR_SHARED", "")
        if not shared:
            print("skipped: the known sizes against the data; INVAR_SHARED names no folder with them")
        for name in ("ptb", "ptb_small", "wikitext103_small") if shared else ():
            words = ["--config", str(CONFIGURATIONS / f"{name}.toml"), "--plan", "--samples", "0", "--eval-samples", "0"]
            known, found = (run(program, *words, "--data-folder", data) for data in (folder + "/none", f"{shared}/data"))
            after = [text[text.index("memory of"):] for text in (known, found)]
            assert "not here" in known and "not here" not in found and after[0] == after[1], (known, found)
    print("--plan agrees with the models' formulas")


if __name__ == "__main__":
    main()
