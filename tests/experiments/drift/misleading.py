"""Texts made to mislead: what `drift` says of laws where the evidence is thin, or lies where few look.

misleading.py DRIFT [NAME...]: runs the cases, all or those named; exit code 1 where a verdict is not the expected one.
A verdict expected is of every run of its law; evidence expected is a part of its text.
"""
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
UNDECIDED, CONSERVED, NOT = "undecided", "conserved", "not conserved"

SWIGLU = """sizes h=16 m=8
parameters {order}
input x[d]
v[h] = V[h d] x[d]
c[h] = {value}
y[m] = A[m h] silu(W[h d] x[d]) c[h]
claim down_up[h] = A[m h] A[m h] - V[h d] V[h d]
"""
CLAMP = "relu(v[h] + 4) - relu(v[h] - 4) - 4"
ONE_SEED = "relu(v[h] + 5) - relu(v[h] - 5) - 5"  # of the seeds 1 to 4 the last has inputs beyond
SHORT = "--method flow gd --time 1.5"


def swiglu(value=CLAMP, order="W[h d] V[h d] A[m h]"):
    return SWIGLU.format(value=value, order=order)


COUPLED = """sizes d=4 h=4 m=4
parameters W[h d] V[h d] A[m h] p
input x[d]
v[h] = V[h d] x[d]
open = relu(0.6 - p)
y[m] = A[m h] silu(W[h d] x[d]) v[h] + 1e-6 open A[m h] tanh(v[h]) + p
claim down_up[h] = A[m h] A[m h] - V[h d] V[h d]
"""
ON_TEACHER = "--data teacher --samples 32 --method flow --rtol 1e-9 1e-12"

SCALES = """sizes m=3 a=4
parameters Q[a d] K[a d] V[m d] gq=1 gk=1
input x[t d]
q[t a] = gq rms_norm[a](Q[a d] x[t d], eps=1e-6)
k[t a] = gk rms_norm[a](K[a d] x[t d], eps=1e-6)
s[t u] = q[t a] k[u a]
p[t u] = softmax[u](s[t u])
v[u m] = V[m d] x[u d]
y[t m] = p[t u] v[u m]
law squares = gq gq - gk gk
claim difference = gq - gk
"""

EMPTY = """sizes h=6 m=4
parameters A[m h] W[h d]
input x[d]
y[m] = A[m h] tanh(W[h d] x[d])
claim nothing[h] = A[m h] A[m h] - A[m h] A[m h]
claim number = 5
claim sign[m h] = step(A[m h] + 100)
claim root = sqrt(-1 - sum[m](A[m 0]) sum[m](A[m 0]))
"""

DEAD = """sizes h=6 m=4
parameters A[m h] W[h d] b[h]=-60
input x[d]
y[m] = A[m h] relu(W[h d] x[d] + b[h])
law in_out[h] = A[m h] A[m h] - W[h d] W[h d] - b[h] b[h]
claim wrong[h] = A[m h] A[m h] + W[h d] W[h d]
"""

QUICK = "--method flow --samples 64 --rtol 1e-4 1e-6 1e-8"
LADDER = "--method flow --rtol 1e-4 1e-6 1e-8"
EXPERTS = "--model moe-softmax --set experts=16 top=1 width=4 outputs=4 --samples 16 --method flow --rtol 1e-4 1e-6 1e-9"

# All that could move is LoRA's product, whose B is 0 in the start and in the teacher: nothing moves.
LORA = """sizes h=4 m=4 r=2
constants W0[h d] A[m h]
parameters B[h r]=0 C[r d]
input x[d]
W[h d] = W0[h d] + B[h r] C[r d]
y[m] = A[m h] silu(W[h d] x[d])
law factors[r s] = B[h r] B[h s] - C[r d] C[s d]
claim plus[r s] = B[h r] B[h s] + C[r d] C[s d]
"""

# Tokens are below 4 of 10.
ROWS = """sizes v=10 d=3 m=2
parameters E[v d] A[m d]
input tokens[t]
e[t d] = lookup[v](E[v d], tokens[t])
y[t m] = A[m d] tanh(e[t d])
claim rows[v] = E[v d] E[v d]
claim read[d] = E[3 d]
claim unread[d] = E[9 d]
"""

# Scores of 1e4 and more: where they differ, the softmax is 0 or 1, and so are its derivatives 0.
SATURATED = """sizes a=3 m=3
parameters Q[a d]=60 K[a d]=60 V[m d] R[a d]
input x[t d]
q[t a] = Q[a d] x[t d] + 60 R[a d] x[t d]
k[u a] = K[a d] x[u d]
p[t u] = softmax[u](q[t a] k[u a])
y[t m] = p[t u] V[m d] x[u d]
claim query_plus_key = sum[a](Q[a d] Q[a d]) + sum[a](K[a d] K[a d])
claim query_row[d] = Q[0 d]
"""

