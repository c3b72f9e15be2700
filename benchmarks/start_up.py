#!/usr/bin/env python3
"""Times the start of the command line, from the shell, and the memory of the default run; appends rows.

    benchmarks/run.sh start-up [RUNS]

`help` is `./lemniscate --help`; `one-step` is `train --steps 1` as a whole, with the evaluations and checkpoints before
and after the step; `default-run` is `./lemniscate train`. `seconds` are from the shell to the end, `readySeconds` to the
line that names the run directory, which is written when everything is ready for the first step; `peakMiB` is the greatest
resident memory of the process. The first start of a build, which may build and makes the class-data archive, is not
counted. Needs nothing but Python 3, on Linux or macOS.
"""

import datetime
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]


READY = b"run directory:"


def run(*words):
    """Seconds to the end, seconds to READY or None, and the peak of resident memory in MiB."""
    start = time.monotonic()
    process = subprocess.Popen([ROOT / "lemniscate", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said, ready = b"", None
    for line in process.stderr:
        said += line
        if line.startswith(READY):
            ready = time.monotonic() - start
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    if status:
        sys.exit(f"start_up.py: {' '.join(words)} failed:\n{said.decode()}")
    return seconds, ready, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)


def spread(prefix, values):
    middle = statistics.median(values)
    return {prefix: round(middle, 3), f"{prefix}Min": round(min(values), 3), f"{prefix}Max": round(max(values), 3)}


def main(out, commit, device, runs="11"):
    run("--help")
    with tempfile.TemporaryDirectory() as folder:
        cases = {
            "help": [["--help"]] * int(runs),
            "one-step": [["train", "--steps", "1", "--out", f"{folder}/{i}"] for i in range(int(runs))],
            "default-run": [["train", "--out", f"{folder}/default-{i}"] for i in range(3)],
        }
        for what, calls in cases.items():
            taken = [run(*words) for words in calls]
            seconds, ready, peaks = zip(*taken)
            row = {"benchmark": "start-up", "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")}
            row.update(commit=commit, device=device, what=what, runs=len(calls), **spread("seconds", seconds))
            if None not in ready:
                row.update(spread("readySeconds", ready))
            row.update(peakMiB=round(max(peaks)))
            print(f"{what:12} {row['seconds']:7.3f} s ({row['secondsMin']:.3f} to {row['secondsMax']:.3f})   "
                  f"ready {row.get('readySeconds', math.nan):.3f} s   {row['peakMiB']} MiB", flush=True)
            with open(out, "a", encoding="utf-8") as rows:
                rows.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
