"""Verdicts over many architectures: texts drawn at random, whose laws are true, or false, by construction.

architectures.py DRIFT [--count N] [--seed S] [--keep FOLDER] [--verbose]

Each architecture is a stack of layers: MLPs with many activations, gated layers, deep linear and low-rank maps, LoRA,
mixtures of experts, attention of several kinds, normalised weights; with norms before them or inside, residuals,
biases. A statement is true where a symmetry of its layer makes it so (what a unit's ways in gain its way out loses; an
invertible matrix between two maps; a scale that a norm takes away; a number added to all scores), and false where it is
such a law with a wrong sign, factor or part, or the law of another activation. Right: a true one called conserved, a
false one not conserved. Prints right, undecided and wrong verdicts by kind; exit code 1 where one is wrong or too many
are undecided.
"""
import argparse
import collections
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py

HOMOGENEOUS = {"relu({u})": 1, "abs({u})": 1, "max({u}, 0.1 {u})": 1, "{u} {u}": 2, "relu({u})^2": 2, "{u}^3": 3,
               "{u}": 1}
OTHER = ["gelu({u})", "silu({u})", "tanh({u})", "softplus({u})", "sin({u})", "erf({u})", "sigmoid({u})",
         "clamp({u}, -0.4, 0.4)", "exp(0.5 {u})"]
MOST_UNDECIDED = 0.15  # of all


