#!/usr/bin/env python3
"""Draws a metric of run directories over the epochs: an SVG, and a CSV with its numbers.

    python3 scripts/plot-runs.py --out FIGURE.svg [--csv FIGURE.csv] [--quantity testAccuracy] RUN...

One panel for each learning rule, one line for each width. QUANTITY is a field of an epoch's line, or a diagnostic such as
angleTo.bp, which begins before the first epoch. Needs nothing but Python 3. Reads config.yaml and
metrics.jsonl of each RUN; the same runs give the same bytes.
"""

import argparse
import csv
import json
import math
import pathlib
import sys
from xml.sax.saxutils import escape

QUANTITIES = {
    "testAccuracy": ("test accuracy, %", 100),
    "testLoss": ("test loss", 1),
    "trainLoss": ("training loss", 1),
}

ANGLE_TO = "angleTo."

TARGET_PROPAGATION = {"dtp": "DTP", "tp": "TP", "ddtp": "direct DTP", "drl": "DRL", "ldrl": "L-DRL", "fixed": "fixed-weight DTP"}

PANEL_WIDTH, PANEL_HEIGHT = 250, 200
LEFT, TOP, GAP, RIGHT, BOTTOM = 52, 34, 24, 86, 46

# Line colours by rank of the width, light and dark background.
COLOURS = [("#0072b2", "#56b4e9"), ("#b34700", "#e69f00"), ("#00735a", "#2fc99e"), ("#9b3a78", "#dd8fc0")]


def read_config(path):
    """The resolved configuration as dotted keys; it has two levels of "key: value" and nothing else."""
    values, group = {}, ""
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, value = line.strip().partition(":")
        if not line.startswith(" "):
            group = key if not value.strip() else ""
        name = f"{group}.{key}" if line.startswith(" ") else key
        if value.strip():
            values[name] = value.strip()
    return values


def read_run(folder, quantity):
    config = read_config(folder / "config.yaml")
    points = []
    for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry["kind"] in ("start", "epoch"):
            value = entry.get(quantity, entry.get("diagnostics", {}).get(quantity))
            if value is not None:
                points.append((entry.get("epoch", 0), value))
    if not points:
        sys.exit(f"{folder}: metrics.jsonl has no {quantity} of a finished epoch; train for one at least, and measure it")
    return rule_name(config), int(config["net.width"]), points


def rule_name(config):
    if config["rule"] == "bp":
        return "backpropagation"
    if config["rule"] == "gnt":
        return "Gauss-Newton targets"
    if config["rule"] == "tp":
        feedback = config.get("tp.feedback", "ridge" if config["tp.variant"] in ("tp", "dtp") else "")
        return TARGET_PROPAGATION[config["tp.variant"]] + (f", {feedback}" if feedback else "")
    if config["rule"] != "pc":
        return config["rule"]
    steps = f", {config['pc.steps']} steps of {config['pc.rate']}" if config["pc.scheme"] not in ("zil", "equilibrium") else ""
    return f"PC {config['pc.scheme']}{steps}"


def ticks(low, high, about):
    """Round numbers between low and high, roughly as many as asked for."""
    raw = (high - low) / about
    magnitude = 10 ** math.floor(math.log10(raw))
    step = next(s * magnitude for s in (1, 2, 5, 10) if s * magnitude >= raw)
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def number(value):
    return f"{value:.6g}"


