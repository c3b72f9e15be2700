#!/bin/sh
# Everything that only a machine with an NVIDIA device can show: the tests tagged gpu, ceilings, training steps beside their floors and
# beside PyTorch and JAX, errors of the precisions, the widest network that fits, and CUDA's checkers. It runs from what make-kit.sh
# packs, and needs no JDK, Maven or network: from the kit's own folder, or from a checkout with target/gpu-kit or its archive.
# usage: benchmarks/gpu/run.sh [MINUTES [FOLDER]]    9 minutes; appends rows to FOLDER/gpu.jsonl and output to FOLDER/gpu-log.txt
# What comes first matters most: a run that is cut short keeps what it has measured. Exits with 2 where there is no usable device, with 1
# where a part failed; one that ran out of time has not failed.
set -eu

minutes=${1:-9}
folder=${2:-gpu-results}
mkdir -p "$folder"
folder=$(CDPATH='' cd -- "$folder" && pwd)
rows=$folder/gpu.jsonl
log=$folder/gpu-log.txt
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
began=$(date +%s)
left=$((minutes * 60))
failed=

missing() {
  echo "benchmarks/gpu/run.sh: $1" >&2
  exit 2
}

kit=$here
if [ ! -d "$kit/runtime" ]; then
  kit=$here/../../target/gpu-kit
  if [ ! -d "$kit/runtime" ] && [ -f "$kit.tar.gz" ]; then
    tar -xzf "$kit.tar.gz" -C "$kit/.."
  fi
  [ -d "$kit/runtime" ] || missing 'no kit: make one with benchmarks/gpu/make-kit.sh where there are Maven and nvcc'
fi

command -v nvidia-smi > /dev/null || missing 'no NVIDIA device here (nvidia-smi is missing); run it on a machine with one'
device=$(nvidia-smi --query-gpu=name --format=csv,noheader 2> /dev/null | head -n 1) || device=
[ -n "$device" ] || missing 'no NVIDIA device here (nvidia-smi lists none); run it on a machine with one'
python=${PYTHON:-python3}

works() {
  found=$(timeout 60 "$kit/lemniscate" doctor 2>&1) || :
  echo "$found" >> "$log"
  echo "$found" | grep '^backend cuda' || echo "$found"
  echo "$found" | grep -Eq '^backend cuda +works'
}

# The search knows the usual places; Python knows its own.
if ! works; then
  LEMNISCATE_CUBLAS=$("$python" -c 'import glob, sys
print(next((f for p in sys.path for f in glob.glob(p + "/nvidia/*/lib/libcublas.so.1[23]")), ""))') || :
  export LEMNISCATE_CUBLAS
  works || missing 'the cuda backend does not work here'
fi

# part TITLE SECONDS COMMAND...: no longer than its share, or than what is left of all; the end of its output is shown.
part() {
  title=$1
  share=$2
  shift 2
  now=$(date +%s)
  rest=$((left - (now - began)))
  [ "$rest" -ge "$share" ] || share=$rest
  if [ "$share" -le 0 ]; then
    echo "==== $title: no time left"
    return
  fi
  echo "==== $title" >> "$log"
  status=0
  timeout -k 5 "$share" "$@" >> "$log" 2>&1 < /dev/null || status=$?
  echo "==== $title: $(($(date +%s) - now)) s of $share, exit $status"
  tail -n 10 "$log"
  # 124 and 137: out of time, with what there is.
  case $status in
    0 | 124 | 137) ;;
    *) failed="$failed $title;" ;;
  esac
}

# in_java TITLE SECONDS OPTION...: the kit's Java, behind $checker where that names one.
checker=
in_java() {
  title=$1
  share=$2
  shift 2
  # shellcheck disable=SC2086
  part "$title" "$share" $checker "$kit/runtime/bin/java" --enable-native-access=ALL-UNNAMED \
    -Xmx8g -XX:+UseParallelGC "-Djava.library.path=$kit/native" "$@"
}

engine() {
  title=$1
  share=$2
  what=$3
  shift 3
  in_java "$title" "$share" -cp "$kit/benchmark:$kit/lib/*" lemniscate.bench.DeviceBenchmark "$what" cuda "$rows" \
    "$(cat "$kit/commit")" "$device" "$@"
}

# tests TITLE SECONDS CLASS [OPTION...]
tests() {
  title=$1
  share=$2
  class=$3
  shift 3
  in_java "$title" "$share" -Dgpu.required=true -cp "$kit/tests/classes:$kit/tests/*:$kit/lib/*" \
    org.junit.platform.console.ConsoleLauncher execute --disable-banner --disable-ansi-colors --details=testfeed \
    --fail-if-no-tests "--select-class=lemniscate.cuda.gpu.$class" "$@"
}

peers() {
  part "$1" "$2" env PYTHONUNBUFFERED=1 "$python" "$here/peers.py" "$3" "$rows" "$(cat "$kit/commit")" "$device"
}

# As on the data of a user, with each launch waited for.
first() {
  rm -rf "$folder/first"
  part 'First run' 30 "$kit/lemniscate" train --backend cuda --cuda.checked true --rule pc --data synthetic --data.train 640 \
    --data.test 64 --net.width 128 --epochs 1 --out "$folder/first"
  rm -rf "$folder/first"
}

first
tests 'Contract on the device' 100 GpuContractTest
tests 'Golden vectors on the device' 60 GpuGoldenTest
engine 'Ceilings' 30 ceilings
engine 'Training steps, B = 128' 90 steps 128,512,2048,8192,16384,32768 128
peers 'PyTorch' 75 torch
peers 'JAX' 60 jax
engine 'Precisions' 30 precision
engine 'Memory' 30 memory 32768
if command -v compute-sanitizer > /dev/null; then
  # Shared memory: tiles of factors, sums of blocks, programs of rows.
  checker='compute-sanitizer --tool racecheck --error-exitcode 9'
  tests 'Races' 50 GpuContractTest \
    '--include-methodname=.*#(factorAndSolve|ridgeCoefficients|crossEntropy|sumOfSquares|normalize.*|contrast)'
  checker='compute-sanitizer --tool memcheck --error-exitcode 9'
  tests 'Memory checker' 60 GpuGoldenTest '--exclude-methodname=.*#equilibrium.*'
  checker=
else
  echo '==== compute-sanitizer is missing: no checker ran'
fi
# With the widths of model.md.
engine 'Training steps, other batches' 300 steps 128,224,256,512,1024,2048,4096,8192,16384,32768 64,1024

echo "$rows has $(grep -c . "$rows" || :) rows; benchmarks/gpu/table.py $rows puts them into the table of its README.md"
if [ -n "$failed" ]; then
  echo "FAILED:$failed" >&2
  exit 1
fi