class Architecture:
    """The text of one, its statements (name: (true?, kind)) and what drew it."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.letters = iter("bcefghijklnopqrsvwzBCEFGHIJKLNOPQRSVWZ")
        self.sizes, self.parameters, self.constants, self.lines, self.laws = [], [], [], [], []
        self.statements = {}
        self.tokens = self.draw.random() < 0.55
        self.t = "t " if self.tokens else ""
        self.layer = 0
        stream = "x"
        for self.layer in range(self.draw.randint(1, 3)):
            stream = self.add_layer(stream)
        self.layer += 1
        self.parameters.append("readout[m d]")
        self.lines.append(f"y[{self.t}m] = readout[m d] {stream}[{self.t}d]")

    def chance(self, p):
        return self.draw.random() < p

    def size(self, least=2, most=5):
        letter = next(self.letters)
        self.sizes.append(f"{letter}={self.draw.randint(least, most)}")
        return letter

    def twin(self):
        return next(self.letters)

    def name(self, letter):
        return f"{letter}{self.layer}"

    def parameter(self, letter, axes, value=""):
        name = self.name(letter)
        self.parameters.append(f"{name}[{axes}]{value}" if axes else f"{name}{value}")
        return name

    def line(self, letter, axes, text):
        name = self.name(letter)
        self.lines.append(f"{name}[{axes}] = {text}")
        return name

    def state(self, kind, axes, text, true):
        name = f"{kind.replace(' ', '_')}{self.layer}_{len(self.statements)}"
        word = self.draw.choice(["law", "claim", "control"])
        self.laws.append(f"{word} {name}[{axes}] = {text}" if axes else f"{word} {name} = {text}")
        self.statements[name] = (true, kind)

    def statement(self, kind, axes, positive, negative, factor=1):
        """The law factor Σ positive² − Σ negative², each a use of a parameter, and false ones like it."""
        def total(uses, sign, scale):
            scale = f"{scale:g} " if scale != 1 else ""
            return "".join(f" {sign} {scale}{use}" for use in uses)
        law = (total(positive, "+", factor) + total(negative, "-", 1)).removeprefix(" + ")
        self.state(kind, axes, law, True)
        self.state(kind + " plus", axes, (total(positive, "+", factor) + total(negative, "+", 1)).removeprefix(" + "),
                   False)
        wrong = self.draw.choice([2, 0.5, 1.01, 3])
        self.state(kind + " factor", axes,
                   (total(positive, "+", factor * wrong) + total(negative, "-", 1)).removeprefix(" + "), False)
        if len(negative) > 1:
            self.state(kind + " part", axes, (total(positive, "+", factor) + total(negative[1:], "-", 1))
                       .removeprefix(" + "), False)

    # A layer reads a stream and returns one of width d.

    def add_layer(self, stream):
        kinds = [self.mlp, self.gated, self.deep_linear, self.low_rank, self.experts, self.normed_weights]
        if self.tokens:
            kinds += [self.attention] * 4
        build = self.draw.choice(kinds)
        inner, scale = stream, None
        if self.chance(0.45):
            inner, scale = self.norm(stream)
        out, readers = build(inner)
        if scale and readers:
            gamma, beta = scale
            positive = [f"{gamma}[d] {gamma}[d]"] + ([f"{beta}[d] {beta}[d]"] if beta else [])
            self.statement("norm scale", "d", positive, readers)
        if self.chance(0.5):
            out = self.line("r", f"{self.t}d", f"{stream}[{self.t}d] + {out}[{self.t}d]")
        return out

    def norm(self, stream):
        kind, eps = self.draw.choice(["rms", "layer"]), self.draw.choice(["0.1", "1e-6"])
        gamma = self.parameter("gamma", "d", "=1")
        text = f"{gamma}[d] {kind}_norm[d]({stream}[{self.t}d], eps={eps})"
        beta = None
        if self.chance(0.4):
            beta = self.parameter("beta", "d")
            text += f" + {beta}[d]"
        return self.line("n", f"{self.t}d", text), (gamma, beta)

    def mlp(self, z):
        """A act(W z + b) + c; act may be homogeneous or not; a norm of the hidden units may stand between."""
        h, t = self.size(), self.t
        W, A = self.parameter("W", f"{h} d"), self.parameter("A", f"d {h}")
        bias = self.parameter("bias", h) if self.chance(0.4) else None
        ways_in = [f"{W}[{h} d] {W}[{h} d]"] + ([f"{bias}[{h}] {bias}[{h}]"] if bias else [])
        u = self.line("u", f"{t}{h}", f"{W}[{h} d] {z}[{t}d]" + (f" + {bias}[{h}]" if bias else ""))
        way_out = f"{A}[d {h}] {A}[d {h}]"
        homogeneous = self.chance(0.6)
        act = self.draw.choice(list(HOMOGENEOUS) if homogeneous else OTHER)
        text = act.format(u=f"{u}[{t}{h}]")
        if homogeneous:
            self.statement("down up", h, [way_out], ways_in, HOMOGENEOUS[act])
        else:
            for factor in (1, 2):
                self.state("down up of another", h, f"{factor} {way_out} - {' - '.join(ways_in)}", False)
        if self.chance(0.25):
            coupling = self.draw.choice(["1e-2", "1e-4", "1e-6"])
            P = self.parameter("P", f"d {h}")
            coupled = f"{P}[d {h}] tanh({u}[{t}{h}])"
            if homogeneous:  # the law above is then false: the unit has a second way out
                name = [n for n, (true, kind) in self.statements.items() if true and kind == "down up"][-1]
                self.statements[name] = (False, "down up, coupled by " + coupling)
            out = self.line("o", f"{t}d", f"{A}[d {h}] {text} + {coupling} {coupled}")
        elif self.chance(0.3):
            c = self.parameter("c", "d")
            out = self.line("o", f"{t}d", f"{A}[d {h}] {text} + {c}[d]")
        else:
            out = self.line("o", f"{t}d", f"{A}[d {h}] {text}")
        return out, [f"{W}[{h} d] {W}[{h} d]"]

    def gated(self, z):
        """A (g(W z) (V z + b)): A against V whatever g; A against W where g is homogeneous."""
        h, t = self.size(), self.t
        W, V, A = self.parameter("W", f"{h} d"), self.parameter("V", f"{h} d"), self.parameter("A", f"d {h}")
        bias = self.parameter("bias", h) if self.chance(0.3) else None
        gate = self.draw.choice(list(HOMOGENEOUS) + OTHER)
        v = self.line("v", f"{t}{h}", f"{V}[{h} d] {z}[{t}d]" + (f" + {bias}[{h}]" if bias else ""))
        w = self.line("w", f"{t}{h}", f"{W}[{h} d] {z}[{t}d]")
        out = self.line("o", f"{t}d", f"{A}[d {h}] {v}[{t}{h}] {gate.format(u=f'{w}[{t}{h}]')}")
        way_out = f"{A}[d {h}] {A}[d {h}]"
        self.statement("gated", h, [way_out],
                       [f"{V}[{h} d] {V}[{h} d]"] + ([f"{bias}[{h}] {bias}[{h}]"] if bias else []))
        degree = HOMOGENEOUS.get(gate)
        if degree:
            self.statement("gate", h, [way_out], [f"{W}[{h} d] {W}[{h} d]"], degree)
        else:
            self.state("gate of another", h, f"{way_out} - {W}[{h} d] {W}[{h} d]", False)
        return out, [f"{W}[{h} d] {W}[{h} d]", f"{V}[{h} d] {V}[{h} d]"]

    def deep_linear(self, z):
        t, widths = self.t, [self.size() for _ in range(self.draw.randint(1, 3))]
        maps = [self.parameter(f"M{i}_", f"{b} {a}") for i, (a, b) in enumerate(zip(["d"] + widths, widths + ["d"]))]
        axes = list(zip(["d"] + widths, widths + ["d"]))
        product = " ".join(f"{m}[{b} {a}]" for m, (a, b) in zip(maps[1:], axes[1:]))
        if axes[-1][1] == "d":  # the last map's d is the output's, the first one's is summed before
            first = self.line("q", f"{t}{widths[0]}", f"{maps[0]}[{widths[0]} d] {z}[{t}d]")
            out = self.line("o", f"{t}d", f"{product} {first}[{t}{widths[0]}]")
        for i, a in enumerate(widths):
            b, low, high = self.twin(), axes[i][0], axes[i + 1][1]
            self.statement("linear", f"{a} {b}", [f"{maps[i + 1]}[{high} {a}] {maps[i + 1]}[{high} {b}]"],
                           [f"{maps[i]}[{a} {low}] {maps[i]}[{b} {low}]"])
        return out, [f"{maps[0]}[{widths[0]} d] {maps[0]}[{widths[0]} d]"]

    def low_rank(self, z):
        """(W0 + B C) z behind an activation, W0 frozen or learned; LoRA's C against B."""
        h, k, t = self.size(), self.size(2, 3), self.t
        B, C, A = self.parameter("B", f"{h} {k}"), self.parameter("C", f"{k} d"), self.parameter("A", f"d {h}")
        base = self.name("W")
        (self.constants if self.chance(0.7) else self.parameters).append(f"{base}[{h} d]")
        whole = self.line("w", f"{h} d", f"{base}[{h} d] + {B}[{h} {k}] {C}[{k} d]")
        act = self.draw.choice(OTHER + ["relu({u})"])
        u = self.line("u", f"{t}{h}", f"{whole}[{h} d] {z}[{t}d]")
        out = self.line("o", f"{t}d", f"{A}[d {h}] {act.format(u=f'{u}[{t}{h}]')}")
        j = self.twin()
        self.statement("lora", f"{k} {j}", [f"{B}[{h} {k}] {B}[{h} {j}]"], [f"{C}[{k} d] {C}[{j} d]"])
        self.state("lora down", h, f"{A}[d {h}] {A}[d {h}] - {B}[{h} {k}] {B}[{h} {k}]", False)
        return out, []

    def experts(self, z):
        e, h, t = self.size(3, 4), self.size(2, 3), self.t
        W, V = self.parameter("W", f"{e} {h} d"), self.parameter("V", f"{e} {h} d")
        A, G = self.parameter("A", f"{e} d {h}"), self.parameter("G", f"{e} d")
        s = self.line("s", f"{t}{e}", f"{G}[{e} d] {z}[{t}d]")
        f = self.twin()
        gate = self.draw.choice(["softmax", "normalised", "sigmoid", "top", "share"])
        if gate == "softmax":
            g = self.line("g", f"{t}{e}", f"softmax[{e}]({s}[{t}{e}])")
        elif gate == "sigmoid":
            g = self.line("g", f"{t}{e}", f"sigmoid({s}[{t}{e}])")
        elif gate == "top":
            top = self.line("top", f"{t}{e}", f"top_k[{e}]({s}[{t}{e}], k=2)")
            g = self.line("g", f"{t}{e}", f"softmax[{e}]({s}[{t}{e}], where {top}[{t}{e}])")
        else:
            a = self.line("a", f"{t}{e}", ("sigmoid" if gate == "normalised" else "exp") + f"({s}[{t}{e}])")
            g = self.line("g", f"{t}{e}", f"{a}[{t}{e}] / sum[{f}]({a}[{t}{f}])")
        u = self.line("u", f"{t}{e} {h}", f"{W}[{e} {h} d] {z}[{t}d]")
        v = self.line("v", f"{t}{e} {h}", f"{V}[{e} {h} d] {z}[{t}d]")
        out = self.line("o", f"{t}d", f"{g}[{t}{e}] {A}[{e} d {h}] silu({u}[{t}{e} {h}]) {v}[{t}{e} {h}]")
        self.statement("expert", f"{e} {h}", [f"{A}[{e} d {h}] {A}[{e} d {h}]"], [f"{V}[{e} {h} d] {V}[{e} {h} d]"])
        shared = gate in ("softmax", "top", "share")
        self.state("gate sum" if shared else "gate sum of sigmoids", "d", f"sum[{e}]({G}[{e} d])", shared)
        self.state("gate row", "d", f"{G}[0 d]", False)
        return out, [f"{W}[{e} {h} d] {W}[{e} {h} d]", f"{V}[{e} {h} d] {V}[{e} {h} d]", f"{G}[{e} d] {G}[{e} d]"]

    def normed_weights(self, z):
        """Weights whose scale a norm takes away: by rows, or all of a map before a norm of the hidden units."""
        h, t = self.size(3, 5), self.t
        W, A = self.parameter("W", f"{h} d"), self.parameter("A", f"d {h}")
        act = self.draw.choice(OTHER + ["relu({u})"])
        if self.chance(0.5):
            k = self.parameter("k", h, "=1")
            n = self.line("l", h, f"sqrt({W}[{h} d] {W}[{h} d])")
            u = self.line("u", f"{t}{h}", f"{k}[{h}] {W}[{h} d] {z}[{t}d] / {n}[{h}]")
            self.state("row norm", h, f"{W}[{h} d] {W}[{h} d]", True)
            self.state("row scale", h, f"{k}[{h}] {k}[{h}] - {W}[{h} d] {W}[{h} d]", False)
            readers = []
        else:
            layer = self.chance(0.5)
            inner = self.line("q", f"{t}{h}", f"{W}[{h} d] {z}[{t}d]")
            u = self.line("u", f"{t}{h}", f"{'layer' if layer else 'rms'}_norm[{h}]({inner}[{t}{h}], eps=0)")
            self.state("map norm", "", f"{W}[{h} d] {W}[{h} d]", True)
            self.state("map row norm", h, f"{W}[{h} d] {W}[{h} d]", False)
            self.state("map shift" if layer else "map shift of rms", "d", f"sum[{h}]({W}[{h} d])", layer)
            readers = None
        out = self.line("o", f"{t}d", f"{A}[d {h}] {act.format(u=f'{u}[{t}{h}]')}")
        return out, readers

    def attention(self, z):
        heads, a, u = self.size(2, 2), self.size(2, 3), self.twin()
        b = self.twin()
        kind = self.draw.choice(["plain", "causal", "linear", "rope", "qk norm", "grouped", "biased"])
        group = self.size(2, 2) if kind == "grouped" else None
        if kind == "rope":
            self.sizes[-1] = f"{a}=4"
        each = f"{heads} {group}" if group else heads        # of the queries' heads
        q_axis = f"({heads} {group})" if group else heads
        Q, K = self.parameter("Q", f"{each if not group else self.joined(heads, group)} d {a}"), \
            self.parameter("K", f"{heads} d {a}")
        V = self.parameter("V", f"{heads} d {a}")
        O = self.parameter("O", f"{each if not group else self.letter_of_joined} {a} d")
        query, key = f"{Q}[{q_axis} d {a}] {z}[t d]", f"{K}[{heads} d {a}] {z}[{u} d]"
        biases = None
        if kind == "rope":
            query, key = (f"rotate[{v} {a}]({text}, pairing=interleaved)" for v, text in (("t", query), (u, key)))
        if kind == "qk norm":
            gq, gk = self.parameter("gq", "", "=1"), self.parameter("gk", "", "=1.5")
            query, key = f"{gq} rms_norm[{a}]({query}, eps=0.01)", f"{gk} rms_norm[{a}]({key}, eps=0.01)"
        if kind == "biased":
            biases = self.parameter("p", f"{heads} {a}"), self.parameter("k", f"{heads} {a}")
            query, key = f"{query} + {biases[0]}[{heads} {a}]", f"{key} + {biases[1]}[{heads} {a}]"
        q = self.line("q", f"{each} t {a}", query)
        k = self.line("kk", f"{heads} {u} {a}", key)
        v = self.line("v", f"{heads} {u} {a}", f"{V}[{heads} d {a}] {z}[{u} d]")
        scores = f"{q}[{each} t {a}] {k}[{heads} {u} {a}] / sqrt(dim({a}))"
        s = f"softmax[{u}]({scores}{f', where {u} <= t' if kind == 'causal' else ''})"
        p = self.line("pp", f"{each} t {u}", scores if kind == "linear" else s)
        mixed = self.line("mix", f"{each} t {a}", f"{p}[{each} t {u}] {v}[{heads} {u} {a}]")
        out = self.line("o", "t d", f"{mixed}[{each} t {a}] {O}[{q_axis} {a} d]")
        gram = lambda name, axis: f"{name}[{axis} d {a}] {name}[{axis} d {b}]"
        outer = f"{O}[{q_axis} {a} d] {O}[{q_axis} {b} d]"
        self.statement("value output", f"{heads} {a} {b}", [gram(V, heads)], [outer])
        if kind in ("plain", "causal", "linear", "grouped"):
            self.statement("query key", f"{heads} {a} {b}", [gram(Q, q_axis)], [gram(K, heads)])
        elif kind == "biased":
            bias = lambda name: f"{name}[{heads} {a}] {name}[{heads} {b}]"
            self.state("query key with biases", f"{heads} {a} {b}",
                       f"{gram(Q, heads)} + {bias(biases[0])} - {gram(K, heads)} - {bias(biases[1])}", True)
            self.state("query key without biases", f"{heads} {a} {b}", f"{gram(Q, heads)} - {gram(K, heads)}", False)
        elif kind == "rope":
            c, j = self.size(2, 2), self.twin()
            pair = lambda name: f"{name}[{heads} d ({j} {c})] {name}[{heads} d ({j} {c})]"
            self.state("query key of pairs", f"{heads} {j}", f"{pair(Q)} - {pair(K)}", True)
            self.state("query key under rotation", f"{heads} {a} {b}", f"{gram(Q, heads)} - {gram(K, heads)}", False)
        else:
            self.state("qk scales", "", f"{gq} {gq} - {gk} {gk}", True)
            self.state("qk scales plus", "", f"{gq} {gq} + {gk} {gk}", False)
            self.state("query key under norms", f"{heads} {a} {b}", f"{gram(Q, heads)} - {gram(K, heads)}", False)
        square = lambda name, axis: f"{name}[{axis} d {a}] {name}[{axis} d {a}]"
        return out, [square(Q, q_axis), square(K, heads), square(V, heads)]

    def joined(self, one, other):
        """A letter for two axes that a parameter has as one."""
        self.letter_of_joined = next(self.letters)
        extents = dict(size.split("=") for size in self.sizes)
        self.sizes.append(f"{self.letter_of_joined}={int(extents[one]) * int(extents[other])}")
        return self.letter_of_joined

    def text(self):
        return "\n".join(["sizes " + " ".join(self.sizes)] * bool(self.sizes) +
                         ["parameters " + " ".join(self.parameters)] +
                         ["constants " + " ".join(self.constants)] * bool(self.constants) +
                         [f"input x[{self.t}d]"] + self.lines + self.laws) + "\n"


