#!/usr/bin/env python3
"""Times training steps of the engine beside the same steps of other programs, in turns, and appends a row for each.

    benchmarks/run.sh peers [RULES [WIDTHS [BATCHES [THREADS]]]]          lists are comma-separated

Every program gets the same weights and batch, and its first update must agree with the engine's; one whose update does
not is named and not timed. What is not installed is skipped: one row for each rule says so. Needs numpy, and for a peer
what it is written in (Debian: python3-numpy, python3-torch, and libopenblas0-openmp for a PyTorch that is not slow).
PYTHON names the interpreter; PEERS the programs, comma-separated, where it is not to be all; ROUNDS, RUN_SECONDS and
WARM_UP_SECONDS shorten a trial run.
"""

import datetime
import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = {
    "torch": "torch_steps",
    "torch-autograd": "torch_autograd",
    "jax": "jax_steps",
    "preco": "preco_adapter",
    "torch2pc": "torch2pc_adapter",
    "jpc": "jpc_adapter",
    "pcx": "pcx_adapter",
}
PEERS = (os.environ.get("PEERS") or ",".join([*PROGRAMS, "nd4j"])).split(",")
ROUNDS = int(os.environ.get("ROUNDS", 15))
# One timed run lasts at least this long, against the clock's resolution and jitter.
RUN_SECONDS = float(os.environ.get("RUN_SECONDS", 0.1))
WARM_UP_SECONDS = float(os.environ.get("WARM_UP_SECONDS", 3))
# Threads of OpenMP libraries keep spinning for a while after a product; the next program is not to pay for it.
PAUSE_SECONDS = 0.25

# float32: an update is 1e-2 times a sum of up to 128 products, added to a weight of up to 10 times its size, which
# costs some 1e-5; states that are stored whole, as the others do, lose another digit of their small errors.
TOLERANCE = 2e-3


class Stopped(Exception):
    """A program has ended before its time."""


