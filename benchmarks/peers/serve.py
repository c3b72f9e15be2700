#!/usr/bin/env python3
"""Runs one other program on a problem and answers "step N" on standard input with the seconds that one of N steps takes, and
those of processor time (of all its threads).

    python3 serve.py PROGRAM FOLDER THREADS

PROGRAM is a module beside this file with `load(problem, threads)`, which returns an object with `version`, `step()`,
`finish()` (waits for what was enqueued), `weights()` and, where only some layers compare, `compared`; a module that reads
another kind of problem brings its own `Problem`. It raises
ImportError where what it needs is not installed and NotImplementedError where it has not that rule.
"""

import importlib
import json
import os
import re
import sys
import time


def answer(**fields):
    print(json.dumps(fields), file=replies, flush=True)


def blas():
    """The BLAS libraries in this process, since Debian's PyTorch takes whichever is installed; empty where unknown."""
    try:
        with open("/proc/self/maps", encoding="utf-8") as maps:
            paths = {os.path.realpath(line.split(maxsplit=5)[5].strip()) for line in maps if "/lib" in line}
    except OSError:
        return ""
    # With the folder: Debian's OpenBLAS for OpenMP and the one for pthreads differ in nothing else.
    named = (re.search(r"[^/]*/lib(openblas|blas|mkl_rt|blis)[^/]*$", path) for path in paths)
    return ", ".join(sorted({match[0] for match in named if match}))


def main(name, folder, threads):
    # Before any library is imported: some read these once. Affinity is the only limit that all of them keep to.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(threads)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    try:
        from problem import Problem

        module = importlib.import_module(name)
        problem = getattr(module, "Problem", Problem)(folder)
        program = module.load(problem, threads)
    except ImportError as e:
        return answer(skipped=f"not installed here ({e})")
    except NotImplementedError:
        return answer(skipped=f"has no {problem.rule}", lacks=True)
    program.step()
    program.finish()
    difference = problem.difference(program.weights(), getattr(program, "compared", None))
    answer(ready=True, version=program.version, blas=blas(), difference=difference)
    for line in sys.stdin:
        times = int(line.split()[1])
        start, cpu = time.perf_counter(), time.process_time()
        for _ in range(times):
            program.step()
        program.finish()
        answer(seconds=(time.perf_counter() - start) / times, cpuSeconds=(time.process_time() - cpu) / times)


if __name__ == "__main__":
    # Some libraries print to standard output, which is for replies only.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