def verdicts(path):
    with h5py.File(path) as file:
        table = file["summary"]
        return {law: (verdict, evidence) for law, verdict, evidence in
                zip(*(table[name].asstr()[()] for name in ("law", "verdict", "evidence")))}


def reason(evidence):
    """Evidence without its numbers."""
    return re.sub(r"\d[\d.e+-]*", "#", evidence)[:110]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("drift")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=61)
    parser.add_argument("--options", default="--time 1 --rtol 1e-4 1e-6 1e-8 --step-size 0.02 0.01 --schedule constant "
                        "--max-gradients 4000")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    kinds = collections.defaultdict(collections.Counter)
    reasons = collections.Counter()
    failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        for number in range(arguments.seed, arguments.seed + arguments.count):
            architecture = Architecture(number)
            block, output = folder / f"architecture{number}.txt", folder / f"architecture{number}.h5"
            block.write_text(architecture.text())
            sizes = ["d=4", "m=3"] + (["t=4"] if architecture.tokens else [])
            run = subprocess.run([arguments.drift, "--block", block, "--data", "teacher", "--samples", "16", "--method",
                                  "flow", "gd", "--records", "10", "--set", *sizes, *arguments.options.split(),
                                  "--quiet", "--force", "--output", output], capture_output=True, text=True)
            if run.returncode not in (0, 3):
                print(f"architecture {number}: exit code {run.returncode}: {run.stderr}{architecture.text()}")
                failed += 1
                continue
            found = verdicts(output)
            for law, (true, kind) in architecture.statements.items():
                verdict, evidence = found[law]
                right = "conserved" if true else "not conserved"
                outcome = "right" if verdict == right else "undecided" if verdict == "undecided" else "wrong"
                kinds[(true, kind)][outcome] += 1
                if outcome == "undecided":
                    reasons[("true: " if true else "false: ") + reason(evidence)] += 1
                if outcome == "wrong" or (arguments.verbose and outcome == "undecided"):
                    print(f"architecture {number}, {law}: {'true' if true else 'false'}, {verdict}: {evidence}",
                          flush=True)
    total = collections.Counter()
    for (true, kind), counts in sorted(kinds.items(), reverse=True):
        total += counts
        if arguments.verbose:
            print(f"{'true ' if true else 'false'}  {kind:32}" + "".join(f"  {counts[name]:5}" for name in
                                                                         ("right", "undecided", "wrong")))
    for text, count in reasons.most_common():
        print(f"{count:5} undecided, {text}")
    everything = sum(total.values())
    print(f"{arguments.count - failed} architectures, {everything} verdicts: {total['right']} right, "
          f"{total['undecided']} undecided, {total['wrong']} wrong")
    sys.exit(1 if failed or total["wrong"] or total["undecided"] > MOST_UNDECIDED * everything else 0)


if __name__ == "__main__":
    main()