SHUT = """sizes h=4 m=4
parameters W[h d] V[h d] A[m h] p=-1e3
input x[d]
v[h] = V[h d] x[d]
y[m] = A[m h] silu(W[h d] x[d]) v[h] + relu(p) A[m h] tanh(v[h])
claim down_up[h] = A[m h] A[m h] - V[h d] V[h d]
claim gate = p
"""

# One unit of 1000 has a second way out, and is no law's.
ONE_OF_MANY = """sizes h=1000 m=3
parameters W[h d] V[h d] A[m h] P[m]
input x[d]
v[h] = V[h d] x[d]
y[m] = A[m h] silu(W[h d] x[d]) v[h] + {coupling} A[m 7] tanh(V[7 d] x[d])
claim down_up[h] = A[m h] A[m h] - V[h d] V[h d]
"""


def weakly_coupled(coupling):
    return SWIGLU.format(order="W[h d] V[h d] A[m h]", value="v[h]").replace(
        "c[h]\nclaim", f"c[h] + {coupling} A[m h] tanh(v[h])\nclaim").replace("h=16 m=8", "h=4 m=4 d=4")


# name: (text or None, options, {law: (verdict, part of the evidence)})
# Frozen: a softmax does not see it. Its gradient is the rounding of others.
KEY_BIAS = """sizes d=4 a=3 m=3
parameters Q[d a] K[d a] V[d m] b[a]=0
input x[t d]
q[t a] = Q[d a] x[t d]
k[t a] = K[d a] x[t d] + b[a]
v[t m] = V[d m] x[t d]
s[t u] = q[t a] k[u a]
p[t u] = softmax[u](s[t u])
y[t m] = p[t u] v[u m]
law key_bias[a] = b[a]
"""
# Open for q > 3 only: of far points on one side of the start none shows it.
GATE = """sizes h=6 m=5
parameters A[m h] W[h d] b[h]=-9 q=0.3
input x[d]
u[h] = tanh(W[h d] x[d])
open = relu(q - 3)
z[h] = relu(b[h] - 7)
y[m] = A[m h] u[h] + open A[m h] u[h] u[h] + A[m h] z[h]
claim gate = q
claim square = q q
claim unit[h] = b[h]
"""

