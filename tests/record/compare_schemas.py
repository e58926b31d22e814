"""Compares results files bit for bit, whatever their schemas (1 or 2): compare_schemas.py A.h5 B.h5; exit code 1 where they differ.

Two results of one job are the same but for seconds, dates and what only one schema has.
"""
import sys

import h5py
import numpy as np

RENAMED = {"step_size": "last_step_size"}  # columns of schema 1, as schema 2 calls them
OF_TIME = {"seconds", "date", "git_commit", "command_line", "version", "compiler", "processor", "schema", "coordinates"}


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def plain(dataset):
    """Values as numbers, or as a list of texts; netCDF's characters are joined."""
    values = dataset[()]
    if dataset.dtype.kind == "S" and dataset.dtype.itemsize == 1 and dataset.ndim:
        return [b"".join(row).rstrip(b"\0").decode() for row in values.reshape(-1, values.shape[-1])]
    if dataset.dtype.kind in "SO":
        return [text(value) for value in np.atleast_1d(values).ravel()]
    return values


def is_scale(dataset):
    return dataset.attrs.get("CLASS") == b"DIMENSION_SCALE"


def tensors(group, scope=""):
    """Name and dataset of what lies at and below a group; names dotted."""
    for name, member in group.items():
        if isinstance(member, h5py.Group):
            yield from tensors(member, scope + name + ".")
        elif not is_scale(member) and name != "time":
            yield text(member.attrs.get("tensor", scope + name)), member


def first_runs(file):
    """Runs of schema 1: {number: {name: values}}."""
    for name, run in file["runs"].items():
        rows = int(np.atleast_1d(run["valid_rows"][()])[0])
        values = {}
        for key, member in run.items():
            if isinstance(member, h5py.Group):
                values.update({f"{key}/{tensor}": plain(data) for tensor, data in tensors(member)})
            elif not is_scale(member) or key in ("block", "law"):
                values[RENAMED.get(key, key)] = plain(member)
        for key, value in run.attrs.items():
            values["@" + key] = text(value)
        yield int(name), rows, values


def second_runs(file):
    for group in file.values():
        if not isinstance(group, h5py.Group) or "valid_rows" not in group:
            continue
        columns = {}
        for key, member in group.items():
            if isinstance(member, h5py.Group):
                for tensor, data in tensors(member):
                    along = not (key == "constants" and "run" not in data.parent)
                    columns[f"{key}/{tensor}"] = plain(data), along
            elif not is_scale(member) or key in ("block", "law"):
                columns[key] = plain(member), not (key.startswith(("component_", "law_kind")) or key in ("block", "law"))
        for index, number in enumerate(group["number"][()]):
            values = {name: value[index] if along else value for name, (value, along) in columns.items()}
            values.update({"@" + key: text(value) for key, value in group.attrs.items()})
            yield int(number), int(group["valid_rows"][index]), values


def runs(file):
    found = first_runs(file) if file.attrs["schema"] == 1 else second_runs(file)
    return {number: (rows, values) for number, rows, values in found}


def same(a, b):
    if isinstance(a, (list, str)) or isinstance(b, (list, str)):
        unlisted = [x[0] if isinstance(x, list) and len(x) == 1 else x for x in (a, b)]
        return unlisted[0] == unlisted[1]
    return np.array_equal(np.asarray(a), np.asarray(b), equal_nan=True)


def cut(value, rows, total):
    """The rows that are written."""
    return value[:rows] if isinstance(value, np.ndarray) and value.ndim and value.shape[0] in total else value


def compare_runs(a, b):
    compared, faults = 0, []
    if a.keys() != b.keys():
        return 0, [f"runs {sorted(a.keys() ^ b.keys())} are in one alone"]
    for number in sorted(a):
        (rows, left), (other_rows, right) = a[number], b[number]
        if rows != other_rows:
            faults.append(f"run {number}: {rows} rows and {other_rows}")
            continue
        extents = {len(side["time"]) for side in (left, right)}
        for name in sorted(left.keys() | right.keys()):
            if name.lstrip("@") in OF_TIME:
                continue
            sides = []
            for side in (left, right):
                value = side.get(name, side.get("@" + name, side.get(name.lstrip("@"))))
                sides.append(cut(value, rows, extents))
            if sides[0] is None or sides[1] is None:
                continue  # only one schema has it
            compared += 1
            if not same(*sides):
                faults.append(f"run {number}: {name}")
    return compared, faults


def compare_groups(a, b, names):
    compared, faults = 0, []
    for group in names:
        if (group in a) != (group in b):
            faults.append(f"{group} is in one alone")
        if group not in a or group not in b:
            continue
        for name in sorted(a[group].keys() & b[group].keys()):
            left, right = a[group][name], b[group][name]
            if name in OF_TIME or isinstance(left, h5py.Group) or isinstance(right, h5py.Group):
                continue
            if is_scale(left) and left.attrs["NAME"].startswith(b"This is a netCDF dimension"):
                continue
            compared += 1
            if not same(plain(left), plain(right)):
                faults.append(f"{group}/{name}")
    return compared, faults


def reference_end(file):
    """Parameters where the references of `accuracy` ended, [integrator, parameter]; their order is the block's own in schema 1."""
    if "reference" not in file:
        return None
    group = file["reference"]
    if "state" in group:
        return np.sort(group["state"][()], axis=1)
    parts = [data[()].reshape(data.shape[0], -1) for _, data in tensors(group["end"])]
    return np.sort(np.concatenate(parts, axis=1), axis=1)


def main(paths):
    a, b = (h5py.File(path, "r") for path in paths)
    compared, faults = compare_groups(a, b, ["summary", "adaptive", "prescribed", "reference"])
    if "reference" in a and not same(reference_end(a), reference_end(b)):
        faults.append("reference/end")
    if "reference" not in a:
        of_runs, more = compare_runs(runs(a), runs(b))
        compared, faults = compared + of_runs, faults + more
    for fault in faults[:20]:
        print("differs:", fault)
    print(f"{compared} datasets and attributes compared, {len(faults)} differ")
    return 1 if faults or not compared else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:3]))
