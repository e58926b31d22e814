#!/usr/bin/env python3
"""What the documents show is what the programs do: their lines are short, their links lead somewhere, their examples run
and print what stands there: whole numbers as they are, others as near as processors round alike (see `near`).

    tests/documents.py BINARY_DIRECTORY     (a test of ctest; needs h5py and xarray)
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ["examples", "experiments", "integrators", "models", "src", "tests"]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.md"))])
# Of the commands in the documents, those that take seconds and need nothing that is not here.
EXAMPLES = ["drift --block squared.txt", "drift --block wrong.txt", "drift --model atention", "drift --problem ",
            "train --config experiments/train/wikitext103.toml --plan", "for set in cifar10",
            "drift --config experiments/drift/level_set.toml", "figures/level_set.py", "--stop-sharpness 0.03",
            "swiglu/status_message", "show results/drift.h5 --runs"]
EXACT = ["--plan"]  # of these nothing is rounded
FORM = ["show results/drift.h5 --runs"]  # of these the numbers are the main job's
# In the place of the main jobs, whose files the examples in Python read.
SMALL_JOBS = ["drift --samples 32 --time 0.5 --quiet --output results/drift.h5",
              "accuracy --methods dopri5 rk4 --rtol 1e-3 1e-5 --time 0.5 --repetitions 1 --quiet --output "
              "results/accuracy.h5"]

failures = []


def fail(place, what):
    failures.append(place)
    print(f"FAILED: {place}: {what}")


def anchors(path):
    titles = re.findall(r"^#+ (.*)$", path.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def check_text(path):
    lines = path.read_text().split("\n")
    place = path.relative_to(ROOT)
    if path == ROOT / "README.md" and len(lines) > 251:
        fail(place, f"has {len(lines) - 1} lines; it is to have 250 at most")
    code = False
    for number, line in enumerate(lines, 1):
        code ^= line.startswith("```")
        printed = code and not line.startswith(("$", ">"))  # by a program, as it is
        if len(line) > 120 and not line.startswith("|") and not printed:
            fail(f"{place}:{number}", f"has {len(line)} characters")
        if re.search(r"DCMAKE_PREFIX_PATH=(?![$/])", line):
            fail(f"{place}:{number}", "has a relative prefix, which CMake does not find from its build folder")
        if re.search(r"tests failed out of \d", line):
            fail(f"{place}:{number}", "says how many tests there are, which each new test makes wrong")
        if code:
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
            name, _, anchor = target.partition("#")
            file = path if not name else (path.parent / name)
            if not file.exists():
                fail(f"{place}:{number}", f"leads to {target}, which is not there")
            elif anchor and anchor not in anchors(file):
                fail(f"{place}:{number}", f"leads to {target}, and {name} has no such title")


def check_rooms():
    """Each folder of src is a room of the table, and its README says what the table does: what lives there, and what it
    may know."""
    rooms = dict((name, (holds, may)) for name, holds, may in
                 re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \|$", (ROOT / "src/README.md").read_text(), re.M))
    for folder in sorted(path.name for path in (ROOT / "src").iterdir() if path.is_dir()):
        readme = ROOT / "src" / folder / "README.md"
        if folder not in rooms:
            fail("src/README.md", f"has no row for {folder}")
        elif not readme.exists():
            fail(f"src/{folder}", "has no README that says what lives there, and what it may know")
        elif folder not in ("law", "record"):  # which say it at more length
            first, plain = (re.sub(r"\s*\(\[[^)]*\)\)|\[|\]\([^)]*\)|\s+", " ", text).lower()
                            for text in (readme.read_text(), rooms[folder][0]))
            if plain.strip() not in first or f"may know: {rooms[folder][1]}" not in first:
                fail(f"src/{folder}/README.md", f"says another than src/README.md: {rooms[folder]}")


def blocks(path):
    """(line above, language, lines) of each block of code."""
    above, found = "", re.split(r"^```", path.read_text(), flags=re.M)
    for text, code in zip(found[::2], found[1::2]):
        stripped = text.strip("\n")
        above = stripped.split("\n")[-1] if stripped else above
        language, _, rest = code.partition("\n")
        yield above, language, rest.rstrip("\n").split("\n")


def commands(lines):
    """(command, its output) of a session."""
    command, output, result = None, [], []
    for line in lines:
        if line.startswith("$ "):
            if command:
                result.append((command, output))
            command, output = line[2:], []
        elif line.startswith(">") and command and not output:
            command += "\n" + line[2:]
        elif command:
            output.append(line)
    return result + ([(command, output)] if command else [])


NUMBER = re.compile(r"<?[-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?(?:\(\d+\))?%?")


def near(shown, got, rounding):
    """Whether two numbers are one: whole ones the same, shares within 5 points, others within 20 %. `rounding`: of a
    size that roundings decide, as those below 1e-10 are and their inverses: within a factor 100."""
    if shown == got:
        return True
    shown, got = (re.sub(r"^<1%", "0%", text).lstrip("<") for text in (shown, got))
    if shown.endswith("%") or got.endswith("%"):
        return shown[-1] == got[-1] and abs(float(shown[:-1]) - float(got[:-1])) <= 5
    if not re.search(r"[.e(]", shown + got):
        return shown == got
    least = 0.02 if "(" in shown + got else 0.0  # an exponent, with its standard error in the last digit
    a, b = (abs(float(re.sub(r"\(\d+\)|,", "", text))) for text in (shown, got))
    if rounding or max(a, b) < 1e-10 or min(a, b) > 1e10:
        return max(a, b) <= 100 * min(a, b)
    return shown.startswith("-") == got.startswith("-") and abs(a - b) <= max(least, 0.2 * max(a, b))


def same(shown, got, how):
    """Whether two lines are one. `how`: None, "exact", or "form", where the numbers do not count."""
    shown, got = (" ".join(line.split()) for line in (shown, got))
    if how == "exact":
        return shown == got
    if NUMBER.sub("#", shown) != NUMBER.sub("#", got):
        return False
    rounding = bool(re.search(r" - ", shown))  # a law whose drift is not above rounding
    return how == "form" or all(near(a, b, rounding) for a, b in zip(NUMBER.findall(shown), NUMBER.findall(got)))


def check_comparison():
    law = "down_up law 3 2.1e-16 2.2e-13 1.12(3) 100% 0.65 conserved"
    for other, wanted in [(law, True), (law.replace("law 3", "law 16"), False), (law.replace("0.65", "0.91"), False),
                          (law.replace("1.12(3)", "1.14(1)"), True), (law.replace("1.12(3)", "0.01(0)"), False),
                          (law.replace("2.2e-13", "8.7e-14"), True), (law.replace("2.2e-13", "2.2e-10"), False),
                          (law.replace("100%", "97%"), True), (law.replace("100%", "2%"), False),
                          (law.replace("conserved", "not conserved"), False)]:
        if same(law, other, None) != wanted:
            fail("the comparison", f"takes as {'another' if wanted else 'the same'} line than\n{law}\nthis:\n{other}")
    for shown, got, wanted in [("a - 0 9.5e-03", "a - 0 8.8e-04", True), ("at step 129", "at step 133", False),
                               ("a <1%", "a 3%", True), ("a -0.5", "a 0.5", False)]:
        if same(shown, got, None) != wanted:
            fail("the comparison", f"is wrong about '{shown}' and '{got}'")
    if same("1.61 GB", "1.6 GB", "exact") or not same("5 0.89", "7 0.2", "form"):
        fail("the comparison", "is wrong about exact lines, or forms")


def check_output(place, command, expected):
    if "drift --model" in command and "--output" not in command:
        pathlib.Path("results/drift.h5").unlink(missing_ok=True)  # which it writes
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=300)
    printed = (ended.stdout + ended.stderr).split("\n")
    how = "exact" if any(text in command for text in EXACT) else "form" if any(text in command for text in FORM) else None
    print(f"{place}: {command}")
    for line in expected:
        if line.strip("… ") == "":
            continue
        at = next((number for number, other in enumerate(printed) if same(line, other, how)), None)
        if at is None:
            return fail(place, f"{command}\ndoes not print\n{line}\nbut\n{ended.stdout}{ended.stderr}")
        printed = printed[at + 1 :]
    return None


def check_blocks(path, run):
    place = path.relative_to(ROOT)
    for above, language, lines in blocks(path):
        named = re.search(r"`(\w+\.txt)`[^`]*:$", above)
        if named and language == "" and not lines[0].startswith("$"):
            pathlib.Path(named.group(1)).write_text("\n".join(lines) + "\n")
            if "scale[h]" in lines[-3]:  # the error that the documents show is of a law of this block
                pathlib.Path("wrong.txt").write_text("\n".join(lines).replace("W[h d] W[h d]", "W[h d]", 1) + "\n")
        if language == "python":
            code = "\n".join(lines)
            ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
            print(f"{place}: Python")
            if ended.returncode != 0:
                fail(place, f"{code}\n{ended.stderr}")
        for command, output in commands(lines) if language == "" else []:
            example = next((text for text in EXAMPLES if text in command), None)
            if example and command not in run:
                run.add(command)
                check_output(place, command.replace("/usr/bin/python3", sys.executable), output)


def main():
    programs = os.path.abspath(sys.argv[1])
    check_comparison()
    check_rooms()
    for path in DOCUMENTS:
        check_text(path)
    run = set()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.makedirs("build")
        os.symlink(programs, "build/release")
        for name in ("experiments", "tests"):
            os.symlink(ROOT / name, name)
        for job in SMALL_JOBS:
            subprocess.run(["bash", "-c", f"build/release/{job}"], check=True, capture_output=True)
        os.rename("results", "small")
        for path in DOCUMENTS:
            shutil.rmtree("results", ignore_errors=True)
            shutil.copytree("small", "results")
            check_blocks(path, run)
    for text in EXAMPLES:
        if not any(text in command for command in run):
            fail("EXAMPLES", f"no document has {text}")
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