CASES = {
    "key bias": (KEY_BIAS, "--data teacher --set t=3 --samples 16 --time 1 --method flow gd --step-size 0.05 "
                 "--rtol 1e-6 1e-8", {"key_bias": (CONSERVED, "")}),
    "gate on one side": (GATE, "--samples 16 --time 0.2 --method flow gd --step-size 0.02 --rtol 1e-5 1e-7", {
        "gate": (UNDECIDED, "no gradient"), "square": (UNDECIDED, "no gradient"), "unit": (UNDECIDED, "no gradient")}),
    "clamped": (swiglu(), SHORT, {"down_up": (NOT, "")}),
    "clamped, other order": (swiglu(order="V[h d] W[h d] A[m h]"), SHORT, {"down_up": (NOT, "")}),
    "not clamped": (swiglu("v[h]"), SHORT, {"down_up": (CONSERVED, "")}),
    "coupled": (COUPLED, ON_TEACHER, {"down_up": (NOT, "")}),
    "coupled, with a bystander": (COUPLED + "control bystander = p\n", ON_TEACHER,
                                  {"down_up": (NOT, ""), "bystander": (NOT, "")}),
    "tiny start": (None, "--model moe-normalised-sigmoid --set experts=2 width=4 outputs=4 --start-scale 1e-15 --time 1 "
                   + QUICK, {law: (UNDECIDED, "not a law elsewhere") for law in
                             ("gate_sum", "first_gate_row", "gate_row_sum")} | {"down_up": (CONSERVED, "")}),
    "scales": (SCALES, "--time 1 " + QUICK, {"squares": (CONSERVED, ""), "difference": (UNDECIDED, "elsewhere")}),
    "empty": (EMPTY, "--time 1 " + QUICK, {"nothing": (UNDECIDED, "derivative is 0"),
                                           "number": (UNDECIDED, "derivative is 0"),
                                           "sign": (UNDECIDED, "derivative is 0"), "root": (UNDECIDED, "NaN")}),
    "dead": (DEAD, "--time 1 " + QUICK, {"in_out": (UNDECIDED, "no gradient came to 6 of 6"),
                                         "wrong": (UNDECIDED, "no gradient came to 6 of 6")}),
    "sparse experts": (None, "--time 1 " + EXPERTS, {"down_up": (UNDECIDED, "no gradient came to"),
                                                     "frozen_gate": (CONSERVED, "no gradient")}),
    "sparse experts, mixed": (None, "--time 1 --precision mixed " + EXPERTS,
                              {"down_up": (UNDECIDED, "no gradient came to"), "frozen_gate": (CONSERVED, "")}),
    "sigmoid gate": (None, "--time 1 --model moe-normalised-sigmoid --set experts=2 width=4 outputs=4 " + QUICK,
                     {"gate_sum": (NOT, ""), "down_up": (CONSERVED, ""), "first_gate_row": (NOT, "")}),
    "relu, scale 3": (None, "--model ffn --set activation=relu width=8 outputs=4 --start-scale 3 --time 1 " + QUICK,
                      {"down_up": (CONSERVED, ""), "first_entries": (NOT, "")}),
    "top-k, scale 3": (None, "--model moe-softmax --set experts=3 top=2 width=4 outputs=4 --start-scale 3 --time 1 "
                       + QUICK, {"down_up": (CONSERVED, ""), "gate_sum": (CONSERVED, ""),
                                   "first_gate_row": (NOT, "")}),
    "lora at its teacher": (LORA, "--data teacher --samples 16 --set d=4 --time 1 " + LADDER, {
        "factors": (CONSERVED, "defect 0"), "plus": (UNDECIDED, "elsewhere")}),
    "rows that no token reads": (ROWS, "--data {folder}/tokens.h5 --time 1 " + LADDER, {
        "rows": (NOT, ""), "read": (NOT, ""), "unread": (UNDECIDED, "drift 0 to 0")}),
    "saturated": (SATURATED, "--data teacher --samples 16 --set d=4 t=4 --time 1 " + LADDER, {
        "query_plus_key": (UNDECIDED, "elsewhere"), "query_row": (UNDECIDED, "elsewhere")}),
    "shut gate": (SHUT, "--data teacher --samples 16 --set d=4 --time 1 " + LADDER, {
        "down_up": (CONSERVED, ""), "gate": (UNDECIDED, "no gradient came to 1 of 1")}),
    "one of 1000": (ONE_OF_MANY.format(coupling="1e-3"), "--data teacher --samples 16 --set d=4 --time 1 " + LADDER, {
        "down_up": (NOT, "")}),
    "coupling 1e-10": (weakly_coupled("1e-10"), ON_TEACHER, {"down_up": (NOT, "")}),
    "coupling 1e-12": (weakly_coupled("1e-12"), ON_TEACHER, {"down_up": (NOT, "")}),
    # below what is looked at in quad: the defect that the evidence names is all that is known
    "coupling 1e-14": (weakly_coupled("1e-14"), ON_TEACHER, {"down_up": (CONSERVED, "defect ")}),
    "one seed of four": (swiglu(ONE_SEED), "--start-seeds 1..4 --time 1.5 --method flow --rtol 1e-4 1e-6",
                         {"down_up": (NOT, "")}),
    "no budget": (swiglu(), "--budget off " + SHORT, {"down_up": (NOT, "")}),
    "no budget, law": (swiglu("v[h]"), "--budget off " + SHORT, {"down_up": (CONSERVED, "")}),
}


def verdicts(path):
    with h5py.File(path) as file:
        table = file["summary"]
        rows = zip(*(table[name].asstr()[()] for name in ("model", "law", "verdict", "evidence")))
        return {law: (verdict, evidence) for _, law, verdict, evidence in rows}


def main():
    verbose = "--verbose" in sys.argv
    drift, *chosen = [word for word in sys.argv[1:] if word != "--verbose"]
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        with h5py.File(Path(folder) / "tokens.h5", "w") as file:
            file["data/x"] = [[(i * (j + 1)) % 4 for j in range(5)] for i in range(12)]
            file["data/y"] = [[[0.1 * ((i * j) % 7), 0.2 * ((i + j) % 5)] for j in range(5)] for i in range(12)]
        for name, (text, options, expected) in CASES.items():
            if chosen and name not in chosen:
                continue
            arguments = options.replace("{folder}", folder).split()
            if text:
                block = Path(folder) / "block.txt"
                block.write_text(text)
                arguments += ["--block", str(block)]
            output = Path(folder) / "results.h5"
            begun = time.time()
            run = subprocess.run([drift, *arguments, "--quiet", "--force", "--output", output], capture_output=True,
                                 text=True)
            if run.returncode not in (0, 3):
                print(f"{name}: exit code {run.returncode}: {run.stderr}")
                wrong += 1
                continue
            found = verdicts(output)
            if verbose:
                print(f"{time.time() - begun:5.1f} s  {name}: {found}", flush=True)
            for law, (verdict, part) in expected.items():
                if law not in found:
                    print(f"{name}: no law {law}: {sorted(found)}")
                    wrong += 1
                    continue
                if found[law][0] != verdict or part not in found[law][1]:
                    print(f"{name}: {law}: {verdict} ({part}) expected, found {found[law][0]}: {found[law][1]}")
                    wrong += 1
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
