#!/usr/bin/env python3
"""Writes the table between the marks in benchmarks/README.md and the figures docs/images/peers-RULE.svg from the rows.

    benchmarks/run.sh peers-table

The latest row of each cell counts; the same rows give the same bytes. Needs nothing but Python 3.
"""

import json
import math
import pathlib
import sys
from xml.sax.saxutils import escape

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROWS = ROOT / "benchmarks/results/peers.jsonl"
PAGE = ROOT / "benchmarks/README.md"
BEGIN, END = "<!-- peers: written by benchmarks/run.sh peers-table -->", "<!-- peers: end -->"

RULES = {"pc": "Predictive coding, Jacobi, T = 20", "tp": "Difference target propagation, ridge feedback", "pepita": "PEPITA"}

NAMES = {"torch": "PyTorch", "torch-autograd": "PyTorch, autograd", "jax": "JAX", "preco": "PRECO", "torch2pc": "Torch2PC",
         "jpc": "jpc", "pcx": "pcx", "nd4j": "ND4J"}

PANEL_WIDTH, PANEL_HEIGHT = 230, 200
LEFT, TOP, GAP, RIGHT, BOTTOM = 52, 34, 24, 116, 46
# Of processors, in the order of the page; rows of older runs do not name theirs, but what the engine used of it.
SETS = {"avx2": "AVX2", "avx512": "AVX-512"}

COLOURS = [("#0072b2", "#56b4e9"), ("#b34700", "#e69f00"), ("#00735a", "#2fc99e"), ("#9b3a78", "#dd8fc0"),
           ("#5c5c00", "#c9c94a"), ("#7a2e2e", "#e08a8a"), ("#3d3d8f", "#a3a3f0"), ("#666", "#aaa")]


def instruction_set(row):
    return row.get("instructionSet") or ("avx512" if "512-bit" in row.get("backend", "512-bit") else "avx2")


def read():
    """The latest row of each (rule, instruction set, threads, batch, width, peer), in that order, and what was never measured."""
    cells, missing = {}, {}
    for line in ROWS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        place = (row["rule"], instruction_set(row))
        if "skipped" in row:
            missing[(*place, row["peer"])] = row["skipped"]
        else:
            cells[(*place, row["threads"], row["batch"], row["width"], row.get("peer", ""))] = row
    measured = {(*key[:2], key[-1]) for key in cells}
    return dict(sorted(cells.items())), {key: reason for key, reason in sorted(missing.items()) if key not in measured}


def sets_of(cells, rule):
    """Instruction sets with a measurement of a rule: those that have a name first, in their order."""
    found = {key[1] for key in cells if key[0] == rule}
    return [name for name in SETS if name in found] + sorted(found - set(SETS))


def milliseconds(value):
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def table(cells, missing):
    """For each rule and instruction set one line for each shape, one column for each program."""
    lines = []
    for rule in RULES:
        for name in sets_of(cells, rule):
            lines += part(rule, name, {key[2:]: row for key, row in cells.items() if key[:2] == (rule, name)}, missing)
    return "\n".join(lines) + "\n"


def part(rule, name, chosen, missing):
    peers = [peer for peer in NAMES if any(key[-1] == peer for key in chosen)]
    lines = ["", f"**{RULES[rule]}, on a processor with {SETS.get(name, name)}.** A step of the engine; of the others, how many times as long, "
             "with their milliseconds.", ""]
    lines += ["| threads | B | W | floor, ms | engine, ms | engine / floor | " + " | ".join(NAMES[peer] for peer in peers) + " |"]
    lines += ["| ---: " * (6 + len(peers)) + "|"]
    for threads, batch, width in dict.fromkeys(key[:3] for key in chosen):
        here = {key[-1]: row for key, row in chosen.items() if key[:3] == (threads, batch, width)}
        # Rows of one shape may come from several runs: the latest speaks for the engine alone.
        own = max(here.values(), key=lambda row: row["time"])
        columns = [f"{here[p]['peerOverEngine']:.2f} ({milliseconds(here[p]['peerMs'])} ms)" if p in here else "" for p in peers]
        lines.append(f"| {threads} | {batch} | {width} | {milliseconds(own['floorMs'])} | {milliseconds(own['engineMs'])} | {own['engineOverFloor']:.2f} | "
                     + " | ".join(columns) + " |")
    commits = ", ".join(sorted({row["commit"] for row in chosen.values()}))
    devices = "; ".join(sorted({row["device"] for row in chosen.values()}))
    day = max(row["time"] for row in chosen.values())[:10]
    versions = sorted({row["version"] + (f" with {row['blas'].split(', ')[-1]}" if row.get("blas") else "")
                       for row in chosen.values() if row.get("peer") not in (None, "nd4j")})
    lines += ["", f"Measured on {devices}, commit {commits}, {day}: {'; '.join(versions)}."]
    absent = [f"{NAMES[key[-1]]}, {reason}" for key, reason in missing.items() if key[:2] == (rule, name)]
    if absent:
        lines += ["", "Without a measurement: " + "; ".join(absent) + "."]
    return lines


