#!/usr/bin/env python3
"""Recomputes optimisers.json: steps of AdamW and Muon on single weights, and schedules, in float64.

    python3 optimisers.py            (needs numpy) writes the file beside this script anew
    python3 optimisers.py --check    compares, to 1e-12

What is given there (gradients, first weights, rates, coefficients) stays; every other number is made again,
by formulas that share no code with the engine.

orthogonalize   newton_schulz: five iterations with the coefficients below, of G / (|G| + 1e-7), from its own side
                whatever the shape (the engine takes the smaller one); polar: U V^T of the singular value decomposition.
adamw           w after every gradient of "gradients" at its rate; "independent" decays by lambda * rate / peak.
muon            the same; a convolution's weight [C_out][k][k][C_in] is the matrix C_out x k k C_in.
schedules       factors at the steps 0 .. T-1; "wsd_root" decays with the square root.
"""

import json
import pathlib
import sys

import numpy as np

FILE = pathlib.Path(__file__).with_name("optimisers.json")


def newton_schulz(g):
    """Odd polynomials of the singular values, here through G G^T or G^T G as the shape has it."""
    x = g / (np.sqrt(np.sum(g * g)) + 1e-7)
    for _ in range(5):
        gram = x.T @ x
        x = 3.4445 * x - 4.7750 * x @ gram + 2.0315 * x @ gram @ gram
    return x


def polar(g):
    left, _, right = np.linalg.svd(g, full_matrices=False)
    return left @ right


def step_size(kind, rows, columns):
    if kind == "moonshot":
        return 0.2 * max(rows, columns) ** 0.5
    ratio = rows / columns
    return (max(ratio, 1.0) if kind == "jordan" else ratio) ** 0.5


def adamw(w, gradients, rates, case):
    mean, square = np.zeros_like(w), np.zeros_like(w)
    for t, (g, rate) in enumerate(zip(gradients, rates), start=1):
        mean = case["beta1"] * mean + (1 - case["beta1"]) * g
        square = case["beta2"] * square + (1 - case["beta2"]) * g**2
        corrected = np.sqrt(square / (1 - case["beta2"] ** t)) + case["epsilon"]
        kept = 1 - case["lambda"] * (rate / case["peak"] if case["decay"] == "independent" else rate)
        w = kept * w - rate * mean / (1 - case["beta1"] ** t) / corrected
    return w


def muon(w, gradients, rates, case):
    matrix = w.reshape(len(w), -1)
    momentum = np.zeros_like(matrix)
    for g, rate in zip(gradients, rates):
        g = g.reshape(matrix.shape)
        momentum = case["momentum"] * momentum + g
        direction = newton_schulz(g + case["momentum"] * momentum)
        matrix = (1 - rate * case["lambda"]) * matrix - rate * step_size(case["scale"], *matrix.shape) * direction
    return matrix.reshape(w.shape)


def factor(kind, step, total, warmup, cooldown, end):
    if step < warmup:
        return (step + 1) / warmup
    if kind == "constant":
        return 1.0
    over = (step - warmup) / (total - warmup)
    if kind == "wsd" or kind == "wsd_root":
        over = max(0.0, 1 - (total - step) / cooldown)
        over = over**0.5 if kind == "wsd_root" else over
    if kind == "cosine":
        over = (1 - np.cos(np.pi * over)) / 2
    return float(1 + (end - 1) * over)


def recomputed(file):
    made = json.loads(json.dumps(file))
    for case in made["orthogonalize"].values():
        g = np.array(case["G"])
        case["newton_schulz"], case["polar"] = newton_schulz(g).tolist(), polar(g).tolist()
    for kind, run in (("adamw", adamw), ("muon", muon)):
        for case in made[kind].values():
            given = case if "gradients" in case else made["steps"]
            arrays = np.array(given["w"]), np.array(given["gradients"])
            case["after"] = run(*arrays, given["rates"], case).tolist()
    plan = made["schedules"]
    for name, case in plan["cases"].items():
        case["factors"] = [
            factor(case["kind"], t, plan["T"], plan["warmup"], plan["cooldown"], case["end"]) for t in range(plan["T"])
        ]
    return made


def worst(found, expected):
    if isinstance(expected, dict):
        return max(worst(found[key], expected[key]) for key in expected)
    if isinstance(expected, list):
        return float(np.max(np.abs(np.array(found) - np.array(expected))))
    return abs(found - expected) if isinstance(expected, (int, float)) else 0.0 if found == expected else np.inf


def render(value, indent="", depth=0):
    if not isinstance(value, dict) or depth == 3:
        return json.dumps(value, separators=(",", ":"))
    inner = indent + " "
    items = (f"{inner}{json.dumps(key)}: {render(item, inner, depth + 1)}" for key, item in value.items())
    return "{\n" + ",\n".join(items) + "\n" + indent + "}"


def main():
    file = json.loads(FILE.read_text(encoding="utf-8"))
    made = recomputed(file)
    if "--check" in sys.argv[1:]:
        deviation = worst(made, file)
        print(f"largest deviation {deviation:.2g}")
        sys.exit(not deviation <= 1e-12)
    FILE.write_text(render(made) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
