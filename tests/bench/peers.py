#!/usr/bin/env python3
"""Our gradient and flow beside other tools', on the same problems, in one run on one core: medians of alternating rounds.

The hand-written Eigen gradient and Boost.Odeint's dopri5 around it are flow_sundials of $INVAR_SHARED/peers/flow, built
here into a temporary folder (needs libsundials-dev). JAX joins where --jax names a Python that has it, with h5py: its
gradient is timed inside one jitted loop, without the cost of a call.

    make bench && INVAR_SHARED=... tests/bench/peers.py [--rounds 9] [--core 0] [--jax PYTHON]
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = ROOT / "build/release/tests/bench/bench_peers"
PROBLEMS = {  # name -> (kind, file under INVAR_SHARED, key of problems.py)
    "P1": ("swiglu", "reference/SwiGLU.h5", "P1_T2"),
    "P2": ("attention", "reference/MHA_noPE.h5", "P2_T2"),
    "P5": ("swiglu", "peers/flow/P5_SwiGLU_d32_h128.h5", "P5"),
    "P7": ("mlp_tanh", "peers/flow/P7_tanhMLP_9_32_24_8.h5", "P7"),
}
JAX = """
import os, sys, time
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
sys.path.insert(0, sys.argv[1])
import jax, jax.numpy as jnp
jax.config.update("jax_enable_x64", True)
import problems
p = problems.load(sys.argv[2])
x, y = jnp.asarray(p.x), jnp.asarray(p.y)
loss = lambda th: 0.5 * jnp.sum((problems.outputs(p, p.unpack(th), x, jnp) - y) ** 2) / len(p.x)
many = jax.jit(lambda th, n: jax.lax.fori_loop(0, n, lambda i, t: t - 1e-9 * jax.grad(loss)(t), th))
th, n = jnp.asarray(p.theta0), 8
while True:
    many(th, n).block_until_ready()
    t = time.perf_counter(); many(th, n).block_until_ready(); t = time.perf_counter() - t
    if t > 0.1: break
    n *= 2
print(t / n * 1e6)
"""


def ours(core, environment):
    """{"P1/gradient/double": microseconds, …}: of short repetitions the fastest, as flow_sundials does."""
    out = subprocess.run(["taskset", "-c", core, OURS, "--benchmark_filter=(gradient/(double|float)|dopri5)/real_time",
                          "--benchmark_min_time=0.01", "--benchmark_repetitions=5", "--benchmark_format=json"],
                         env=environment, capture_output=True, text=True, check=True).stdout
    fastest, gradients = {}, {}
    for run in json.loads(out)["benchmarks"]:
        if run["run_type"] == "iteration":
            name = run["run_name"].removesuffix("/real_time")
            fastest[name] = min(fastest.get(name, run["real_time"]), run["real_time"])
            gradients[name] = run.get("gradients")
    return fastest, gradients


def peer(program, core, file, kind, method):
    words = subprocess.run(["taskset", "-c", core, program, file, kind, method, "1e-6", "3", os.devnull],
                           capture_output=True, text=True, check=True).stdout.split()
    return [float(word) for word in words]


def spread(values):
    return f"{statistics.median(values):8.4g} ({min(values):.4g}-{max(values):.4g})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--core", default="0")
    parser.add_argument("--jax", help="a Python that has jax and h5py")
    arguments = parser.parse_args()
    shared = os.environ.get("INVAR_SHARED")
    if not shared:
        sys.exit("INVAR_SHARED does not name the folder with the problems and peers of other tools: nothing to compare with")
    if not OURS.exists():
        sys.exit(f"{OURS} is not there: run 'make bench' first")
    flow = pathlib.Path(shared) / "peers/flow"
    one_thread = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

    times = {}
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "build/flow_sundials"
        subprocess.run(["make", "-s", "-C", folder, "-f", flow / "Makefile", f"VPATH={flow}"], check=True)
        for _ in range(arguments.rounds):
            fastest, gradients = ours(arguments.core, one_thread)
            for name, value in fastest.items():
                times.setdefault(name, []).append(value)
            for name, (kind, file, key) in PROBLEMS.items():
                file = pathlib.Path(shared) / file
                times.setdefault(f"{name}/Eigen", []).append(peer(program, arguments.core, file, kind, "grad")[1])
                if name in ("P1", "P5"):  # on P7 the flow takes seconds and tells nothing new
                    evaluations, seconds, gradient = peer(program, arguments.core, file, kind, "odeint-dopri5")[:3]
                    times.setdefault(f"{name}/odeint", []).append(1e6 * seconds / evaluations - gradient)
                counts[name] = gradients[f"{name}/flow/dopri5"]
                overhead = fastest[f"{name}/flow/dopri5"] / counts[name] - fastest[f"{name}/gradient/double"]
                times.setdefault(f"{name}/loop", []).append(overhead)
                if arguments.jax:
                    words = ["taskset", "-c", arguments.core, arguments.jax, "-c", JAX, flow, key]
                    out = subprocess.run(words, env=one_thread, capture_output=True, text=True, check=True).stdout
                    times.setdefault(f"{name}/JAX", []).append(float(out))

    print(f"microseconds, median (fastest-slowest) of {arguments.rounds} rounds; float64 unless said")
    for name in PROBLEMS:
        mine = statistics.median(times[f"{name}/gradient/double"])
        print(f"\n{name}  gradient           {spread(times[f'{name}/gradient/double'])}")
        print(f"    in float           {spread(times[f'{name}/gradient/float'])}")
        for other in ("Eigen", "JAX"):
            if f"{name}/{other}" in times:
                theirs = statistics.median(times[f"{name}/{other}"])
                print(f"    {other:18} {spread(times[f'{name}/{other}'])}   ours / theirs {mine / theirs:.2f}")
        print(f"    loop, an evaluation{spread(times[f'{name}/loop'])}   of the gradient {statistics.median(times[f'{name}/loop']) / mine:.1%}")
        if f"{name}/odeint" in times:
            print(f"    Odeint's own loop  {spread(times[f'{name}/odeint'])}")


if __name__ == "__main__":
    main()
