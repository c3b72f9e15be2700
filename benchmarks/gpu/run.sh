#!/bin/sh
# Everything that only a machine with an NVIDIA device can show, within 8 minutes after the build: the tests tagged gpu, the memory
# checker on every rule, ceilings, errors of the precisions, training steps beside their floors and beside PyTorch and JAX, and the
# widest network that fits. Rows are appended to benchmarks/results/gpu.jsonl, then put into the table of README.md beside this file.
# usage: benchmarks/gpu/run.sh [MINUTES]          build first on a machine with Maven's network: mvn -DskipTests package
# Exits with 2 where there is no device, with 1 where a test or a check failed.
set -eu
cd "$(dirname "$0")/../.."

if ! command -v nvidia-smi > /dev/null; then
  echo "benchmarks/gpu/run.sh: no NVIDIA device here (nvidia-smi is missing); run it on a machine with one" >&2
  exit 2
fi
if ! device=$(nvidia-smi --query-gpu=name --format=csv,noheader 2> /dev/null | head -n 1) || [ -z "$device" ]; then
  echo "benchmarks/gpu/run.sh: no NVIDIA device here (nvidia-smi lists none); run it on a machine with one" >&2
  exit 2
fi

rows=benchmarks/results/gpu.jsonl
commit=$(git rev-parse --short HEAD)$(git diff --quiet HEAD -- java kernels || echo +)
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p benchmarks/results

mvn -q -B -ntp -DskipTests package dependency:copy-dependencies -pl benchmarks,java/cli -am \
  -DincludeScope=runtime -DoutputDirectory=target/lib -Dmdep.useBaseVersion=true >&2

left=$((${1:-8} * 60))
began=$(date +%s)
failed=

# part TITLE SECONDS COMMAND...: no longer than its share, or than what is left of all.
part() {
  title=$1
  share=$2
  shift 2
  rest=$((left - ($(date +%s) - began)))
  [ "$rest" -lt "$share" ] && share=$rest
  if [ "$share" -le 0 ]; then
    echo "==== $title: no time left"
    return
  fi
  echo "==== $title (at most $share s)"
  if timeout "$share" "$@"; then
    return
  else
    status=$?
  fi
  echo "---- $title: exit $status"
  # 124: out of time, with what there is.
  [ "$status" = 124 ] || failed="$failed $title;"
}

engine() {
  what=$1
  seconds=$2
  shift 2
  # shellcheck disable=SC2086
  "$java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -Xmx8g \
    -cp "benchmarks/target/classes:benchmarks/target/lib/*" lemniscate.bench.DeviceBenchmark \
    "$what" cuda "$rows" "$commit" "$device" "$seconds" "$@"
}

# The checker on three steps of a rule.
checked() {
  compute-sanitizer --tool "$1" --target-processes all --error-exitcode 9 \
    ./lemniscate train --backend cuda --rule "$2" --train.steps 3 --net.width 33 --train.batch 21 \
    --data.train 63 --data.test 21 --out "$scratch/$1-$2"
}

part 'Tests on the device' 120 mvn -B -ntp -o -pl java/core,java/cuda test '-Dtest=Gpu*Test' \
  -Dgpu.required=true -Dsurefire.failIfNoSpecifiedTests=false

if command -v compute-sanitizer > /dev/null; then
  for rule in bp pc tp gnt fa dfa drtp pepita ff; do
    part "compute-sanitizer memcheck, $rule" 12 checked memcheck "$rule"
  done
  # Shared memory: tiles of factors, sums of blocks, programs of rows.
  for rule in pc gnt; do
    part "compute-sanitizer racecheck, $rule" 20 checked racecheck "$rule"
  done
else
  echo '==== compute-sanitizer is missing: the rules run unchecked'
fi

part 'Ceilings' 20 engine ceilings 15
part 'Precisions' 30 engine precision 25
# The widths of the table in float32 first; what is left of the time goes to the other precisions.
part 'Training steps' 110 engine steps 105
part 'PyTorch and JAX' 100 "${PYTHON:-python3}" benchmarks/gpu/peers.py "$rows" "$commit" "$device" 95
part 'Memory' 40 engine memory 35 32768

"${PYTHON:-python3}" benchmarks/gpu/table.py
if [ -n "$failed" ]; then
  echo "FAILED:$failed" >&2
  exit 1
fi
