#!/usr/bin/env python3
"""Models that transformers saves, untouched, in `train`: the texts of models/texts give the losses that transformers'
own models give, over steps of gradient descent, so the gradients too. Needs PyTorch and transformers; skips without.

    python tests/programs/hugging_face.py [build/release/train]
"""
import pathlib
import subprocess
import sys
import tempfile

SKIPPED = 77
try:
    import h5py
    import torch
    import transformers
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(SKIPPED)

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build/release/train")
STEPS, TAU, SAMPLES, TOKENS, VOCABULARY = 5, 0.1, 4, 7, 40
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


def qwen3():
    return transformers.Qwen3ForCausalLM(transformers.Qwen3Config(
        vocab_size=VOCABULARY, hidden_size=24, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=8, tie_word_embeddings=True, rms_norm_eps=1e-6,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6}))


def llama():
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=32, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=8, tie_word_embeddings=False, rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 5e5}))


def gpt2():
    return transformers.GPT2LMHeadModel(transformers.GPT2Config(
        vocab_size=VOCABULARY, n_positions=12, n_embd=24, n_layer=2, n_head=3, resid_pdrop=0.0, embd_pdrop=0.0,
        attn_pdrop=0.0))


# Of each text the model, what its weights leave open, the largest file of a shard, so that one is sharded, and how far
# losses may be apart: transformers takes root mean squares and angles in float, whatever the model is in.
CASES = {"qwen3.txt": (qwen3, [], "1GB", 1e-6), "llama.txt": (llama, ["a=8"], "20KB", 1e-6),
         "gpt2.txt": (gpt2, ["a=8"], "1GB", 1e-12)}


def scattered(model):
    """Norms and biases begin at ones and zeros; away from these the laws, and mistakes, are seen."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model.double().eval()


def their_losses(model, tokens):
    losses = []
    for _ in range(STEPS):
        logits = model(input_ids=tokens[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, VOCABULARY), tokens[:, 1:].reshape(-1))
        losses.append(loss.item())
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= TAU * parameter.grad
    return losses


def our_losses(text, weights, data, sizes, output):
    command = [PROGRAM, "--block", ROOT / "models/texts" / text, "--weights", weights, "--data", data, "--samples", "0",
               "--method", "gd", "--schedule", "constant", "--step-size", str(TAU), "--steps", str(STEPS),
               "--every", "1", "--evaluations", "0", "--seeds", "1", "--precision", "double", "--output", output, "--force", "--quiet"]
    if sizes:
        command += ["--set", *sizes]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    with h5py.File(output) as file:
        group = next(group for group in file.values() if isinstance(group, h5py.Group) and "valid_rows" in group)
        return list(group["batch_loss"][0, 1:]), run.stderr


def main():
    for text, (make, sizes, shard, tolerance) in CASES.items():
        torch.manual_seed(1)
        model, tokens = scattered(make()), torch.randint(0, VOCABULARY, (SAMPLES, TOKENS + 1))
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            model.save_pretrained(folder / "model", max_shard_size=shard)
            with h5py.File(folder / "d.h5", "w") as file:
                file["data/x"], file["data/y"] = tokens[:, :-1].numpy(), tokens[:, 1:].numpy()
            whole = folder / "model/model.safetensors"
            ours, said = our_losses(text, whole if whole.exists() else folder / "model", folder / "d.h5", sizes,
                                    folder / "r.h5")
        theirs = their_losses(model, tokens)
        difference = max(abs(a / b - 1.0) for a, b in zip(ours, theirs, strict=True))
        print(f"{text}: loss {theirs[0]:.6f} to {theirs[-1]:.6f}, largest relative difference {difference:.1e}")
        print(said.strip())
        assert difference < tolerance, (difference, tolerance)


main()
