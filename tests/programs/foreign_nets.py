#!/usr/bin/env python3
"""The texts of models/texts against the same nets in NumPy: safetensors with the names, shapes and types of Hugging
Face's, made here (whole and in shards, with masks beside the parameters, with and without a prefix, the output once
more), give `train` the loss that NumPy finds; and along the flow of `drift` all laws are conserved, and no control is.

    /usr/bin/python3 tests/programs/foreign_nets.py [build/release]
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import h5py
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release").resolve()
sys.path.insert(0, str(ROOT / "models/texts"))
sys.dont_write_bytecode = True
from layers import with_layers  # noqa: E402

V, D, A, K, T, SAMPLES, LAYERS = 11, 12, 4, 10, 5, 6, 3
HEADS, GROUPS, POSITIONS = 6, 2, 8  # query heads, key/value heads, rows of GPT-2's table
random = np.random.default_rng(3)


def normal(*shape, mean=0.0, size=0.4):
    """Numbers that BF16 holds."""
    numbers = (mean + size * random.standard_normal(shape)).astype(np.float32)
    return (numbers.view(np.uint32) & 0xFFFF0000).view(np.float32).astype(np.float64)


def rms(x, eps):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + eps)


def layer_norm(x, eps=1e-5):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps)


def silu(x):
    return x / (1.0 + np.exp(-x))


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


def attention(q, k, v):
    """[samples, heads, tokens, a]: each query head with its key/value head."""
    repeated = q.shape[1] // k.shape[1]
    k, v = np.repeat(k, repeated, 1), np.repeat(v, repeated, 1)
    scores = np.where(np.tril(np.ones((T, T), bool)), q @ k.swapaxes(-1, -2) / np.sqrt(A), -np.inf)
    return (softmax(scores) @ v).swapaxes(1, 2).reshape(SAMPLES, T, -1)


def in_heads(x):
    return x.reshape(SAMPLES, T, -1, A).swapaxes(1, 2)


def rotated(x, base):
    angles = np.arange(T)[:, None] * base ** (-2.0 * np.arange(A // 2) / A)
    cos, sin = np.cos(angles), np.sin(angles)
    left, right = x[..., : A // 2], x[..., A // 2 :]
    return np.concatenate([left * cos - right * sin, right * cos + left * sin], -1)


def llama_weights(norms, tied):
    w = {"model.embed_tokens.weight": normal(V, D), "model.norm.weight": normal(D, mean=1.0)}
    if not tied:
        w["lm_head.weight"] = normal(V, D)
    for n in range(LAYERS):
        layer = f"model.layers.{n}."
        for name, *shape in [("self_attn.q_proj", HEADS * A, D), ("self_attn.k_proj", GROUPS * A, D),
                             ("self_attn.v_proj", GROUPS * A, D), ("self_attn.o_proj", D, HEADS * A),
                             ("mlp.gate_proj", K, D), ("mlp.up_proj", K, D), ("mlp.down_proj", D, K)]:
            w[f"{layer}{name}.weight"] = normal(*shape)
        for name in ("input_layernorm", "post_attention_layernorm"):
            w[f"{layer}{name}.weight"] = normal(D, mean=1.0)
        for name in ("q_norm", "k_norm") if norms else ():
            w[f"{layer}self_attn.{name}.weight"] = normal(A, mean=1.0)
    return w


def llama_logits(w, tokens, base, eps):
    x = w["model.embed_tokens.weight"][tokens]
    for n in range(LAYERS):
        def weight(name):
            return w[f"model.layers.{n}.{name}.weight"]

        def turned(of, norm, normed):
            heads = in_heads(normed @ weight(f"self_attn.{of}").T)
            name = f"model.layers.{n}.self_attn.{norm}.weight"
            return rotated(w[name] * rms(heads, eps) if name in w else heads, base)

        normed = weight("input_layernorm") * rms(x, eps)
        x = x + attention(turned("q_proj", "q_norm", normed), turned("k_proj", "k_norm", normed),
                          in_heads(normed @ weight("self_attn.v_proj").T)) @ weight("self_attn.o_proj").T
        normed = weight("post_attention_layernorm") * rms(x, eps)
        hidden = silu(normed @ weight("mlp.gate_proj").T) * (normed @ weight("mlp.up_proj").T)
        x = x + hidden @ weight("mlp.down_proj").T
    return w["model.norm.weight"] * rms(x, eps) @ w.get("lm_head.weight", w["model.embed_tokens.weight"]).T


def gpt2_weights():
    w = {"wte.weight": normal(V, D), "wpe.weight": normal(POSITIONS, D)}
    norms = ["ln_f"] + [f"h.{n}.{name}" for n in range(LAYERS) for name in ("ln_1", "ln_2")]
    maps = [(f"h.{n}.{name}", *shape) for n in range(LAYERS) for name, *shape in [
        ("attn.c_attn", D, 3 * D), ("attn.c_proj", D, D), ("mlp.c_fc", D, K), ("mlp.c_proj", K, D)]]
    w |= {f"{name}.weight": normal(D, mean=1.0) for name in norms} | {f"{name}.bias": normal(D) for name in norms}
    w |= {f"{name}.weight": normal(*shape) for name, *shape in maps}
    return w | {f"{name}.bias": normal(shape[-1]) for name, *shape in maps}


def gpt2_logits(w, tokens):
    def norm(x, name):
        return w[f"{name}.weight"] * layer_norm(x) + w[f"{name}.bias"]

    def mapped(x, name):
        return x @ w[f"{name}.weight"] + w[f"{name}.bias"]

    x = w["wte.weight"][tokens] + w["wpe.weight"][:T]
    for n in range(LAYERS):
        q, k, v = (in_heads(part) for part in np.split(mapped(norm(x, f"h.{n}.ln_1"), f"h.{n}.attn.c_attn"), 3, -1))
        x = x + mapped(attention(q, k, v), f"h.{n}.attn.c_proj")
        up = mapped(norm(x, f"h.{n}.ln_2"), f"h.{n}.mlp.c_fc")
        gelu = 0.5 * up * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (up + 0.044715 * up**3)))
        x = x + mapped(gelu, f"h.{n}.mlp.c_proj")
    return norm(x, "ln_f") @ w["wte.weight"].T


def loss(logits, labels):
    shifted = logits - logits.max(-1, keepdims=True)
    chosen = np.take_along_axis(shifted, labels[..., None], -1)[..., 0]
    return (np.log(np.exp(shifted).sum(-1)) - chosen).mean()


def as_bf16(numbers):
    return "BF16", (numbers.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)


def as_f32(numbers):
    return "F32", numbers.astype(np.float32)


def as_f16(numbers):
    return "F16", numbers.astype(np.float16)


def save(path, tensors):
    """`tensors`: name -> (type, array)."""
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, (kind, numbers) in tensors.items():
        raw = np.ascontiguousarray(numbers).tobytes()
        header[name] = {"dtype": kind, "shape": list(numbers.shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def save_shards(folder, tensors):
    folder.mkdir()
    names, shards = list(tensors), {}
    for shard in range(2):
        file = f"model-0000{shard + 1}-of-00002.safetensors"
        part = names[shard::2]
        save(folder / file, {name: tensors[name] for name in part})
        shards |= {name: file for name in part}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": shards}))


def run(program, *arguments):
    done = subprocess.run([BUILD / program, *map(str, arguments), "--force", "--quiet"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr


def run_group(file):
    return next(group for group in file.values() if isinstance(group, h5py.Group) and "valid_rows" in group)


def check_loss(folder, text, sizes, weights, expected):
    """One step of GD from the weights; returns what was said."""
    said = run("train", "--block", text, "--weights", weights, "--data", folder / "d.h5", "--method", "gd",
               "--schedule", "constant", "--steps", 1, "--step-size", 0.1, "--seeds", 1, "--precision", "double",
               "--evaluations", 0, "--every", 1, "--output", folder / "r.h5", *sizes)
    with h5py.File(folder / "r.h5") as file:
        found = run_group(file)["batch_loss"][0, 1]
    print(f"{text.name} {pathlib.Path(weights).name}: loss {found:.12f}, NumPy's {expected:.12f}")
    assert abs(found / expected - 1.0) < 1e-12, (found, expected)
    return said


def check_laws(folder, text, sizes, weights):
    run("drift", "--block", text, "--weights", weights, "--data", folder / "d.h5", "--time", 0.2, "--step-size", 0.01,
        0.005, "--schedule", "constant", "--records", 4, "--output", folder / "l.h5", *sizes)
    with h5py.File(folder / "l.h5") as file:
        summary = file["summary"]
        found = {(law.decode(), kind.decode(), verdict.decode())
                 for law, kind, verdict in zip(summary["law"][()], summary["kind"][()], summary["verdict"][()])}
    wrong = [law for law in found if law[2] != {"law": "conserved", "control": "not conserved"}[law[1]]]
    print(f"{text.name}: {len(found)} laws and controls along the flow")
    assert not wrong, wrong
    assert any(kind == "control" for _, kind, _ in found)


def main():
    tokens, labels = random.integers(0, V, (SAMPLES, T)), random.integers(0, V, (SAMPLES, T))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with h5py.File(folder / "d.h5", "w") as file:
            file["data/x"], file["data/y"] = tokens, labels
        texts = {}
        for short in ("qwen3", "llama", "gpt2"):
            text = (ROOT / f"models/texts/{short}.txt").read_text()
            assert with_layers(text, 2) == text, short
            texts[short] = folder / f"{short}.txt"
            texts[short].write_text(with_layers(text, LAYERS))

        qwen = llama_weights(norms=True, tied=True)
        expected = loss(llama_logits(qwen, tokens, 1e6, 1e-6), labels)
        saved = {name: as_bf16(numbers) for name, numbers in qwen.items()}
        saved["lm_head.weight"] = saved["model.embed_tokens.weight"]
        save(folder / "qwen3.safetensors", saved)
        said = check_loss(folder, texts["qwen3"], [], folder / "qwen3.safetensors", expected)
        assert "lm_head.weight is left out: it is model.embed_tokens.weight once more" in said, said
        check_laws(folder, texts["qwen3"], [], folder / "qwen3.safetensors")

        llama, size = llama_weights(norms=False, tied=False), ["--set", f"a={A}"]
        expected = loss(llama_logits(llama, tokens, 5e5, 1e-5), labels)
        saved = {name: as_f32(numbers) for name, numbers in llama.items()}
        saved |= {f"model.layers.{n}.self_attn.rotary_emb.inv_freq": as_f32(np.ones(A // 2)) for n in range(LAYERS)}
        save_shards(folder / "llama", saved)
        said = check_loss(folder, texts["llama"], size, folder / "llama", expected)
        assert f"model.layers.0.self_attn.rotary_emb.inv_freq and {LAYERS - 1} more are left out" in said, said
        check_laws(folder, texts["llama"], size, folder / "llama")

        gpt2 = gpt2_weights()
        expected = loss(gpt2_logits(gpt2, tokens), labels)
        mask = np.tril(np.ones((1, 1, POSITIONS, POSITIONS)))
        plain = {name: as_f32(numbers) for name, numbers in gpt2.items()}
        plain |= {f"h.{n}.attn.bias": as_f32(mask) for n in range(LAYERS)}
        wrapped = {f"transformer.{name}": as_bf16(numbers) for name, numbers in gpt2.items()}
        wrapped |= {f"transformer.h.{n}.attn.bias": ("BOOL", mask.astype(np.uint8)) for n in range(LAYERS)}
        save(folder / "gpt2.safetensors", plain)
        save(folder / "wrapped.safetensors", wrapped)
        for file in ("gpt2", "wrapped"):
            said = check_loss(folder, texts["gpt2"], size, folder / f"{file}.safetensors", expected)
            assert "masks or angles, no parameters" in said, said
            assert ("read without 'transformer.'" in said) == (file == "wrapped"), said
        check_laws(folder, texts["gpt2"], size, folder / "gpt2.safetensors")

        halves = {name: as_f16(numbers) for name, numbers in gpt2.items()}
        rounded = {name: numbers.astype(np.float64) for name, (_, numbers) in halves.items()}
        save(folder / "halves.safetensors", halves)
        expected = loss(gpt2_logits(rounded, tokens), labels)
        check_loss(folder, texts["gpt2"], size, folder / "halves.safetensors", expected)


main()
