#!/usr/bin/env python3
"""Lines of src/, integrators/ and models/ that the tests have run, folder by folder: coverage.py BUILD, the folder of
the preset `coverage` after its tests (make coverage)."""
import collections
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
summary = subprocess.run(
    ["gcovr", "--root", ROOT, "--object-directory", sys.argv[1], "--filter", "src/", "--filter", "integrators/",
     "--filter", "models/", "--exclude-throw-branches", "--json-summary", "-", "-j", str(os.cpu_count()), sys.argv[1]],
    cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
lines, covered = collections.Counter(), collections.Counter()
for file in json.loads(summary)["files"]:
    for folder in (os.path.dirname(file["filename"]), "all"):
        lines[folder] += file["line_total"]
        covered[folder] += file["line_covered"]
    if file["line_total"] and file["line_covered"] < 0.9 * file["line_total"]:
        print(f'{file["filename"]:40} {file["line_covered"]:6} of {file["line_total"]:6} lines')
print()
for folder in sorted(lines):
    print(f"{folder:24} {covered[folder]:6} of {lines[folder]:6} lines {100 * covered[folder] / max(1, lines[folder]):6.1f} %")