def draw(panels, widths, label, factor):
    values = [v * factor for lines in panels.values() for points in lines.values() for _, v in points]
    first = min(e for lines in panels.values() for points in lines.values() for e, _ in points)
    last = max(e for lines in panels.values() for points in lines.values() for e, _ in points)
    margin = 0.06 * (max(values) - min(values) or 1)
    low, high = min(values) - margin, max(values) + margin
    total_width = LEFT + len(panels) * PANEL_WIDTH + (len(panels) - 1) * GAP + RIGHT
    total_height = TOP + PANEL_HEIGHT + BOTTOM

    def y(value):
        return TOP + PANEL_HEIGHT * (high - value) / (high - low)

    light = "".join(f".w{i}{{stroke:{c[0]}}}.t{i}{{fill:{c[0]}}}" for i, c in enumerate(COLOURS))
    dark = "".join(f".w{i}{{stroke:{c[1]}}}.t{i}{{fill:{c[1]}}}" for i, c in enumerate(COLOURS))
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total_width} {total_height}"'
        f' width="{total_width}" height="{total_height}" role="img" font-family="sans-serif" font-size="12">',
        f"<title>{escape(label)} over epochs, by learning rule and width</title>",
        "<style>.bg{fill:#fff}text{fill:#222}.grid{stroke:#ddd}.frame{stroke:#777;fill:none}"
        f".line{{fill:none;stroke-width:1.8}}{light}"
        "@media(prefers-color-scheme:dark){.bg{fill:#0d1117}text{fill:#e6e6e6}.grid{stroke:#30363d}"
        f".frame{{stroke:#8b949e}}{dark}}}</style>",
        f'<rect class="bg" width="{total_width}" height="{total_height}"/>',
        f'<text transform="translate(14 {TOP + PANEL_HEIGHT / 2}) rotate(-90)" text-anchor="middle">{escape(label)}</text>',
    ]
    for index, (name, lines) in enumerate(panels.items()):
        left = LEFT + index * (PANEL_WIDTH + GAP)

        def x(epoch):
            return left + PANEL_WIDTH * (epoch - first) / max(1, last - first)

        out.append(f'<text x="{left + PANEL_WIDTH / 2}" y="{TOP - 12}" text-anchor="middle">{escape(name)}</text>')
        for tick in ticks(low, high, 5):
            out.append(f'<path class="grid" d="M{left} {y(tick):.1f}h{PANEL_WIDTH}"/>')
            if index == 0:
                out.append(f'<text x="{left - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{number(tick)}</text>')
        for tick in [first] + [t for t in ticks(first, last, 5) if t > first and t == int(t)] if last > first else [first]:
            out.append(f'<text x="{x(tick):.1f}" y="{TOP + PANEL_HEIGHT + 16}" text-anchor="middle">{number(tick)}</text>')
        out.append(f'<text x="{left + PANEL_WIDTH / 2}" y="{TOP + PANEL_HEIGHT + 34}" text-anchor="middle">epoch</text>')
        out.append(f'<rect class="frame" x="{left}" y="{TOP}" width="{PANEL_WIDTH}" height="{PANEL_HEIGHT}"/>')
        for width, points in lines.items():
            rank = widths.index(width) % len(COLOURS)
            path = "L".join(f"{x(e):.1f} {y(v * factor):.1f}" for e, v in points)
            out.append(f'<path class="line w{rank}" d="M{path}"/>')
        if index == len(panels) - 1:
            out.extend(legend(lines, widths, left + PANEL_WIDTH + 6, lambda v: y(v * factor)))
    out.append("</svg>")
    return "\n".join(out) + "\n"


def legend(lines, widths, left, y):
    """The width beside the end of each line, moved apart where lines end close together."""
    ends = sorted((y(points[-1][1]) + 4, width) for width, points in lines.items())
    placed, previous = [], -math.inf
    for at, width in ends:
        previous = max(at, previous + 14)
        placed.append((previous, width))
    return [
        f'<text class="t{widths.index(width) % len(COLOURS)}" x="{left}" y="{at:.1f}">width {width}</text>' for at, width in placed
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runs", nargs="+", type=pathlib.Path, metavar="RUN")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--csv", type=pathlib.Path)
    parser.add_argument("--quantity", metavar="QUANTITY", default="testAccuracy")
    arguments = parser.parse_args()

    panels = {}
    for folder in arguments.runs:
        name, width, points = read_run(folder, arguments.quantity)
        if width in panels.setdefault(name, {}):
            sys.exit(f"{folder}: a second run of {name} at width {width}; give one of each")
        panels[name][width] = points
    panels = {name: dict(sorted(lines.items())) for name, lines in panels.items()}
    widths = sorted({width for lines in panels.values() for width in lines})
    label, factor = QUANTITIES.get(arguments.quantity, (arguments.quantity, 1))
    if arguments.quantity.startswith(ANGLE_TO):
        label = f"angle to {arguments.quantity.removeprefix(ANGLE_TO)}, degrees"
    arguments.out.write_text(draw(panels, widths, label, factor), encoding="utf-8")
    if arguments.csv:
        with arguments.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["rule", "width", "epoch", arguments.quantity])
            for name, lines in panels.items():
                for width, points in lines.items():
                    writer.writerows([name, width, epoch, value] for epoch, value in points)


if __name__ == "__main__":
    main()
