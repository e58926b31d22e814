#!/usr/bin/env python3
"""A text of this folder with as many layers as wanted: the section '# Layer 0' repeated, each reading the last one.

    python3 models/texts/layers.py models/texts/qwen3.txt 28 > qwen3_28.txt
"""
import re
import sys


def with_layers(text, count):
    head, first, _, tail = re.split(r"(?m)^(?=# Layer 0$|# Layer 1$|# Output)", text)

    def numbered(match):  # layers.0, h.0, stream.0, stream.1
        return f"{match[1]}.{int(match[2]) + layer}"

    layers = []
    for layer in range(count):
        layers.append(re.sub(r"\b([a-z]+)\.([01])(?=[.\[])", numbered, first.replace("# Layer 0", f"# Layer {layer}")))
    return head + "".join(layers) + tail.replace("stream.2[", f"stream.{count}[")


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[2].isdigit() or int(sys.argv[2]) < 1:
        sys.exit(__doc__)
    with open(sys.argv[1]) as file:
        sys.stdout.write(with_layers(file.read(), int(sys.argv[2])))
