#!/usr/bin/env python3
"""Every kind of wrong input, given to the program: each must end with exit code 2 and a message with the value, its
place and a remedy, and leave no file. Prints the table of what each was answered.

    tests/experiments/wrong_inputs.py PROGRAM     (a test of ctest; needs h5py; those on Fashion-MNIST, the data set)
"""
import fcntl
import gzip
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap

import h5py
import numpy as np

FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
SWIGLU = "--model swiglu --data teacher --set d=3 outputs=2 --time 0.1 --samples 16"


def table(path, x=np.zeros((16, 3)), y=np.zeros((16, 2))):
    with h5py.File(path, "w") as file:
        for name, values in (("x", x), ("y", y)):
            if values is not None:
                file[f"data/{name}"] = values


def problem(path, **changed):
    """A problem file of a SwiGLU block with d = h = 3, m = 2; a parameter given as None is left out."""
    tensors = {"A": np.ones((2, 3)), "V": np.ones((3, 3)), "W": np.ones((3, 3))}
    tensors.update(changed)
    table(path)
    with h5py.File(path, "r+") as file:
        for name, values in tensors.items():
            if values is not None:
                file[f"parameters/{name}"] = values


def cifar(folder, content):
    folder.mkdir()
    (folder / "data_batch_1.bin").write_bytes(content)


def idx(folder, images, labels):
    folder.mkdir()
    (folder / "train-images-idx3-ubyte.gz").write_bytes(images)
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(labels)