class Server:
    """A program that answers "WHAT N" with the seconds that one of N steps takes."""

    def __init__(self, command, **environment):
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=HERE,
            env={**os.environ, **environment},
        )
        self.start = self.reply()
        self.times = {}

    def reply(self):
        line = self.process.stdout.readline()
        if not line:
            return {"skipped": f"ended with exit code {self.process.wait()}, see above"}
        return json.loads(line)

    def seconds(self, what, times):
        try:
            self.process.stdin.write(f"{what} {times}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the reply says it
        reply = self.reply()
        if "skipped" in reply:
            raise Stopped(reply["skipped"])
        return reply["seconds"]

    def warm_up(self, what):
        """Until the least time falls no more (a JVM compiles meanwhile); also finds how many steps a timed run takes."""
        began = time.monotonic()
        least, settled = self.seconds(what, 1), 0
        while settled < 5 or time.monotonic() - began < WARM_UP_SECONDS:
            each = self.seconds(what, max(1, int(0.1 * WARM_UP_SECONDS / least)))
            settled = settled + 1 if each > 0.97 * least else 0
            least = min(each, least)
            if time.monotonic() - began > 5 * WARM_UP_SECONDS:
                break
        self.times[what] = max(1, round(RUN_SECONDS / least))

    def timed(self, what):
        time.sleep(PAUSE_SECONDS)
        return self.seconds(what, self.times[what])

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait()


def engine(variable, backend, folder, shape, **environment):
    rule, width, batch, threads = shape
    pathlib.Path(folder).mkdir(exist_ok=True)
    words = [backend, folder, rule, width, batch, threads]
    return Server([*shlex.split(os.environ[variable]), *map(str, words)], **environment)


def start(name, folder, shape):
    """A program with its first update made."""
    if name != "nd4j":
        return Server([sys.executable, str(HERE / "serve.py"), PROGRAMS[name], folder, str(shape[-1])])
    from problem import Problem

    # ND4J's threads are OpenMP's; those that wait by spinning keep the others from the processors, 17 times as long a step.
    server = engine(
        "LEMNISCATE_ND4J", "nd4j", folder + "/nd4j", shape, OMP_NUM_THREADS=str(shape[-1]), OMP_WAIT_POLICY="passive"
    )
    if "ready" in server.start:
        other = Problem(folder + "/nd4j")
        server.start.update(difference=Problem(folder).difference(other.after), version=other.backend)
    return server


def peers(folder, shape, skipped, note):
    """The programs that can run and whose first update is the engine's; skipped keeps why the others cannot."""
    found = {}
    for name in PEERS:
        if name in skipped:
            continue
        if name == "nd4j" and not os.environ.get("LEMNISCATE_ND4J"):
            skipped[name] = "not built (mvn -Pnd4j -DskipTests package)"
        else:
            server = start(name, folder, shape)
            reason = server.start.get("skipped")
            if reason is None and not server.start["difference"] <= TOLERANCE:
                reason = f"its update differs from the engine's by {server.start['difference']:.2g}, more than {TOLERANCE}"
            if reason is None:
                found[name] = server
                continue
            server.close()
            skipped[name] = reason
            if server.start.get("lacks"):
                continue
        print(f"  {name}: skipped, {skipped[name]}", flush=True)
        note(name, skipped[name])
    return found


def spread(prefix, seconds):
    return {
        f"{prefix}Ms": 1e3 * statistics.median(seconds),
        f"{prefix}MinMs": 1e3 * min(seconds),
        f"{prefix}MaxMs": 1e3 * max(seconds),
    }


def quartiles(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 4], ordered[3 * len(ordered) // 4]


def take_turns(runs):
    """Seconds of each run by name; a program that ends is dropped, unless it is the engine."""
    taken = {name: [] for name, _, _ in runs}
    for turn in range(-1, ROUNDS):
        for name, server, what in runs:
            try:
                if turn < 0:
                    server.warm_up(what)
                elif name in taken:
                    taken[name].append(server.timed(what))
            except Stopped as e:
                if name in ("floor", "engine"):
                    sys.exit(f"compare.py: the engine {e}")
                print(f"  {name}: dropped, {e}", flush=True)
                taken.pop(name, None)
    return taken


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


def append(out, row):
    with open(out, "a", encoding="utf-8") as rows:
        rows.write(json.dumps(row) + "\n")


def measure(shape, common, out, skipped):
    rule, width, batch, threads = shape
    print(f"{rule}  W {width}  B {batch}  threads {threads}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        own = engine("LEMNISCATE_ENGINE", "cpu", folder, shape)
        if "ready" not in own.start:
            sys.exit("compare.py: the engine did not start")
        backend = json.loads((pathlib.Path(folder) / "problem.json").read_text(encoding="utf-8"))["backend"]

        def note(name, reason):
            append(out, dict(common, time=now(), rule=rule, peer=name, skipped=reason))

        others = peers(folder, shape, skipped, note)
        runs = [("floor", own, "floor"), ("engine", own, "step"), *((name, peer, "step") for name, peer in others.items())]
        taken = take_turns(runs)
        for server in [own, *others.values()]:
            server.close()
    others = {name: peer for name, peer in others.items() if name in taken}
    for name in others or [None]:
        row = dict(common, time=now())
        row.update(backend=backend, precision="fp32", rule=rule, width=width, batch=batch, threads=threads, rounds=ROUNDS)
        if rule == "pc":
            row.update(scheme="jacobi", T=20)
        row.update(spread("floor", taken["floor"]), **spread("engine", taken["engine"]))
        row["engineOverFloor"] = row["engineMs"] / row["floorMs"]
        if name is not None:
            row.update(peer=name, **{key: others[name].start.get(key, "") for key in ("version", "blas", "difference")})
            row.update(spread("peer", taken[name]))
            row["peerOverFloor"] = row["peerMs"] / row["floorMs"]
            row["peerOverEngine"] = row["peerMs"] / row["engineMs"]
            low, high = quartiles([p / e for p, e in zip(taken[name], taken["engine"])])
            row.update(peerOverEngineLow=low, peerOverEngineHigh=high)
            print(
                f"  {name:14} {row['peerMs']:9.3f} ms   engine {row['engineMs']:9.3f} ms   floor {row['floorMs']:9.3f} ms"
                f"   peer/engine {row['peerOverEngine']:.2f} ({low:.2f} to {high:.2f})   engine/floor {row['engineOverFloor']:.2f}",
                flush=True,
            )
        else:
            print(f"  no peer        engine {row['engineMs']:9.3f} ms   floor {row['floorMs']:9.3f} ms", flush=True)
        append(out, row)


def main(out, commit, device, rules="pc,tp,pepita", widths="128,512,2048", batches="64,128", threads="1,2"):
    common = {"benchmark": "peers", "commit": commit, "device": device}
    for rule in rules.split(","):
        skipped = {}
        for count in map(int, threads.split(",")):
            for batch in map(int, batches.split(",")):
                for width in map(int, widths.split(",")):
                    measure((rule, width, batch, count), common, out, skipped)


if __name__ == "__main__":
    try:
        import numpy  # noqa: F401
    except ImportError:
        sys.exit(f"compare.py: {sys.executable} has no numpy: install it (Debian: python3-numpy), or name another PYTHON")
    unknown = set(PEERS) - {*PROGRAMS, "nd4j"}
    if unknown:
        sys.exit(f"compare.py: PEERS has {', '.join(sorted(unknown))}; expected some of {', '.join(PROGRAMS)}, nd4j")
    main(*sys.argv[1:])
