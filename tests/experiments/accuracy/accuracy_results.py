#!/usr/bin/env python3
"""A small comparison by the program: its file opens in xarray, group by group, with names and units, and its figure is drawn.

    tests/experiments/accuracy/accuracy_results.py PROGRAM     (a test of ctest; needs xarray, h5netcdf, matplotlib)
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import xarray as xr

JOB = """--model swiglu --set width=4 outputs=3 d=3 --data teacher --samples 16 --time 2 --repetitions 1 --methods dopri5 dop853 rk4
         --rtol 1e-3 1e-6 1e-9 --step-size 0.1 0.05 0.025 --max-gradients 300"""
FIGURE = pathlib.Path(__file__).resolve().parents[3] / "experiments" / "figures" / "accuracy.py"


def main(program):
    with tempfile.TemporaryDirectory() as here:
        results, figure = pathlib.Path(here) / "results.h5", pathlib.Path(here) / "figure.png"
        subprocess.run([program, *JOB.split(), "--quiet", "--output", results], check=True, stdout=subprocess.DEVNULL)
        for group, methods in (("adaptive", ["dopri5", "dop853"]), ("prescribed", ["rk4"])):
            runs = xr.open_dataset(results, group=group)
            assert dict(runs.sizes) == {"integrator": len(methods), "setting": 3, "law": len(runs.law)}, runs.sizes
            assert list(runs.integrator.values) == methods
            assert runs.error.dims == ("integrator", "setting") and runs.drift.dims == ("integrator", "setting", "law")
            assert all(column.attrs["description"] for column in runs.variables.values())
            assert all(column.attrs["units"] for column in runs.data_vars.values())
            done = runs.status == "finished"
            assert (np.isfinite(runs.error) == done).all() and (np.isfinite(runs.drift).all("law") == done).all()
        finest = xr.open_dataset(results, group="prescribed").sel(integrator="rk4", setting=2)
        assert finest.step_size == 0.025 and finest.status == "truncated", finest
        assert "300 gradients" in str(finest.status_message.values)
        assert xr.open_dataset(results).status == "finished"
        reference = xr.open_dataset(results, group="reference/end")
        assert reference.W.dims == ("integrator", "h", "d") and np.isfinite(reference.W).all(), reference
        subprocess.run([sys.executable, FIGURE, results, "-o", figure], check=True, stdout=subprocess.DEVNULL)
        assert figure.read_bytes().startswith(b"\x89PNG")

        # A block without laws.
        block, bare = pathlib.Path(here) / "block.txt", pathlib.Path(here) / "bare.h5"
        block.write_text("parameters A[m d]\ninput x[d]\ny[m] = tanh(A[m d] x[d])\n")
        subprocess.run([program, *"--set m=3 d=4 --data teacher --samples 16 --time 1 --methods dopri5 --quiet --block".split(), block, "--output", bare],
                       check=True, stdout=subprocess.DEVNULL)
        assert xr.open_dataset(bare, group="adaptive").sizes["law"] == 0
        subprocess.run([sys.executable, FIGURE, bare, "-o", figure], check=True, stdout=subprocess.DEVNULL)

        wrong = subprocess.run([sys.executable, FIGURE, __file__], capture_output=True, text=True, check=False)
        assert wrong.returncode == 2 and "results file of accuracy" in wrong.stderr, wrong


if __name__ == "__main__":
    main(sys.argv[1])