def make_files(here):
    spoilt = np.zeros((16, 3))
    spoilt[5, 1] = np.nan
    table(here / "nan.h5", x=spoilt)
    endless = np.zeros((16, 2))
    endless[3, 0] = np.inf
    table(here / "infinite.h5", y=endless)
    table(here / "uneven.h5", y=np.zeros((15, 2)))
    table(here / "no_targets.h5", y=None)
    table(here / "negative_labels.h5", y=np.arange(16) - 3)
    table(here / "scalar.h5", x=np.float64(3))
    table(here / "empty.h5", x=np.zeros((0, 3)), y=np.zeros((0, 2)))
    table(here / "small.h5")
    table(here / "position_labels.h5", x=np.zeros((16, 4, 3)), y=np.zeros((16, 4), dtype=int))
    problem(here / "shape.h5", V=np.ones((4, 3)))
    problem(here / "missing.h5", V=None)
    problem(here / "nan_start.h5", V=np.full((3, 3), np.nan))
    problem(here / "whole.h5")
    whole = (here / "whole.h5").read_bytes()
    (here / "cut.h5").write_bytes(whole[: len(whole) // 2])
    (here / "text.h5").write_text("hello")
    record = bytes([7]) + bytes(3072)
    cifar(here / "cifar_cut", 3 * record + record[:100])
    cifar(here / "cifar_label", bytes([77]) + bytes(3072))
    cifar(here / "cifar_empty", b"")
    cifar(here / "cifar_gap", record)
    (here / "cifar_gap/data_batch_1.bin").rename(here / "cifar_gap/data_batch_2.bin")
    (here / "nowhere.h5").symlink_to("unmounted/results.h5")
    (here / "good.toml").write_text('model = "swiglu"')
    (here / "nothing").mkdir()
    (here / "unused.toml").write_text('method = "gd"\nintegrator = "rkc3"')
    (here / "unfinished.toml").write_text('model = ["swiglu"')
    (here / "key.toml").write_text('modle = "swiglu"')
    (here / "value.toml").write_text('time = "long"')
    (here / "slip.txt").write_text("parameters A[m d]\ninput x[d]\ny[m] = A[m d] x[d] x[e]\n")
    (here / "scalar.txt").write_text("parameters W[d]\ninput x[d]\ny = W[d] x[d]\n")
    (here / "eps.txt").write_text("parameters W[m d]\ninput x[d]\ny[m] = W[m d] x[d]\neps = 0\n")
    (here / "readout.txt").write_text("parameters readout.U[m d]\ninput x[d]\ny[m] = readout.U[m d] x[d]\n")
    (here / "guess.txt").write_text("parameters A[d k] W[k d]\ninput x[d]\ny[d] = A[d k] silu(W[k d] x[d])\n")
    (here / "no_law.txt").write_text("parameters A[m d]\ninput x[d]\ny[m] = A[m d] x[d]\nlaw size[m] = A[m d] A[m d]\n")
    (here / "existing.h5").write_text("the results of last week")
    if FASHION.exists():
        images = (FASHION / "train-images-idx3-ubyte.gz").read_bytes()
        labels = (FASHION / "train-labels-idx1-ubyte.gz").read_bytes()
        raw = gzip.decompress(labels)
        few = gzip.compress(raw[:4] + (100).to_bytes(4, "big") + raw[8:108])
        idx(here / "idx_cut", images[:100000], labels)
        idx(here / "idx_damaged", images[:-6] + bytes(6), labels)
        idx(here / "idx_exchanged", labels, images)
        idx(here / "idx_few_labels", images, few)


def interrupted(here, program):
    """Results that --resume takes (done.h5 is finished), and others that it does not."""
    job = "--model swiglu --data {0}/resumed_data.h5 --samples 16 --method gd --time 0.1 --step-size 0.05 --quiet --threads 1"
    table(here / "resumed_data.h5", x=np.ones((16, 3)), y=np.ones((16, 2)))
    done = here / "done.h5"
    subprocess.run([program, *job.format(here).split(), "--output", done], check=True, stdout=subprocess.DEVNULL)
    for name in ("left", "version", "commit", "compiler", "table", "key", "run", "moved", "changed", "cuda"):
        left = here / f"{name}_results.h5"
        left.write_bytes(done.read_bytes())
        with h5py.File(left, "r+") as file:
            file["status"][()] = np.array(b"interrupted", dtype=h5py.string_dtype("utf-8", 16))
            configuration = file.attrs["configuration"]
            if name in ("version", "compiler"):
                file.attrs[name] = "other"
            if name == "commit":
                file.attrs["git_commit"] = "0123456789ab"
            if name == "table":
                file.attrs["configuration"] = "model = ["
            if name == "key":
                file.attrs["configuration"] = configuration + "modle = 3\n"
            if name == "cuda":
                file.attrs["configuration"] = configuration.replace('backend = "host"', 'backend = "cuda"')
            if name == "run":
                del file["swiglu/value"]
            if name == "moved":
                file.attrs["configuration"] = configuration.replace("resumed_data", "changed_data")
            if name == "changed":  # the data's name is the same, their numbers are not
                file.attrs["configuration"] = configuration.replace("resumed_data", "changed_data")
                attributes = file["swiglu"].attrs
                attributes["data"] = attributes["data"].replace("resumed_data", "changed_data")
    table(here / "changed_data.h5", x=np.ones((16, 3)), y=np.zeros((16, 2)))
    shutil.copy(here / "left_results.h5", here / "held_results.h5")
    (here / "cut_results.h5").write_bytes(done.read_bytes()[:5000])


# (what is wrong, arguments, words that the message must hold)
CASES = [
    ("model", "--model atention", ["'atention'", "did you mean 'attention'"]),
    ("option of a model", "--model swiglu --set widht=3", ["widht=3", "'width'"]),
    ("option of the program", f"{SWIGLU} --stepsize 3", ["--stepsize", "'--step-size'"]),
    ("size", "--model swiglu --set width=-3", ["width=-3", "positive integer"]),
    ("odd head size", "--model attention-rope --set head-size=5", ["head-size=5", "even"]),
    ("k above the experts", "--model moe-softmax --set top=9", ["k=9", "1 to 4"]),
    ("heads that do not divide", "--model attention --set kv-heads=3", ["kv-heads=3", "heads=4", "divisor"]),
    ("step size 0", f"{SWIGLU} --step-size 0", ["--step-size: '0'", "positive"]),
    ("step size below 0", f"{SWIGLU} --step-size=-1", ["--step-size: '-1'", "positive"]),
    ("step size above T", f"{SWIGLU} --step-size 0.2", ["0.2", "smaller step size"]),
    ("time 0", "--model swiglu --time 0", ["--time: '0'", "above 0"]),
    ("time below 0", "--model swiglu --time=-2", ["--time: '-2'", "above 0"]),
    ("time without an end", "--model swiglu --time inf", ["--time: 'inf'", "condition", "--stop-loss"]),
    ("time that ends gd alone", "--model swiglu --time inf --stop-sharpness own --schedule constant",
     ["--time: 'inf'", "flows too", "'own'", "--stop-loss"]),
    ("a schedule without an end", "--model swiglu --time inf --stop-loss 1", ["schedule: 'linear:1e-04'", "--schedule constant"]),
    ("a power without an end", "--model swiglu --time inf --stop-loss 1 --steps 0 --schedule power:1.5", ["'power:1.5'", "--steps"]),
    ("time that is no number", "--model swiglu --time nan", ["--time: 'nan'", "no finite number"]),
    ("a name of another tool", f"{SWIGLU} --lr 0.1 --momentum 0.9", ["'--lr'", "write --step-size", "plain steps"]),
    ("a seed beyond 64 bits", f"{SWIGLU} --start-seeds 9223372036854775808", ["--start-seeds: '9223372036854775808'", "2^63"]),
    ("steps beyond any job", f"{SWIGLU} --method gd --step-size 1e-12 --steps 1e18", ["1e+11", "at most 10^9"]),
    ("a link to nowhere", f"{SWIGLU} --output {{here}}/nowhere.h5", ["nowhere.h5", "unmounted", "mount its disk"]),
    ("runs beyond any job", f"{SWIGLU} --method gd --start-seeds 1..2000 --step-size 1e-3 2e-3 3e-3 --sampling-seeds 1..1000 --method sgd",
     ["12012000 runs", "10^6", "give fewer"]),
    ("a step beyond any data", f"{SWIGLU} --method sgd --batch 1e8 --replacement", ["batch: 100000000", "10^7 samples in a step"]),
    ("threads beyond any machine", f"{SWIGLU} --threads 1e12", ["--threads: '1e12'", "4096"]),
    ("parameters at every row and not at all", f"{SWIGLU} --save-parameters --no-parameters", ["leave one of them out"]),
    ("tolerance 0", f"{SWIGLU} --rtol 0", ["--rtol: '0'", "1e-4"]),
    ("method", f"{SWIGLU} --method adam", ["'adam'", "flow, gd, sgd"]),
    ("integrator", f"{SWIGLU} --integrator rk99", ["'rk99'", "dopri5"]),
    ("an integrator without a flow", f"{SWIGLU} --method gd --integrator gauss6", ["--integrator: 'gauss6'", "add flow"]),
    ("a projection without a flow", f"{SWIGLU} --method gd sgd --projection", ["--projection: 'true'", "add flow"]),
    ("tolerances without a flow", f"{SWIGLU} --method gd --rtol 1e-5 --atol 1e-9", ["--rtol: '1e-5'", "--atol: '1e-9'"]),
    ("a norm without a flow", f"{SWIGLU} --method sgd --norm max --control i", ["--norm: 'max'", "--control: 'i'"]),
    ("an own step size of a flow", f"{SWIGLU} --method flow --stop-sharpness own", ["--stop-sharpness: 'own'", "gd"]),
    ("step sizes of a flow", f"{SWIGLU} --method flow --step-size 0.01 --steps 7", ["--step-size: '0.01'", "--steps: '7'"]),
    ("a schedule of a flow", f"{SWIGLU} --method flow --schedule power:0.6", ["--schedule: 'power:0.6'", "gd or sgd"]),
    ("batches without sgd", f"{SWIGLU} --method flow gd --batch 8 --replacement", ["--batch: '8'", "--replacement: 'true'", "add sgd"]),
    ("sampling seeds without sgd", f"{SWIGLU} --method gd --sampling-seeds 7", ["--sampling-seeds: '7'", "add sgd"]),
    ("a key in TOML without its method", "--config {here}/unused.toml", ["unused.toml:2:", "'rkc3'", "add flow"]),
    ("schedule", f"{SWIGLU} --schedule power", ["'power'", "power:0.6"]),
    ("batch above the samples", f"{SWIGLU} --method sgd --batch 100", ["'100'", "16 samples"]),
    ("samples above the data", "--model swiglu --data {here}/small.h5 --samples 17", ["17", "holds 16"]),
    ("pooling", "--model swiglu --pool 5", ["--pool: '5'", "7"]),
    ("patch", "--model attention --patch 5", ["--patch: '5'", "divisor"]),
    ("NaN in the data", "--model swiglu --data {here}/nan.h5", ["nan.h5", "/data/x[5, 1] is NaN"]),
    ("infinity in the targets", "--model swiglu --data {here}/infinite.h5", ["/data/y[3, 0] is infinity"]),
    ("fewer targets", "--model swiglu --data {here}/uneven.h5", ["[16, 3]", "[15, 2]"]),
    ("no targets", "--model swiglu --data {here}/no_targets.h5", ["/data/y is missing"]),
    ("negative labels", "--model swiglu --data {here}/negative_labels.h5", ["/data/y[0] is -3", "begin at 0"]),
    ("a scalar", "--model swiglu --data {here}/scalar.h5", ["scalar.h5", "first axis"]),
    ("no sample", "--model swiglu --data {here}/empty.h5", ["[0, 3]", "at least one"]),
    ("a problem's shapes", "--model swiglu --problem {here}/shape.h5", ["'h'", "[4, 3]"]),
    ("a missing parameter", "--model swiglu --problem {here}/missing.h5", ["/parameters/V is missing", "[3, 3]"]),
    ("NaN in the start", "--model swiglu --problem {here}/nan_start.h5", ["/parameters/V[0, 0] is NaN"]),
    ("another model's problem", "--model attention --problem {here}/whole.h5", ["axes"]),
    ("HDF5 cut off", "--model swiglu --problem {here}/cut.h5", ["cut.h5", "complete"]),
    ("text for HDF5", "--model swiglu --data {here}/text.h5", ["text.h5", "HDF5 file"]),
    ("no such file", "--model swiglu --data {here}/none.h5", ["none.h5", "path"]),
    ("CIFAR cut off", "--model swiglu --data {here}/cifar_cut", ["9319 bytes", "3073"]),
    ("CIFAR label", "--model swiglu --data {here}/cifar_label", ["label 77", "0 to 9"]),
    ("CIFAR empty", "--model swiglu --data {here}/cifar_empty", ["is empty"]),
    ("folder without data", "--model swiglu --data {here}/nothing", ["train-images-idx3-ubyte"]),
    ("gzip cut off", "--model swiglu --data {here}/idx_cut", ["cut off at byte 100000"]),
    ("gzip damaged", "--model swiglu --data {here}/idx_damaged", ["damaged", "complete copy"]),
    ("images for labels", "--model swiglu --data {here}/idx_exchanged", ["0x00000803", "0x00000801"]),
    ("fewer labels", "--model swiglu --data {here}/idx_few_labels", ["60000 images", "100 labels"]),
    ("folder not writable", f"{SWIGLU} --output /proc/drift.h5", ["/proc/drift.h5", "may write"]),
    ("existing output", f"{SWIGLU} --output {{here}}/existing.h5", ["exists already", "--force"]),
    ("unfinished TOML", "--config {here}/unfinished.toml", ["unfinished.toml:1:", "KEY = VALUE"]),
    ("key in TOML", "--config {here}/key.toml", ["key.toml:1:", "'modle'", "'model'"]),
    ("value in TOML", "--config {here}/value.toml", ["value.toml:1:", "'long'", "0.5"]),
    ("folder for TOML", "--config {here}/nothing", ["nothing", "is a folder"]),
    ("folder for a block", "--block {here}/nothing --data teacher", ["nothing", "is a folder"]),
    ("a text without an end", "--block /dev/zero --data teacher", ["/dev/zero", "16 MB"]),
    ("too many parameters", f"{SWIGLU} --set width=1000000000", ["parameters", "GB", "smaller sizes"]),
    ("too many rows", f"{SWIGLU} --records 1000000000", ["--records: '1000000000'", "give fewer"]),
    ("labels of positions", "--model attention --data {here}/position_labels.h5", ["one label a sample"]),
    ("tolerance near 0", f"{SWIGLU} --rtol 1e-300", ["'1e-300'", "1e-15"]),
    ("output over the data", "--model swiglu --data {here}/small.h5 --output {here}/small.h5 --force", ["input of data", "another path"]),
    ("output over the configuration", "--config {here}/good.toml --output {here}/good.toml --force", ["--config", "another path"]),
    ("a gap in CIFAR", "--model swiglu --data {here}/cifar_gap", ["data_batch_1.bin", "data_batch_2.bin is there"]),
    ("nothing to resume", "--resume {here}/absent.h5", ["absent.h5", "no such file"]),
    ("resume without a file", "--resume", ["no file", "--resume FILE.h5"]),
    ("two files to resume", "--resume {here}/left_results.h5 {here}/done.h5", ["--resume: 2 files"]),
    ("no HDF5 to resume", "--resume {here}/text.h5", ["text.h5", "HDF5"]),
    ("a cut file to resume", "--resume {here}/cut_results.h5", ["cut_results.h5"]),
    ("other results to resume", "--resume {here}/small.h5", ["no results file"]),
    ("a finished job", "--resume {here}/done.h5", ["is finished", "nothing is left"]),
    ("a job of another version", "--resume {here}/version_results.h5", ["version other", "resume with the program"]),
    ("a job of another commit", "--resume {here}/commit_results.h5", ["0123456789ab", "run the job anew"]),
    ("a job of another compiler", "--resume {here}/compiler_results.h5", ["compiler other", "run the job anew"]),
    ("a stored configuration", "--resume {here}/table_results.h5", ["table_results.h5: configuration:1:", "no TOML"]),
    ("a stored key", "--resume {here}/key_results.h5", ["'modle' is no key"]),
    ("a damaged run", "--resume {here}/run_results.h5", ["/swiglu/value", "no such dataset"]),
    ("data that have changed", "--resume {here}/moved_results.h5", ["/swiglu: attribute 'data'", "back as they were"]),
    ("numbers that have changed", "--resume {here}/changed_results.h5", ["start_checksum: what it holds", "back as they were"]),
    ("a job that is running", "--resume {here}/held_results.h5", ["is writing it", "wait for it"]),
    ("another key to resume", "--resume {here}/left_results.h5 --rtol 1e-3 --steps 7", ["--rtol: goes not", "--steps: goes not"]),
    ("another output to resume", "--resume {here}/left_results.h5 --output {here}/o.h5", ["--output: goes not with --resume"]),
    ("a configuration to resume", "--resume {here}/left_results.h5 --config {here}/good.toml", ["--config: goes not"]),
    ("a dry run of a resumed job", "--resume {here}/left_results.h5 --dry-run", ["--dry-run: goes not with --resume"]),
    ("threads of a resumed job", "--resume {here}/left_results.h5 --threads=-1", ["--threads: '-1'"]),
    ("rows from checkpoint to checkpoint", f"{SWIGLU} --checkpoint=-2", ["--checkpoint: '-2'", "below 0"]),
    ("a backend", f"{SWIGLU} --backend gpu", ["--backend: 'gpu'", "host, cuda"]),
    ("cuda where there is none", f"{SWIGLU} --backend cuda", ["'cuda' cannot run here", "--backend host"]),
    ("a job of cuda to resume", "--resume {here}/cuda_results.h5", ["'cuda' cannot run here", "anew with --backend host"]),
    ("another backend to resume", "--resume {here}/left_results.h5 --backend cuda", ["--backend: goes not with --resume"]),
    ("TF32 of double", f"{SWIGLU} --backend cuda-tf32", ["--backend: 'cuda-tf32'", "precision double", "--backend cuda"]),
    ("TF32 where there is none", f"{SWIGLU} --precision float --backend cuda-tf32", ["'cuda-tf32' cannot run here"]),
    ("projection onto no law", "--block {here}/no_law.txt --data teacher --set d=3 m=2 --method flow --projection",
     ["projection: 'size'", "no law: its defect is", "call it a claim"]),
    ("one number behind cross-entropy", "--block {here}/scalar.txt --data teacher --loss cross-entropy --set d=3",
     ["scalar.txt:3:1: the output 'y' is a single number", "y[m]", "--loss squared"]),
    ("a last line that is no output", "--block {here}/eps.txt --data teacher --set d=3 m=2",
     ["eps.txt:4:1: the output 'eps' does not depend on the input", "output y"]),
    ("classes that nothing counts", f"{SWIGLU} --loss cross-entropy", ["how many classes the teacher has", "--set l=10"]),
    ("a name that the read-out takes", "--block {here}/readout.txt --data teacher --loss cross-entropy --set d=3 m=2",
     ["readout.txt: line 3 of the linear read-out that cross-entropy adds", "'readout.U' is already", "line 1"]),
    ("an index in parentheses and beside them", "--block {here}/guess.txt --data teacher --set d=3 k=2",
     ["guess.txt:3:24: index 'd' stands twice", "name the inner term first"]),
    ("an extent above all", "--model swiglu --data teacher --set d=3 width=1e12", ["width=1e12 is above 1000000000"]),
    ("text of a block", "--block {here}/slip.txt --data teacher --set d=3 m=2", ["slip.txt:3:", "'e'", "sum[e]"]),
]


def main():
    program = sys.argv[1]
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        make_files(here)
        interrupted(here, program)
        held = open(here / "held_results.h5.lock", "w")
        fcntl.flock(held, fcntl.LOCK_EX)
        for what, arguments, words in CASES:
            if not FASHION.exists() and ("idx_" in arguments or not ("--data" in arguments or "--resume" in arguments)):
                print(f"{what}: skipped, {FASHION} is not there")
                continue
            if "cannot run here" in "".join(words) and pathlib.Path("/dev/nvidia0").exists():
                print(f"{what}: skipped, there is a CUDA device")
                continue
            words_given = arguments.format(here=here).split()
            output = here / "results.h5"
            if "--output" not in arguments and "--resume" not in arguments:
                words_given += ["--output", str(output)]
            ended = subprocess.run([program, *words_given, "--quiet"], capture_output=True, text=True, timeout=120)
            message = ended.stderr.replace(f"{here}/", "").strip()
            wrong = [word for word in words if word not in ended.stderr.replace(f"{here}/", "")]
            left = sorted(path.name for path in here.glob("results.h5*"))
            if ended.returncode != 2 or wrong or left:
                failures += 1
                print(f"FAILED: exit code {ended.returncode}, without {wrong}, left {left}")
            print(f"{what}: drift {arguments.replace('{here}/', '').replace(SWIGLU, '--model swiglu …')}")
            print(textwrap.indent(textwrap.fill(message, 110), "    "))
        with h5py.File(here / "left_results.h5") as file:
            assert file["status"].asstr()[()] == "interrupted", "a refused --resume changed the file"
        # It is one that can be resumed: what was refused above was refused for its reason.
        subprocess.run([program, "--resume", here / "left_results.h5", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        assert (here / "existing.h5").read_text() == "the results of last week"
    print(f"{len(CASES)} kinds of wrong input, {failures} answered wrongly")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
