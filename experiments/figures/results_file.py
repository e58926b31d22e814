"""Reads results files (schema 2) for the figures; of drift's its finished runs, model by model, ordered as ladders.

Several components are given as their root mean square. Nothing but the HDF5 file is read; it may still be written.
"""
import argparse
import os
import sys

os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")
import h5py
import numpy as np
from matplotlib.backend_bases import FigureCanvasBase

SHOWN = ("finished", "stopped", "truncated", "stalled")  # what a run has to be, to be in a figure


class Wrong(Exception):
    """What the user can mend: value, place, remedy."""


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def rms(values, axis=None):
    """Over what is known; NaN where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    return np.sqrt(np.sum(np.where(known, values, 0.0) ** 2, axis=axis) / np.where(count > 0, count, np.nan))


def distinct(values):
    return list(dict.fromkeys(values))


SHARED = {"component_law", "component_kind", "component_index", "law", "law_kind", "block", "component", "row"}


class Part:
    """What a group that holds all runs of a model has of one run, by name; subgroups are parts too."""

    def __init__(self, group, index):
        self.group, self.index, self.attrs = group, index, group.attrs

    def __contains__(self, name):
        return name in self.group

    def __iter__(self):
        return (name for name, item in self.group.items() if item.attrs.get("CLASS") != b"DIMENSION_SCALE" and name != "time")

    def __getitem__(self, name):
        item = self.group[name]
        if isinstance(item, h5py.Group):
            return Part(item, self.index)
        return item[()] if name in SHARED else np.asarray(item[self.index])

    def get(self, name):
        return self[name] if name in self.group else None


class Run:
    """One run; datasets are read when they are asked for."""

    def __init__(self, group, index):
        self.group = Part(group, index)
        self.number = int(group["number"][index])
        self.status = text(group["status"][index])
        self.rows = int(group["valid_rows"][index])
        self.model, self.method = self.attribute("model"), self.attribute("method")
        self.schedule = self.attribute("schedule", "constant")
        self.rtol = float(group["rtol"][index])
        self.laws = np.array([text(v) for v in group["component_law"][()]])
        self.kinds = np.array([text(v) for v in group["component_kind"][()]])
        self.time = self.group["time"][: self.rows]

    def attribute(self, name, otherwise=""):
        """Of the run, or of all runs of its model; `otherwise` where it has none."""
        value = self.group[name].item() if name in self.group else self.group.attrs.get(name, otherwise)
        return str(otherwise) if value in (-1, "", b"") or value != value else text(value)

    @property
    def step_size(self):
        """τ of the first step; of a flow the largest step recorded."""
        size = float(self.group["step_size"])
        return size if size == size else float(np.nanmax(self.group["last_step_size"][: self.rows], initial=0.0))

    def row_at(self, time):
        return max(0, int(np.searchsorted(self.time, time * (1 + 1e-9), side="right")) - 1)

    def column(self, name):
        """Of the rows that are written."""
        return self.group[name][: self.rows]

    def at(self, column, row, components):
        """A column at one row."""
        return self.column(column)[row][components]

    def drift(self, row, components):
        return rms(self.at("drift", row, components))

    def over_time(self, column, components):
        return rms(self.column(column)[:, components], axis=1)

    def has(self, column):
        return column in self.group and bool(np.isfinite(self.group[column][self.rows - 1]).any())

    def moves(self, column):
        return self.has(column) and bool(np.nan_to_num(self.group[column][: self.rows]).any())


class Column:
    """The runs of one model as ladders: its first start seed, number format, integrator and batch."""

    def __init__(self, model, runs):
        self.model = model
        runs = self.first_of(runs, "start_seed", "precision")
        self.flows = self.first_of(sorted((r for r in runs if r.method == "flow"), key=lambda r: -r.rtol), "integrator")
        self.discrete = [run for run in runs if run.method != "flow"]
        schedules = distinct(run.schedule for run in self.discrete)
        self.steady = "constant" if "constant" in schedules else (schedules + [""])[0]
        self.decaying = [schedule for schedule in schedules if schedule != self.steady][:1]
        any_run = (self.discrete + self.flows)[0]
        self.laws, self.kinds, self.law = any_run.laws, any_run.kinds, any_run.kinds == "law"
        # A law is linear where the exact part of a step is 0 whatever the step: its drift is rounding alone.
        self.linear = np.zeros(len(self.laws), bool)
        if self.discrete and any_run.has("step_part"):
            self.linear = any_run.group["step_part"][any_run.rows - 1] == 0

    @staticmethod
    def first_of(runs, *names):
        for name in names:
            runs = [run for run in runs if run.attribute(name) == runs[0].attribute(name)]
        return runs

    def ladder(self, method, schedule):
        """(step size, runs over the sampling seeds) in ascending order, and the largest time that all of them reached."""
        runs = self.first_of([r for r in self.discrete if r.method == method and r.schedule == schedule], "batch")
        sizes = sorted({run.step_size for run in runs})
        time = min((run.time[-1] for run in runs), default=np.nan)
        return [(size, [run for run in runs if run.step_size == size]) for size in sizes], time

    def names(self):
        """The laws, then the claims, then the controls: (name, kind)."""
        return sorted(distinct(zip(self.laws, self.kinds)), key=lambda law: ("law", "claim", "control").index(law[1]))


def all_runs(file):
    """Every run of a file, by number."""
    groups = [group for group in file.values() if isinstance(group, h5py.Group) and "valid_rows" in group]
    runs = [Run(group, index) for group in groups for index in range(len(group["valid_rows"]))]
    return sorted(runs, key=lambda run: run.number)


def open_results(path, program):
    """A results file of a program."""
    if not os.path.exists(path):
        raise Wrong(f"{path}: is not there; run {program} first, or give the path of its results file")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise Wrong(f"{path}: is no HDF5 file that can be read ({error}); give a results file of {program}") from error
    schema = file.attrs.get("schema", "missing")
    if schema == 1:
        raise Wrong(f"{path}: is a results file of schema 1; convert it: show {path} --convert NEW.h5")
    if schema != 2:
        raise Wrong(f"{path}: is no results file of schema 2 (its attribute schema: {schema}) of {program}; give one")
    writer = text(file.attrs.get("experiment", program))
    if writer != program:
        raise Wrong(f"{path}: is a results file of {writer}; give one of {program}")
    return file


def read(path, model=None):
    """The columns of a figure, and a line on what is not in it."""
    everything = all_runs(open_results(path, "drift"))
    shown = [run for run in everything if run.status in SHOWN and run.rows > 1]
    if not shown:
        raise Wrong(f"{path}: none of its {len(everything)} runs is finished; let drift run on, or run it again")
    models = distinct(run.model for run in shown)
    if model is not None:
        if model not in models:
            raise Wrong(f"--model {model}: {path} has no finished run of it; it has {', '.join(models)}")
        models, everything = [model], [run for run in everything if run.model == model]
    columns = [Column(name, [run for run in shown if run.model == name]) for name in models]
    return columns, left_out([run for run in everything if run not in shown], shown)


def left_out(rest, shown):
    lines = []
    if rest:
        statuses = [run.status for run in rest]
        counts = ", ".join(f"{statuses.count(status)} {status}" for status in distinct(statuses))
        lines.append(f"Not shown: {len(rest)} run{'s' if len(rest) > 1 else ''} ({counts}).")
    for name in ("start_seed", "precision", "integrator", "batch"):
        named = [run for run in shown if name != "integrator" or run.method == "flow"]  # GD's is always Euler
        values = [v for v in distinct(run.attribute(name) for run in named) if v not in ("", "-1", "0")]
        if len(values) > 1:
            lines.append(f"{name.replace('_', ' ').capitalize()} {values[0]} of {', '.join(values)}.")
    return " ".join(lines)


def figure_program(description, writer, draw, options={}):
    """A program that draws a results file with draw(arguments, output); its exit code, 2 for what the user can mend."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("results", help=f"the HDF5 file that {writer} wrote")
    parser.add_argument("-o", "--output", help="the figure; default: the results file's name with .png")
    for option, meaning in options.items():
        parser.add_argument(option, help=meaning)
    arguments = parser.parse_args()
    output = arguments.output or os.path.splitext(arguments.results)[0] + ".png"
    return guarded(parser.prog, output, lambda: draw(arguments, output))


def guarded(program, output, draw):
    """Draws by draw(); the exit code, 2 for what the user can mend."""
    known = FigureCanvasBase.get_supported_filetypes()
    reason = ""
    if os.path.splitext(output)[1][1:].lower() not in known:
        reason = f"{output}: has no ending of a figure; give one of {' '.join(sorted(known))}"
    else:
        try:
            draw()
        except Wrong as wrong:
            reason = str(wrong)
        except OSError as error:
            reason = f"{output}: cannot be written ({error}); give another path with -o"
    print(f"{program}: {reason}" if reason else output, file=sys.stderr if reason else sys.stdout)
    return 2 if reason else 0
