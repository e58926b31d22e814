"""show prints of a results file what its program printed at its end, lists and CSV, and converts files of schema 1.

    tests/report/show.py BINARY_DIRECTORY     (a test of ctest; needs h5py and xarray)
"""
import csv
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np
import xarray as xr

HERE = pathlib.Path(__file__).resolve().parent
TEACHER = "--set width=3 outputs=3 d=3 --data teacher --samples 8 --schedule constant --quiet --force"
DRIFT = f"""--model swiglu moe-softmax {TEACHER} --set experts=2 --method flow gd sgd --batch 4 --time 200 --records 6 --rtol 1e-4 1e-6 1e-8
            --step-size 0.2 0.1 20 --start-seeds 1 2 --sampling-seeds 1 2"""
TRAIN = """--model lm --set layers=2 width=4 hidden=4 heads=1 head-size=2 experts=2 --tokenizer characters --tokens 5 --steps 6 --every 2
           --batch 4 8 --schedule constant linear:0.1 --seeds 1 2 --step-size 0.2 0.1 1e9 --eval-samples 8 --quiet --force"""
ACCURACY = """--model toy --set i=2 --data teacher --samples 8 --time 1 --methods dopri5 tsit5 rk4 --rtol 1e-4 1e-6 1e-9
              --step-size 0.1 0.05 --max-gradients 200 --quiet --force"""


def run(*words, code=0):
    ended = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert ended.returncode == code, (words, ended.returncode, ended.stdout, ended.stderr)
    return ended


class Programs:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def __call__(self, program, words, *more, code=0):
        return run(self.folder / program, *words.split(), *more, code=code)

    def show(self, *words, code=0):
        return run(self.folder / "show", *words, code=code)


def tables(printed):
    """Of what a program prints, without its last words."""
    return re.split(r"\n(?:results: |interrupted: )", printed)[0]


def check_tables(programs):
    text = "to be or not to be that is the question whether tis nobler in the mind to suffer the slings and arrows " * 3
    pathlib.Path("text.txt").write_text(text)
    jobs = [("drift", DRIFT, []), ("drift", DRIFT + " --precision double float --budget off", []),
            ("train", TRAIN, ["--data", "text.txt", "--eval-data", "text.txt"]),
            ("train", TRAIN + " --method gd sgd --precision float double", ["--data", "text.txt", "--eval-data", "text.txt"]), ("accuracy", ACCURACY, [])]
    for number, (program, words, more) in enumerate(jobs):
        output = f"{program}{number}.h5"
        printed = programs(program, words, *more, "--output", output).stdout
        shown = programs.show(output)
        assert shown.stdout == tables(printed), (words, shown.stdout, printed)
        assert shown.stderr == "", shown.stderr
        wide = [line for line in shown.stdout.splitlines() if len(line) > 80]
        assert not wide, wide


def check_interrupted(programs):
    """The tables of a job that was stopped; and while it is being written, those of the runs that have ended."""
    words = f"--model swiglu {TEACHER} --method flow gd --time 5 --steps 0 --records 10 --rtol 1e-6 --step-size 0.1 0.05 1e-6 --threads 1"
    job = subprocess.Popen([programs.folder / "drift", *words.split(), "--output", "cut.h5"], stdout=subprocess.PIPE, text=True)

    def ended():
        return os.path.exists("cut.h5") and list(h5py.File("cut.h5")["swiglu/status"].asstr()).count("finished") == 3

    begun = time.monotonic()
    while not ended() and time.monotonic() - begun < 60:
        time.sleep(0.05)
    shown = programs.show("cut.h5")
    assert "is being written" in shown.stderr and "3 of 4 runs have ended" in shown.stderr, shown.stderr
    row = next(line for line in shown.stdout.splitlines() if line.startswith("  down_up")).split()
    assert row[0] == "down_up" and float(row[3]) < 1e-12 and float(row[4]) < 1e-3 and row[6] == "100%", row
    assert "conserved" not in row
    check_written(programs, "cut.h5")
    job.send_signal(signal.SIGINT)
    printed = job.communicate()[0]
    assert job.returncode == 130
    shown = programs.show("cut.h5")
    assert shown.stdout == tables(printed), (shown.stdout, printed)
    assert "is marked interrupted: 3 of 4 runs have ended" in shown.stderr, shown.stderr


