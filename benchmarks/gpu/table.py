#!/usr/bin/env python3
"""Writes the tables between the marks of README.md beside this file from benchmarks/results/gpu.jsonl; the latest row counts.

    table.py [ROWS]    takes the rows of a run over first
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROWS = HERE.parent / "results/gpu.jsonl"
PAGE = HERE / "README.md"
BEGIN, END = "<!-- written by table.py -->", "<!-- end -->"
NOTHING = "\nNothing has been measured yet: no run on a device has been recorded.\n"
PEERS = {"torch-eager": "PyTorch", "torch-compile": "PyTorch, compiled", "torch-graph": "PyTorch, graph", "jax-jit": "JAX"}


def latest(rows, benchmark, *keys):
    found = {}
    for row in rows:
        if row["benchmark"] == benchmark and "skipped" not in row:
            found[tuple(row.get(key) for key in keys)] = row
    return dict(sorted(found.items()))


def lines_of_steps(rows):
    ceilings = latest(rows, "gpu-ceilings", "device", "precision")
    steps = latest(rows, "gpu-steps", "device", "rule", "precision", "batch", "width")
    peers = latest(rows, "gpu-peers", "device", "rule", "precision", "batch", "width", "peer")
    names = [name for name in PEERS if any(key[-1] == name for key in peers)]
    yield "| device | rule | precision | B | W | floor, ms | engine, ms | engine / floor | " + " | ".join(PEERS[n] + " / engine" for n in names) + " |"
    yield "| --- | --- | --- " + "| ---: " * (5 + len(names)) + "|"
    for key, row in steps.items():
        ceiling = ceilings.get((key[0], key[2]))
        ms = row["msPerStep"]
        floor = ""
        over = ""
        if ceiling:
            # Neither the products nor the memory can be quicker than the machine was with nothing else to do.
            least = 1e3 * max(row["flops"] / ceiling["gemmTflops"] / 1e12, row["bytes"] / ceiling["copyGBs"] / 1e9 if row["width"] > 2048 else 0)
            floor, over = f"{least:.3g}", f"{ms / least:.2f}"
        others = [f"{peers[(*key, n)]['msPerStep'] / ms:.2f}" if (*key, n) in peers else "" for n in names]
        yield "| " + " | ".join([*map(str, key), floor, f"{ms:.3g}", over, *others]) + " |"


def lines_of(rows, benchmark, columns):
    yield "| " + " | ".join(columns) + " |"
    yield "| --- " * len(columns) + "|"
    for row in latest(rows, benchmark, *columns[:3]).values():
        yield "| " + " | ".join(f"{row.get(c, ''):.3g}" if isinstance(row.get(c), float) else str(row.get(c, "")) for c in columns) + " |"


def main():
    if len(sys.argv) > 1:
        with ROWS.open("a", encoding="utf-8") as all_rows:
            all_rows.write(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    rows = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()] if ROWS.exists() else []
    text = NOTHING
    if rows:
        text = "\n".join([
            "", "**Steps.** The last columns: how many times as long as the engine.", "", *lines_of_steps(rows),
            "", "**Ceilings.**", "", *lines_of(rows, "gpu-ceilings", ["device", "precision", "side", "gemmTflops", "copyGBs"]),
            "", "**Relative errors** of the prediction errors after a relaxation, against float64.", "",
            *lines_of(rows, "gpu-precision", ["device", "precision", "width", "layer1", "layer2", "layer3"]),
            "", "**Memory.**", "", *lines_of(rows, "gpu-memory", ["device", "width", "batch", "plannedBytes", "usedBytes"]), ""])
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    PAGE.write_text(head + BEGIN + "\n" + text + "\n" + END + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    main()
