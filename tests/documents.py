#!/usr/bin/env python3
"""What the documents show is what the programs do: their lines are short, their links lead somewhere, their examples run
and print what stands there (numbers aside, whose last digits a processor may round otherwise).

    tests/documents.py BINARY_DIRECTORY     (a test of ctest; needs h5py and xarray)
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ["examples", "experiments", "integrators", "models", "src", "tests"]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.md"))])
# Of the commands in the documents, those that take seconds and need nothing that is not here.
EXAMPLES = ["drift --block squared.txt", "drift --block wrong.txt", "drift --model atention", "drift --problem ",
            "train --config experiments/train/wikitext103.toml --plan", "drift --config experiments/drift/level_set.toml",
            "figures/level_set.py", "show results/drift.h5 --runs"]
# In the place of the main job, whose file the examples in Python read.
SMALL_JOB = "drift --samples 32 --time 0.5 --quiet --output results/drift.h5"

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
        if code:
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
            name, _, anchor = target.partition("#")
            file = path if not name else (path.parent / name)
            if not file.exists():
                fail(f"{place}:{number}", f"leads to {target}, which is not there")
            elif anchor and anchor not in anchors(file):
                fail(f"{place}:{number}", f"leads to {target}, and {name} has no such title")


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


def words(line):
    """Numbers as one sign each, so that roundings and times may differ."""
    return re.sub(r"[-+]?\d[\d,.]*(e[-+]?\d+)?", "#", " ".join(line.split()))


def check_output(place, command, expected):
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=300)
    printed = [words(line) for line in (ended.stdout + ended.stderr).split("\n")]
    print(f"{place}: {command}")
    for line in expected:
        if line.strip("… ") == "":
            continue
        if words(line) not in printed:
            return fail(place, f"{command}\ndoes not print\n{line}\nbut\n{ended.stdout}{ended.stderr}")
        printed = printed[printed.index(words(line)) + 1 :]
    return None


def main():
    for path in DOCUMENTS:
        check_text(path)
    run = set()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.makedirs("build")
        os.symlink(os.path.abspath(sys.argv[1]), "build/release")
        for name in ("experiments", "tests"):
            os.symlink(ROOT / name, name)
        subprocess.run(["bash", "-c", f"build/release/{SMALL_JOB}"], check=True, capture_output=True)
        for path in DOCUMENTS:
            place = path.relative_to(ROOT)
            for above, language, lines in blocks(path):
                named = re.search(r"`(\w+\.txt)`[^`]*:$", above)
                if named and language == "" and not lines[0].startswith("$"):
                    pathlib.Path(named.group(1)).write_text("\n".join(lines) + "\n")
                    if "scale[h]" in lines[-3]:  # the error that the documents show is of a law of this block
                        pathlib.Path("wrong.txt").write_text("\n".join(lines).replace("W[h d] W[h d]", "W[h d]", 1) + "\n")
                if language == "python" and "drift.h5" in "\n".join(lines):
                    ended = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, timeout=300)
                    print(f"{place}: Python")
                    if ended.returncode != 0:
                        fail(place, ended.stderr)
                for command, output in commands(lines) if language == "" else []:
                    example = next((text for text in EXAMPLES if text in command), None)
                    if example and command not in run:
                        run.add(command)
                        check_output(place, command.replace("/usr/bin/python3", sys.executable), output)
    for text in EXAMPLES:
        if not any(text in command for command in run):
            fail("EXAMPLES", f"no document has {text}")
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