def check_written(programs, at_work):
    """CSV comes whole under its name and leaves all other files alone, also those that a program is writing."""
    ended = programs.show("drift0.h5", "--csv", at_work, "--force", code=2)
    assert "is writing it" in ended.stderr and h5py.File(at_work)["status"].asstr()[()] == "running", ended.stderr
    pathlib.Path("mine.csv.tmp").write_text("mine")
    programs.show("drift0.h5", "--csv", "mine.csv")
    assert pathlib.Path("mine.csv.tmp").read_text() == "mine" and pathlib.Path("mine.csv").read_text().startswith("run,model")
    shutil.copy("drift0.h5", "read.tmp")
    os.link("read.tmp", "linked.csv")
    os.symlink("read.tmp", "symbolic.csv")
    before = pathlib.Path("read.tmp").read_bytes()
    for output in ("linked.csv", "symbolic.csv", "./read.tmp", "read"):
        assert "is the file that is read" in programs.show("read.tmp", "--csv", output, "--force", code=2).stderr
        assert pathlib.Path("read.tmp").read_bytes() == before
    shutil.copy(HERE / "schema1" / "drift.h5", "old.tmp")
    assert "is the file that is read" in programs.show("old.tmp", "--convert", "old", code=2).stderr
    for name in ("mine.csv.tmp", "read.tmp", "linked.csv", "symbolic.csv", "old.tmp"):
        os.remove(name)


def check_unfinished(programs):
    """What is said of a job that was left is true of its tables: only drift's have verdicts."""
    for source, says in [("train2.h5", "; the table shows these"), ("accuracy4.h5", "; the table says which"), ("drift0.h5", "; the verdicts are")]:
        for status in ("running", "interrupted"):
            shutil.copy(source, "left.h5")
            with h5py.File("left.h5", "r+") as file:
                file["status"][...] = np.bytes_(status) if file["status"].dtype.kind == "S" else status
            said = programs.show("left.h5").stderr
            assert says in said and (source == "drift0.h5" or "verdict" not in said), said


