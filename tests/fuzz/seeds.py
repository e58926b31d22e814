"""Writes the first inputs of every target: seeds.py FOLDER [PROGRAM]. FOLDER/TARGET/NAME each; PROGRAM (drift) prints
the built-in blocks and the configuration."""

import glob
import gzip
import io
import json
import os
import re
import struct
import subprocess
import sys

import h5py
import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
folder, program = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None


def save(target, name, content):
    os.makedirs(os.path.join(folder, target), exist_ok=True)
    with open(os.path.join(folder, target, name), "wb") as file:
        file.write(content)


def two(option, second, first):  # idx.cpp, cifar.cpp
    return bytes([option]) + struct.pack("<H", len(second)) + second + first


def idx():
    pixels = bytes(i * 37 % 256 for i in range(3 * 4 * 4))
    images, labels = struct.pack(">4I", 0x803, 3, 4, 4) + pixels, struct.pack(">2I", 0x801, 3) + bytes([0, 2, 1])
    for option in (0, 5, 8, 16, 80):
        save("idx", f"plain{option}", two(option, labels, images))
    save("idx", "packed", two(0, gzip.compress(labels, mtime=0), gzip.compress(images, mtime=0)))
    save("idx", "other_type", two(0, labels, struct.pack(">4I", 0xD03, 3, 4, 4) + pixels))


def cifar():
    record = bytes([7]) + bytes(i // 8 % 256 for i in range(3072))
    for option in (0, 8, 16, 70):
        save("cifar", f"plain{option}", two(option, record, record * 2))
    save("cifar", "packed", two(0, gzip.compress(record, mtime=0), gzip.compress(record * 3, mtime=0)))


def safetensors():
    def file(tensors, metadata=None):
        header, data = {}, b""
        if metadata:
            header["__metadata__"] = metadata
        for name, (dtype, shape, content) in tensors.items():
            header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
            data += content
        text = json.dumps(header, separators=(",", ":")).encode()
        return struct.pack("<Q", len(text)) + text + data

    a = file({"W": ("F32", [2, 2], b"\x00\x00\x80\x3f" * 4), "b": ("F64", [1], struct.pack("<d", 0.5))})
    save("safetensors", "floats", b"\0\0" + a)
    save("safetensors", "halves", b"\0\0" + file({"x": ("BF16", [2], b"\x80\x3f" * 2), "y": ("F16", [], b"\0\x3c")}))
    integers = {t: (t, [1], bytes(n)) for t, n in (("I64", 8), ("I32", 4), ("I16", 2), ("I8", 1), ("U8", 1), ("BOOL", 1))}
    save("safetensors", "integers", b"\0\0" + file(integers, {"format": "pt"}))
    save("safetensors", "empty", b"\0\0" + file({"none": ("F32", [0, 3], b"")}))
    index = json.dumps({"metadata": {"total_size": 24}, "weight_map": {"W": "a.safetensors", "b": "a.safetensors"}})
    save("safetensors", "index", struct.pack("<H", len(index)) + index.encode() + a)


def hdf5_problem():
    def file(fill, **options):
        memory = io.BytesIO()
        with h5py.File(memory, "w", **options) as out:
            fill(out)
        return memory.getvalue()

    def problem(out):
        out["data/x"], out["data/y"] = np.ones((3, 2)), np.zeros((3, 1))
        out["parameters/W"], out["parameters/layer/b"] = np.ones((1, 2)), np.float32(0.5)
        out["constants/mask"] = np.array([0, 1])
        out["expected/at_T/loss"] = 0.5
        out["expected/at_T"].attrs["T"] = 2.0

    def packed(out):
        out.create_dataset("data/x", data=np.ones((4, 3), "f4"), chunks=(2, 3), compression="gzip", shuffle=True,
                           fletcher32=True)
        out["data/y"] = np.array([0, 1, 1, 0], "i2")
        out.attrs["T"] = 1.0

    def images(out):
        out["images"], out["labels"] = np.zeros((2, 4, 4, 1), "u1"), np.array([0, 1], "u1")

    def links(out):
        problem(out)
        out["soft"], out["other"] = h5py.SoftLink("/data/x"), h5py.ExternalLink("none.h5", "/x")
        out["text"] = "some text"

    for name, fill in (("problem", problem), ("packed", packed), ("images", images), ("links", links)):
        save("hdf5_problem", name, file(fill))
        save("hdf5_problem", name + "_latest", file(fill, libver="latest"))


def hdf5_results():
    for base in range(7):
        save("hdf5_results", f"whole{base}", bytes([base]))
        save("hdf5_results", f"changed{base}", bytes([base, 8, 0, 0, 1, 0, 200, 10, 0, 2, 255, 255]))
        save("hdf5_results", f"cut{base}", bytes([base, 0, 40, 0, 0]))


def texts():
    for path in glob.glob(ROOT + "/experiments/*/*.toml"):
        save("toml", os.path.basename(path), open(path, "rb").read())
    for path in glob.glob(ROOT + "/tests/models/texts/*.txt") + [ROOT + "/tests/bench/mlp_tanh.txt"]:
        save("notation", os.path.basename(path), open(path, "rb").read())
    for number, path in enumerate(glob.glob(ROOT + "/**/*.md", recursive=True)):
        for place, block in enumerate(re.findall(r"```\w*\n(.*?)```", open(path).read(), re.S)):
            if re.search(r"^input ", block, re.M):
                save("notation", f"document{number}_{place}", block.encode())
            elif re.search(r"^\w+ = ", block, re.M) and "import" not in block:
                save("toml", f"document{number}_{place}", block.encode())
    # Of texts that tests write in raw strings.
    for number, path in enumerate(sorted(glob.glob(ROOT + "/tests/tensor/*.cpp"))):
        for place, block in enumerate(re.findall(r'R"\w*\((.*?)\)\w*"', open(path).read(), re.S)):
            save("notation", f"test{number}_{place}", block.encode())


def printed():
    run = lambda *options: subprocess.run([program, *options], check=True, capture_output=True).stdout
    save("toml", "usual", run("--print-config"))
    listing = run("--list").decode()
    for model in re.findall(r"^(?:  )?([a-z][\w-]*)", listing, re.M):
        shown = subprocess.run([program, "--model", model, "--print-block"], capture_output=True)
        if shown.returncode == 0:
            save("notation", model, shown.stdout)


for write in (idx, cifar, safetensors, hdf5_problem, hdf5_results, texts):
    write()
if program:
    printed()
