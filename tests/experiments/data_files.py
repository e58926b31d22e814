#!/usr/bin/env python3
"""HDF5 data as h5py can write them: where all numbers are there, wherever they lie, the program trains on them as on a
plain copy, bit for bit; where some are not, or mean something else, it ends with exit code 2 and names what is missing.

    tests/experiments/data_files.py PROGRAM     (drift; a test of ctest; needs h5py)
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

RANDOM = np.random.default_rng(3)
N = 16
X, Y = RANDOM.standard_normal((N, 3)), RANDOM.standard_normal((N, 2))
IMAGES, LABELS = RANDOM.integers(0, 256, (N, 8, 8, 3), dtype="u1"), np.arange(N) % 4
JOB = "--model swiglu --samples 16 --method gd --time 0.1 --step-size 0.05 --records 2 --quiet --threads 1"


def write(path, **datasets):
    """Names with __ for /; a function is called with the file and the name."""
    with h5py.File(path, "w", userblock_size=datasets.pop("userblock", 0)) as file:
        for name, values in datasets.items():
            name = name.replace("__", "/")
            values(file, name) if callable(values) else file.__setitem__(name, values)


def numbers(path, x=X, y=Y, **more):
    write(path, data__x=x, data__y=y, **more)


def images(path, pixels=IMAGES, labels=LABELS, **more):
    write(path, images=pixels, labels=labels, **more)


def virtual(parts, shape=(N, 3), dtype="f8"):
    def create(file, name):
        layout = h5py.VirtualLayout(shape, dtype)
        for place, source, count in parts:
            source_file, _, dataset = source.partition(":")
            layout[place] = h5py.VirtualSource(source_file, dataset, (count, *shape[1:]))
        file.create_virtual_dataset(name, layout, fillvalue=0)

    return create


def dataset(values=None, write_rows=None, attributes=(), **options):
    """A dataset with such options, of which only some rows are written where `write_rows` says so."""
    def create(file, name):
        whole = write_rows is None
        made = file.create_dataset(name, data=values if whole else None, shape=values.shape, dtype=values.dtype, **options)
        if not whole:
            made[:write_rows] = values[:write_rows]
        made.attrs.update(attributes)

    return create


def never_written(values):
    return lambda file, name: file.create_dataset(name, values.shape, values.dtype)


def of_the_same_numbers():
    """Files whose numbers are those of plain.h5, and those of plain_images.h5."""
    numbers("plain.h5")
    images("plain_images.h5")
    write("source.h5", before=np.zeros(1000), x=X, y=Y, first=X[:6], deep__rest=X[6:], pixels=IMAGES, labels=LABELS)
    numbers("links.h5", x=h5py.ExternalLink("source.h5", "/x"), y=h5py.SoftLink("/below/y"), below__y=Y)
    write("linked_group.h5", data=h5py.ExternalLink("plain.h5", "/data"))
    numbers("user_block.h5", userblock=2048)
    numbers("virtual.h5", x=virtual([(slice(0, 6), "source.h5:first", 6), (slice(6, N), "source.h5:deep/rest", N - 6)]))
    numbers("virtual_again.h5", x=virtual([(slice(0, N), "virtual.h5:data/x", N)]))
    whole = [virtual([(slice(0, N), f"source.h5:{name}", N)], values.shape) for name, values in (("x", X), ("y", Y))]
    numbers("virtual_both.h5", *whole)
    numbers("virtual_and_linked.h5", h5py.ExternalLink("source.h5", "/x"), whole[1])
    numbers("virtual_itself.h5", x=virtual([(slice(0, N), ".:other", N)]), other=X)
    numbers("raw.h5", x=dataset(X, external=[(os.path.abspath("raw.bin"), 0, h5py.h5f.UNLIMITED)]))
    numbers("big_endian.h5", x=X.astype(">f8"), y=Y.astype(">f8"))
    numbers("chunks.h5", x=dataset(X, chunks=(5, 2), compression="gzip", shuffle=True, fletcher32=True))
    numbers("attributes.h5", x=dataset(X, attributes={"_FillValue": np.nan, "scale_factor": 1.0, "valid_min": -100.0}))
    of_numbers = ["links", "linked_group", "user_block", "virtual", "virtual_again", "virtual_both", "virtual_and_linked",
                  "virtual_itself", "raw", "big_endian", "chunks", "attributes"]
    images("linked_images.h5", h5py.ExternalLink("source.h5", "/pixels"), h5py.ExternalLink("source.h5", "/labels"))
    images("link_to_link.h5", h5py.ExternalLink("linked_images.h5", "/images"))
    images("images_with_user_block.h5", userblock=4096)
    images("virtual_images.h5", virtual([(slice(0, N), "source.h5:pixels", N)], IMAGES.shape, "u1"))
    images("packed_images.h5", dataset(IMAGES, compression="gzip", chunks=(3, 8, 8, 3)))
    images("wide_images.h5", IMAGES.astype(">i4"), LABELS.astype("u1"))
    images("images_with_range.h5", dataset(IMAGES, attributes={"valid_range": np.array([0, 255], "u1")}))
    of_images = ["linked_images", "link_to_link", "images_with_user_block", "virtual_images", "packed_images", "wide_images",
                 "images_with_range"]
    return [("plain", name) for name in of_numbers] + [("plain_images", name) for name in of_images]


def refused():
    """(file, words that the message must hold)"""
    cases = []

    def case(name, *words):
        cases.append((f"{name}.h5", words))
        return f"{name}.h5"

    gone = h5py.ExternalLink("gone.h5", "/there")
    numbers(case("link_gone", "/data/x: is a link to /there of the file gone.h5"), x=gone)
    write(case("group_gone", "/data is a link to /there of the file gone.h5"), data=gone)
    numbers(case("soft_gone", "/data/y: is a link to /nowhere"), y=h5py.SoftLink("/nowhere"))
    images(case("images_gone", "/images: is a link to /there of the file gone.h5"), gone)
    numbers(case("virtual_gone", "/data/x: is virtual", "gone.h5: there is no such file"),
            x=virtual([(slice(0, 6), "source.h5:first", 6), (slice(6, N), "gone.h5:rest", N - 6)]))
    numbers(case("virtual_lacks", "source.h5: /none: there is no such dataset"), x=virtual([(slice(0, N), "source.h5:none", N)]))
    numbers(case("virtual_part", "/data/x: is virtual, and 30 of the 48 numbers"), x=virtual([(slice(0, 6), "source.h5:first", 6)]))
    numbers(case("virtual_short", "source.h5: /first: is not as large"), x=virtual([(slice(0, N), "source.h5:first", N)]))
    images(case("virtual_images_gone", "/images: is virtual", "gone.h5"),
           virtual([(slice(0, N), "gone.h5:pixels", N)], IMAGES.shape, "u1"))
    numbers(case("x_never", "/data/x: was made but never written"), x=never_written(X))
    numbers(case("y_never", "/data/y: was made but never written"), y=never_written(Y))
    images(case("images_never", "/images: was made but never written"), never_written(IMAGES))
    images(case("labels_never", "/labels: was made but never written"), labels=never_written(LABELS))
    numbers(case("chunks_missing", "/data/x: the chunk from [8, 0] on was never written"),
            x=dataset(X, write_rows=8, chunks=(4, 3), compression="gzip"))
    raw = os.path.abspath("short.bin")
    numbers(case("raw_short", "short.bin, which has 100 bytes"), x=dataset(X, external=[(raw, 0, h5py.h5f.UNLIMITED)]))
    os.truncate(raw, 100)
    numbers(case("raw_gone", "gone.bin, which is not there"), x=never_written_raw("gone.bin"))
    numbers(case("lzf", "/data/x: is packed with lzf (filter 32000)", 'compression="gzip"'),
            x=dataset(np.zeros((N, 3)), compression="lzf"))
    numbers(case("scaled", "/data/x: holds packed numbers", "'scale_factor' is 0.5"), x=dataset(X, attributes={"scale_factor": 0.5}))
    numbers(case("filled", "/data/y: its element 3", "_FillValue"), y=dataset(Y, attributes={"_FillValue": Y[1, 1]}))
    images(case("unsigned", "/images: its element", "_Unsigned"), dataset(IMAGES.view("i1"), attributes={"_Unsigned": "true"}))
    numbers(case("empty", "/data/x: holds nothing"), x=h5py.Empty("f8"))
    numbers(case("complex", "/data/x: holds neither numbers nor text"), x=X + 0j)
    numbers(case("images_as_x", "[2, 2, 3]", "reshape(len(x), -1)", "/images"), x=np.ones((N, 2, 2, 3)))
    numbers(case("one_number", "[samples, 1]"), x=X[:, 0])
    numbers(case("both", "/images and /data/x"), images=IMAGES, labels=LABELS)
    images(case("floating", "/images: holds floating-point numbers", "255 * images"), IMAGES / 255)
    for channels in (1, 2, 3, 4, 5, 12):
        first = np.repeat(IMAGES[:, None, :, :, 0], channels, 1)
        images(case(f"channels_first_{channels}", "[N, channels, rows, columns]", "transpose(0, 2, 3, 1)"), first)
    images(case("grey", "[..., None]"), IMAGES[..., 0])
    np.save("a.npy", X)
    np.savez("a.npz", x=X)
    cases += [("a.npy", ["NumPy", "f['data/x'] = x"]), ("a.npz", ["NumPy", "f['data/x'] = x"])]
    cases += [("plain.h5 --pool 4", ["--pool: '4' is for images"]), ("plain.h5 --patch 1x7", ["--patch: '1x7' is for images"]),
              ("teacher --set d=3 outputs=2 --pool 2", ["--pool: '2' is for images"])]
    return cases


def read_besides():
    """(data, file that they are read from): that file may not become an output."""
    numbers("raw_input.h5", dataset(X, external=[(os.path.abspath("raw_input.bin"), 0, h5py.h5f.UNLIMITED)]))
    return [("plain.h5", "plain.h5"), ("linked_group.h5", "plain.h5"), ("virtual_again.h5", "source.h5"),
            ("virtual_again.h5", "virtual.h5"), ("raw_input.h5", "raw_input.bin"), ("linked_images.h5", "source.h5")]


def never_written_raw(name):
    return lambda file, path: file.create_dataset(path, X.shape, X.dtype, external=[(name, 0, h5py.h5f.UNLIMITED)])


def main():
    program = os.path.abspath(sys.argv[1])
    failures = 0

    def run(data, output="results.h5"):
        pathlib.Path("results.h5").unlink(missing_ok=True)
        return subprocess.run([program, *f"{JOB} --force --output {output} --data {data}".split()], capture_output=True,
                              text=True, timeout=300)

    def losses(name):
        ended = run(f"{name}.h5")
        assert ended.returncode == 0, f"{name}: {ended.stderr}"
        with h5py.File("results.h5") as file:
            return next(group for group in file.values() if isinstance(group, h5py.Group) and "valid_rows" in group)["loss"][0]

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        pairs = of_the_same_numbers()
        plain = {name: losses(name) for name in ("plain", "plain_images")}
        assert all(np.isfinite(values).all() for values in plain.values())
        for expected, name in pairs:
            same = np.array_equal(losses(name), plain[expected])
            failures += not same
            print(f"{name}: {'as' if same else 'FAILED: not as'} {expected}")
        for data, words in refused():
            ended = run(data)
            message = ended.stderr.strip()
            wrong = [word for word in words if word not in message]
            left = pathlib.Path("results.h5").exists()
            if ended.returncode != 2 or wrong or left:
                failures += 1
                print(f"FAILED: exit code {ended.returncode}, without {wrong}{', results left' if left else ''}")
            print(f"{data}:\n    {message}")
        for data, source in read_besides():
            before = pathlib.Path(source).read_bytes()
            ended = run(data, source)
            same = pathlib.Path(source).read_bytes() == before
            if ended.returncode != 2 or "--output" not in ended.stderr and "output:" not in ended.stderr or not same:
                failures += 1
                print(f"FAILED: exit code {ended.returncode}{'' if same else ', the file is another'}")
            print(f"{data} into {source}:\n    {ended.stderr.strip()}")
    print(f"{failures} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