def check_lists(programs):
    runs = programs.show("drift0.h5", "--runs").stdout.splitlines()
    assert len(runs) == 1 + 2 + 2 * 2 * (3 + 3 + 6) and runs[0].split()[:2] == ["number", "label"], runs[:2]
    assert all(len(line) <= 80 for line in runs)
    assert sum(" diverged " in line for line in runs) == 2 * 2 * (1 + 2)
    law = programs.show("drift0.h5", "--law", "down_up").stdout.splitlines()
    assert len(law) == len(runs)
    of_net = programs.show("train2.h5", "--law", "layers.*.attention.query_key").stdout.splitlines()
    assert len(of_net) == of_net.index("lm") + 1 + 2 * 24
    assert programs.show("train2.h5", "--law", "query_key").stdout == programs.show("train2.h5", "--law", "layers.*.query_key").stdout

    # What --help promises is there at 80 columns, in a column or in a line above.
    for path, words, names in [("train2.h5", ["--law", "layers.*.attention.query_key"], ["law", "drift", "bound", "ratio", "status"]),
                               ("train2.h5", ["--law", "*"], ["law", "drift", "bound", "ratio", "status"]), ("drift0.h5", ["--law", "*down*"], ["law", "drift", "bound", "ratio", "status"]),
                               ("train2.h5", ["--runs"], ["number", "status", "gradients", "seconds", "valid_rows"]), ("drift0.h5", ["--runs"], ["number", "status", "gradients", "seconds", "valid_rows"]),
                               ("accuracy4.h5", ["--law", "balance"], ["law", "drift", "bound", "status"]), ("accuracy4.h5", ["--runs"], ["number", "status", "gradients", "seconds", "error"])]:
        shown = programs.show(path, *words).stdout.splitlines()
        title = next(line for line in shown if line.split()[0] in ("run", "number", "label"))
        above = [line.split(":")[0] for line in shown[: shown.index(title)]]
        assert set(names) <= set(title.split() + above), (path, words, title)
        assert all(len(line) <= 80 for line in shown), (path, words)
        cells = shown[-1].split()
        assert sum(cell[0] in "-0123456789" for cell in cells) >= len(names) - 2, (path, words, shown[-1])

    rows = list(csv.DictReader(programs.show("drift0.h5", "--csv", "-").stdout.splitlines()))
    summary = xr.open_dataset("drift0.h5", group="summary")
    assert len(rows) == summary.sizes["case"]
    for name in ("drift", "ratio", "defect", "rtol"):
        read = np.array([float(row[name]) if row[name] else np.nan for row in rows])
        assert np.array_equal(read, summary[name].values, equal_nan=True), name
    assert [row["verdict"] for row in rows] == list(summary.verdict.values)
    programs.show("drift0.h5", "--runs", "--csv", "runs.csv")
    rows = list(csv.DictReader(open("runs.csv", newline="")))
    model = xr.open_dataset("drift0.h5", group="moe-softmax")
    assert [row["label"] for row in rows if row["model"] == "moe-softmax"] == list(model.label.values)
    rows = list(csv.DictReader(programs.show("accuracy4.h5", "--law", "balance", "--csv", "-").stdout.splitlines()))
    adaptive = xr.open_dataset("accuracy4.h5", group="adaptive").sel(law="balance")
    assert [row["label"] for row in rows][:6] == list(adaptive.label.values.ravel()), rows[0]
    assert float(rows[1]["relative_drift"]) == adaptive.relative_drift.values[0, 1]
    assert len(programs.show("accuracy4.h5", "--runs").stdout.splitlines()) == 1 + 2 * 3 + 2


def check_conversions(programs):
    for program in ("drift", "train", "accuracy"):
        old, new = HERE / "schema1" / f"{program}.h5", pathlib.Path(f"converted_{program}.h5")
        programs.show(old, "--convert", new)
        run(sys.executable, HERE.parent / "record" / "compare_schemas.py", old, new)
        shown = programs.show(new).stdout
        printed = tables((HERE / "schema1" / f"{program}.txt").read_text())
        # what `bound` is of differs, and so does the last sentence
        shown, printed = (text[:text.index("bound: largest")] for text in (shown, printed))
        if program == "drift":  # the flow's column: its rows do not say which components make a matrix
            shown, printed = (re.sub(r"^(.{38}).{8}", r"\1", text, flags=re.M) for text in (shown, printed))
        assert shown == printed, (program, shown, printed)
    model = xr.open_dataset("converted_drift.h5", group="toy")
    assert model.value.dims == ("run", "row", "component") and list(model.method.values[:2]) == ["flow", "flow"]
    assert xr.open_dataset("converted_drift.h5", group="toy/trajectory").a.dims == ("run", "row", "i")
    # The comparison sees a single bit.
    shutil.copy("converted_drift.h5", "changed.h5")
    with h5py.File("changed.h5", "r+") as file:
        value = file["toy/value"]
        bits = np.array(value[3, 1, 0]).view(np.int64) ^ 1
        value[3, 1, 0] = bits.view(np.float64)
    run(sys.executable, HERE.parent / "record" / "compare_schemas.py", HERE / "schema1" / "drift.h5", "changed.h5", code=1)


