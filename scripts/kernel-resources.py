#!/usr/bin/env python3
"""Registers and shared memory of every kernel, as ptxas gives them for compute capability 9.0, in a table of docs/kernels.md.

    scripts/kernel-resources.py           writes the table
    scripts/kernel-resources.py --check   compares it; another nvcc than the table's may choose other registers, and is told so

Fails where a kernel spills, or takes so many registers that a multiprocessor has no room for two blocks of 256 threads. The nvcc is that
of LEMNISCATE_NVCC or of PATH.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/kernels.md"
BEGIN, END = "<!-- written by scripts/kernel-resources.py -->", "<!-- end -->"
ARCHITECTURE = "sm_90"
# 65536 registers of a multiprocessor, for two blocks of 256 threads.
MOST_REGISTERS = 128
# Its blocks take the shared memory of a whole multiprocessor, so that there is one, of 256 threads, which an instruction can name 255 of.
ALONE = {"cluster_program": 255, "resident_program": 255}


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"kernel-resources: {' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def resources(nvcc):
    """[(entry point, registers, bytes of shared memory, bytes of spills)]"""
    with tempfile.TemporaryDirectory() as folder:
        said = run([nvcc, "-cubin", "-std=c++17", "-O3", f"-arch={ARCHITECTURE}", "-Xptxas", "-v",
                    str(ROOT / "kernels/lemniscate.cu"), "-o", folder + "/kernels.cubin"])
    found = []
    for part in re.split(r"Compiling entry function '", said)[1:]:
        name = part.split("'", 1)[0]
        registers = int(re.search(r"Used (\d+) registers", part).group(1))
        shared = re.search(r"(\d+) bytes smem", part)
        # The first properties are the kernel's, others those of functions that it calls.
        spills = re.search(r"(\d+) bytes spill stores, (\d+) bytes spill loads", part)
        found.append((name, registers, int(shared.group(1)) if shared else 0, sum(map(int, spills.groups()))))
    if not found:
        sys.exit("kernel-resources: ptxas says nothing of any kernel")
    return sorted(found)


def table(found, version):
    kernels = {}
    for name, registers, shared, _ in found:
        base, _, suffix = name.rpartition("_") if re.search(r"_(f32|f64|tf32|bf16)$", name) else (name, "", "")
        kernels.setdefault(base, []).append((suffix, registers, shared))
    yield f"Of CUDA {version} for `{ARCHITECTURE}`; no kernel spills."
    yield ""
    yield "| kernel | registers | shared memory, bytes |"
    yield "| --- | --- | --- |"
    for base, forms in sorted(kernels.items()):
        cells = [", ".join(f"{suffix} {form[i]}".strip() for suffix, *form in forms) for i in (0, 1)]
        yield f"| `{base}` | {cells[0]} | {cells[1] if any(form[2] for form in forms) else ''} |"


def most(name):
    return ALONE.get(name.rpartition("_")[0], MOST_REGISTERS)


def main():
    nvcc = os.environ.get("LEMNISCATE_NVCC", "nvcc")
    version = re.search(r"release ([\d.]+),", run([nvcc, "--version"])).group(1)
    found = resources(nvcc)
    faults = [f"{name} spills {spills} bytes" for name, _, _, spills in found if spills]
    faults += [f"{name} takes {registers} registers, more than {most(name)}"
               for name, registers, _, _ in found if registers > most(name)]
    if faults:
        sys.exit("kernel-resources: " + "\nkernel-resources: ".join(faults))
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    former, after = rest.split(END)
    now = "\n\n" + "\n".join(table(found, version)) + "\n\n"
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(before + BEGIN + now + END + after, encoding="utf-8")
    elif now != former and f"Of CUDA {version} for" in former:
        sys.exit("kernel-resources: docs/kernels.md has another table; write it with scripts/kernel-resources.py")
    elif now != former:
        print(f"kernel-resources: the table is of another nvcc than CUDA {version}; only spills and limits were checked")
    print(f"kernel-resources: {len(found)} kernels, no spills")


if __name__ == "__main__":
    main()
