#!/usr/bin/env python3
"""What recording takes of a training: the budget of every step and a row at every step, in percent of the rest, from
samples of where one core spends its time (Linux perf, package linux-perf). Two runs of different length are subtracted,
so that what comes before the first step is none of it.

    tests/bench/recording_share.py experiments/train/cifar10.toml --data-folder DATA [--batch 128] [--steps 17 41]

A batch that is smaller than the configuration's shows the same recording beside less of the rest: --of N gives the share
of a step of N samples, the rest growing in proportion.
"""
import argparse
import pathlib
import re
import subprocess
import tempfile

TRAIN = pathlib.Path(__file__).resolve().parents[2] / "build/release/train"
LEFT_OUT = ("method", "epochs", "steps", "batch", "accumulate", "seeds", "step-size", "output", "every", "evaluations", "budget")
RECORDING = r"form_detail|Evaluator|RowLayout|Recorder|Budget|RestrictedNorms|record::|hdf5|H5|crc32|deflate"
WRITING = r"ext4|folio|write|jbd2|block|fsync|dentry"  # of the kernel


def samples(arguments, folder, steps):
    """{function: samples}"""
    lines = pathlib.Path(arguments.configuration).read_text().splitlines()
    pathlib.Path(folder, "job.toml").write_text(
        "\n".join(line for line in lines if line.split("=")[0].strip() not in LEFT_OUT))
    words = ["--config", f"{folder}/job.toml", "--data-folder", arguments.data_folder, "--batch", str(arguments.batch),
             "--steps", str(steps), "--step-size", "0.05", "--seeds", "1", "--evaluations", "0", "--threads", "1",
             "--budget", "double", "--every", "1", "--quiet", "--force", "--output", f"{folder}/job.h5"]
    subprocess.run(["taskset", "-c", arguments.core, "perf", "record", "-q", "-o", f"{folder}/perf", "-e", "cpu-clock",
                    "-F", "4000", arguments.train, *words], check=True, stdout=subprocess.DEVNULL)
    report = subprocess.run(["perf", "report", "-i", f"{folder}/perf", "--no-children", "-F", "sample,symbol"],
                            check=True, capture_output=True, text=True).stdout
    found = {}
    for count, space, name in re.findall(r"^ *(\d+) +\[(.)\] (.*)$", report, re.MULTILINE):
        found[space, name.strip()] = found.get((space, name.strip()), 0) + int(count)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("configuration", help="a TOML file of train")
    parser.add_argument("--data-folder", required=True)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--of", type=int, default=0, metavar="N", help="samples of the step of which it is a share")
    parser.add_argument("--steps", type=int, nargs=2, default=(17, 41))
    parser.add_argument("--core", default="1")
    parser.add_argument("--train", default=str(TRAIN))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        few, many = (samples(arguments, folder, steps) for steps in arguments.steps)
    spent = {key: many.get(key, 0) - few.get(key, 0) for key in few | many}
    recording = {key: count for key, count in spent.items()
                 if re.search(WRITING if key[0] == "k" else RECORDING, key[1])}
    rest = (sum(spent.values()) - sum(recording.values())) * (arguments.of or arguments.batch) / arguments.batch
    print(f"recording {100 * sum(recording.values()) / rest:.2f} % of the rest of a step of "
          f"{arguments.of or arguments.batch} samples")
    for (_, name), count in sorted(recording.items(), key=lambda item: -item[1])[:10]:
        print(f"  {100 * count / rest:5.2f} %  {name[:100]}")


if __name__ == "__main__":
    main()