def check_labels(programs):
    """Runs of a converted file are called as those of a native one of the same job."""
    for program, groups in [("drift", ["toy"]), ("accuracy", ["adaptive", "prescribed", "reference"])]:
        words = h5py.File(HERE / "schema1" / f"{program}.h5").attrs["command_line"].split()[1:-1]
        programs(program, " ".join(words), f"native_{program}.h5")
        for group in groups:
            converted, native = (xr.open_dataset(f"{source}_{program}.h5", group=group).label.values for source in ("converted", "native"))
            assert np.array_equal(converted, native), (program, converted, native)
    shutil.copy(HERE / "schema1" / "drift.h5", "usual.h5")
    with h5py.File("usual.h5", "r+") as file:  # nobody chose the batch
        file.attrs["configuration"] = file.attrs["configuration"].replace("batch = 2\n", "")
    programs.show("usual.h5", "--convert", "converted_usual.h5")
    labels = xr.open_dataset("converted_usual.h5", group="toy").label.values
    assert "sgd 0.1 seed 1" in labels, labels


def check_killed(programs):
    """Of a job of schema 1 that was killed: what its end would have written is computed from the rows."""
    shutil.copy(HERE / "schema1" / "drift.h5", "killed.h5")
    with h5py.File("killed.h5", "r+") as file:
        summary, runs = file["summary"], list(file["runs"].values())
        for name in ("time", "drift", "drift_max", "bound", "ratio", "prediction"):
            summary[name][...] = np.nan
        summary["verdict"][...] = b""
        for name, status in (("running", runs[-1]["status"]), ("pending", runs[-2]["status"]), ("running", file["status"])):
            status.id.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array(list(name.ljust(16, "\0")), "S1"), mtype=status.id.get_type())
        runs[-2]["valid_rows"][...] = 0
    programs.show("killed.h5", "--convert", "converted_killed.h5")
    killed, whole = (xr.open_dataset(path, group="summary") for path in ("converted_killed.h5", "converted_drift.h5"))
    assert np.array_equal(killed.components, whole.components) and killed.components.min() > 0
    ended = killed.run < len(runs) - 2
    assert set(killed.status.values[ended]) == {"finished"} and set(killed.status.values[~ended]) == {"pending"}
    assert np.isnan(killed.drift[~ended]).all()
    for name in ("time", "drift", "prediction", "loss", "defect", "relative_drift", "step_share", "law_error"):
        assert np.allclose(killed[name][ended], whole[name][ended], rtol=1e-12, atol=0, equal_nan=True), name
    balance = ended & (killed.law == "balance") & (killed.method != "flow")
    for name in ("drift_max", "bound", "ratio"):
        assert np.allclose(killed[name][balance], whole[name][balance], rtol=1e-2, atol=0), (name, killed[name][balance], whole[name][balance])
        other = ended & np.isfinite(killed[name])
        assert np.allclose(killed[name][other], whole[name][other], rtol=1e-2, atol=0), name
    shown = programs.show("converted_killed.h5").stdout
    assert " -1 " not in shown, shown


def check_coordinates():
    """What a run was and how far it came are coordinates, in native and in converted files alike."""
    of_runs = {"status", "status_message", "valid_rows", "gradients", "steps", "accepted", "rejected", "seconds", "step", "number", "label"}
    for path, group, names in [("drift0.h5", "swiglu", of_runs), ("converted_drift.h5", "toy", of_runs), ("train2.h5", "lm", of_runs), ("converted_train.h5", "lm", of_runs),
                               ("accuracy4.h5", "adaptive", {"label", "status", "status_message"}), ("converted_accuracy.h5", "adaptive", {"label", "status", "status_message"})]:
        assert names <= set(xr.open_dataset(path, group=group).coords), (path, group)


def check_octave():
    """All numbers are in a group that Octave reads: of accuracy's file too, and those with texts along an axis."""
    if not shutil.which("octave-cli"):
        return print("skipped: octave-cli is not installed")
    for path in ("accuracy4.h5", "converted_accuracy.h5"):
        adaptive = xr.open_dataset(path, group="adaptive")
        pathlib.Path("read.m").write_text(f'''n = load("-hdf5", "{path}", "_numbers")._numbers;
assert(double(n.adaptive.gradients(2, 1)), {int(adaptive.gradients[0, 1])})
assert(n.adaptive.relative_drift(1, 2, 1), {float(adaptive.relative_drift[0, 1, 0])!r})
assert(size(n.prescribed.error), [2 {xr.open_dataset(path, group="prescribed").sizes["integrator"]}])
assert(isfield(n.reference, "end") && n.reference.seconds(1) > 0)
''')
        run("octave-cli", "--norc", "read.m")