def draw(title, cells, sets, peers):
    """One row of panels for each instruction set, in it one for each (threads, batch): peer over engine by width, both axes logarithmic."""
    panels = {name: sorted({key[1:3] for key in cells if key[0] == name}) for name in sets}
    widths = sorted({key[3] for key in cells})
    ratios = [row["peerOverEngine"] for row in cells.values()]
    low, high = min(0.8, 0.9 * min(ratios)), 1.15 * max(2, *ratios)
    row_height = TOP + PANEL_HEIGHT + BOTTOM
    most = max(map(len, panels.values()))
    total_width = LEFT + most * PANEL_WIDTH + (most - 1) * GAP + RIGHT
    total_height = len(sets) * row_height
    light = "".join(f".w{i}{{stroke:{c[0]}}}.t{i}{{fill:{c[0]}}}" for i, c in enumerate(COLOURS))
    dark = "".join(f".w{i}{{stroke:{c[1]}}}.t{i}{{fill:{c[1]}}}" for i, c in enumerate(COLOURS))
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total_width} {total_height}"'
        f' width="{total_width}" height="{total_height}" role="img" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}: time of a training step over the engine's, by instruction set, width, threads and batch</title>",
        "<style>.bg{fill:#fff}text{fill:#222}.grid{stroke:#ddd}.one{stroke:#777}.frame{stroke:#777;fill:none}"
        f".line{{fill:none;stroke-width:1.8}}{light}"
        "@media(prefers-color-scheme:dark){.bg{fill:#0d1117}text{fill:#e6e6e6}.grid{stroke:#30363d}"
        f".one,.frame{{stroke:#8b949e}}{dark}}}</style>",
        f'<rect class="bg" width="{total_width}" height="{total_height}"/>',
    ]
    for rank, name in enumerate(sets):
        here = {key[1:]: row for key, row in cells.items() if key[0] == name}
        out += panel_row(SETS.get(name, name), rank * row_height + TOP, here, panels[name], widths, peers, (low, high))
    return "\n".join([*out, "</svg>"]) + "\n"


def panel_row(label, top, cells, panels, widths, peers, limits):
    low, high = limits

    def y(value):
        return top + PANEL_HEIGHT * math.log(high / value) / math.log(high / low)

    out = [f'<text transform="translate(14 {top + PANEL_HEIGHT / 2}) rotate(-90)" text-anchor="middle">step time / engine, {escape(label)}</text>']
    for index, (threads, batch) in enumerate(panels):
        left = LEFT + index * (PANEL_WIDTH + GAP)

        def x(width):
            return left + PANEL_WIDTH * (0.08 + 0.84 * math.log(width / widths[0]) / math.log(widths[-1] / widths[0] if len(widths) > 1 else 2))

        name = f"{escape(label)}, {threads} thread{'s' if threads > 1 else ''}, B = {batch}"
        out.append(f'<text x="{left + PANEL_WIDTH / 2}" y="{top - 12}" text-anchor="middle">{name}</text>')
        for tick in (t for t in (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500) if low <= t <= high):
            out.append(f'<path class="{"one" if tick == 1 else "grid"}" d="M{left} {y(tick):.1f}h{PANEL_WIDTH}"/>')
            if index == 0:
                out.append(f'<text x="{left - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
        for width in widths:
            out.append(f'<text x="{x(width):.1f}" y="{top + PANEL_HEIGHT + 16}" text-anchor="middle">{width}</text>')
        out.append(f'<text x="{left + PANEL_WIDTH / 2}" y="{top + PANEL_HEIGHT + 34}" text-anchor="middle">width</text>')
        out.append(f'<rect class="frame" x="{left}" y="{top}" width="{PANEL_WIDTH}" height="{PANEL_HEIGHT}"/>')
        ends = []
        for rank, peer in enumerate(peers):
            points = [(width, cells[key]["peerOverEngine"]) for width in widths if (key := (threads, batch, width, peer)) in cells]
            if points:
                colour = rank % len(COLOURS)
                out.append(f'<path class="line w{colour}" d="M{"L".join(f"{x(w):.1f} {y(v):.1f}" for w, v in points)}"/>')
                out += [f'<circle class="t{colour}" cx="{x(w):.1f}" cy="{y(v):.1f}" r="2.5"/>' for w, v in points]
                ends.append((y(points[-1][1]) + 4, peer, colour))
        if index == len(panels) - 1:
            previous = -math.inf
            for at, peer, colour in sorted(ends):
                previous = max(at, previous + 14)
                out.append(f'<text class="t{colour}" x="{left + PANEL_WIDTH + 6}" y="{previous:.1f}">{NAMES[peer]}</text>')
    return out


def main():
    if not ROWS.exists():
        sys.exit(f"{ROWS}: no rows yet; run benchmarks/run.sh peers")
    cells, missing = read()
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{table(cells, missing)}\n{END}{after}", encoding="utf-8")
    peers = list(NAMES)
    for rule, title in RULES.items():
        chosen = {key[1:]: row for key, row in cells.items() if key[0] == rule and key[-1]}
        if chosen:
            path = ROOT / f"docs/images/peers-{rule}.svg"
            path.write_text(draw(title, chosen, [name for name in sets_of(cells, rule) if any(key[0] == name for key in chosen)], peers), encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