def check_damaged(programs):
    """Of schema 1 what does not fit together is refused, not read beyond its end."""
    def shorter(file):
        indices = file["runs/0000/component_index"][:-1]
        del file["runs/0000/component_index"]
        file["runs/0000/component_index"] = indices

    def rows(file):
        file["runs/0000/valid_rows"][...] = 1_000_000

    def version(file):
        file.attrs["version"] = 3

    for damage, message in ((rows, "/runs/0000/valid_rows: its number, 1000000, does not fit"),
                            (shorter, "/runs/0000/component_index: its length does not fit"),
                            (version, "does not fit together")):
        shutil.copy(HERE / "schema1" / "drift.h5", "damaged.h5")
        with h5py.File("damaged.h5", "r+") as file:
            damage(file)
        ended = programs.show("damaged.h5", "--convert", "mended.h5", code=2)
        assert message in ended.stderr and "get a complete copy" in ended.stderr, ended.stderr
        assert not os.path.exists("mended.h5"), message


def check_refusals(programs):
    old = HERE / "schema1" / "drift.h5"
    pathlib.Path("text.h5").write_text("no HDF5")
    with h5py.File("other.h5", "w") as file:
        file["data/x"] = np.zeros(3)
    refused = [([], "no file is given"), (["none.h5"], "no such file"), (["text.h5"], "cannot be opened"), (["other.h5"], "is no results file"),
               ([old], "is a results file of schema 1, and this is 2; convert it: show"), (["drift0.h5", "--runs", "--law", "x"], "one of them"),
               (["drift0.h5", "--law", "upward"], "has no law 'upward'; it has down_gate, down_up"), (["drift0.h5", "--force"], "nothing is written"),
               (["drift0.h5", "--convert", "x.h5"], "nothing is to be done"), (["other.h5", "--convert", "x.h5"], "is no results file"),
               ([old, "--convert", "drift0.h5"], "exists"), ([old, "--convert", old, "--force"], "is the file that is read"), (["drift0.h5", "--csv", "drift0.h5", "--force"], "is the file that is read"), (["drift0.h5", "--csv", "runs.csv"], "exists"),
               (["drift0.h5", "--csv", "nowhere/"], "--csv: 'nowhere/' is no file"), ([old, "--convert", "nowhere/"], "--convert: 'nowhere/' is no file"), ([old, "--convert", ""], "--convert: '' is no file"), (["drift0.h5", "--mistyped"], "--mistyped"), (["drift0.h5", "--csv", ""], "--csv")]
    for words, message in refused:
        ended = programs.show(*words, code=2)
        assert message in ended.stderr and ended.stderr.startswith("show: "), (words, ended.stderr)
    assert not os.path.exists("x.h5") and not list(pathlib.Path().glob("*.tmp"))
    ended = programs("drift", "--resume", old, code=2)
    assert "is of schema 1" in ended.stderr and "--convert" in ended.stderr, ended.stderr
    assert "--law NAME" in programs.show("--help").stdout and "invar" in programs.show("--version").stdout


def main(folder):
    programs = Programs(pathlib.Path(folder).resolve())
    with tempfile.TemporaryDirectory() as here:
        os.chdir(here)
        check_tables(programs)
        check_interrupted(programs)
        check_unfinished(programs)
        check_lists(programs)
        check_conversions(programs)
        check_labels(programs)
        check_killed(programs)
        check_coordinates()
        check_octave()
        check_damaged(programs)
        check_refusals(programs)
    print("show prints what the programs printed")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
