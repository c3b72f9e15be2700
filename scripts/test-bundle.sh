#!/bin/bash
# The bundle on a machine without Java: scripts/test-bundle.sh [ARCHIVE]
#
# Unpacks target/lemniscate-*.tar.gz in a folder with a space in its name, with an empty PATH and a home of its own, and trains.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
archive=${1:-$(echo "$root"/target/lemniscate-*-linux-x86_64.tar.gz)}
most_bytes=65000000

fail() {
  echo "test-bundle: $1" >&2
  exit 1
}

[ -f "$archive" ] || fail "$archive is missing: make it with mvn -Pbundle package -DskipTests"
bytes=$(stat -c %s "$archive")
[ "$bytes" -le "$most_bytes" ] || fail "$archive has $bytes bytes, more than $most_bytes"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/a place" "$folder/home" "$folder/work" "$folder/bin"
tar -xzf "$archive" -C "$folder/a place"
bundle=$(echo "$folder/a place"/lemniscate-*)
# Through a link, as in ~/bin. What the launcher itself needs of a system: a shell, readlink.
ln -s "$bundle/lemniscate" "$folder/bin/lemniscate"
ln -s "$(command -v readlink)" "$folder/bin/readlink"

run() {
  (cd "$folder/work" && env -i HOME="$folder/home" PATH="$folder/bin" LEMNISCATE_NATIVE="${native:-auto}" /bin/sh "$folder/bin/lemniscate" "$@")
}

# Into files first: a program whose reader has gone ends with an error.
run --version > "$folder/version.txt"
grep -q '^lemniscate ' "$folder/version.txt" || fail "no version: $(cat "$folder/version.txt")"
native=off run doctor > "$folder/doctor.txt"
grep -Eq '^backend cpu +works +.*OpenBLAS' "$folder/doctor.txt" || fail "doctor: $(cat "$folder/doctor.txt")"
run doctor > "$folder/doctor.txt"
grep -Eq '^backend cuda ' "$folder/doctor.txt" || fail "doctor: $(cat "$folder/doctor.txt")"
# The loops in C, where the build had a compiler; where not, why.
loops='works +instruction set [a-z]'
[ -n "$(find "$root/java/core/target/classes/lemniscate/native" -name 'liblemniscate-cpu.so')" ] || loops='no +built without a C compiler'
grep -Eq "^native loops +$loops" "$folder/doctor.txt" || fail "doctor: $(cat "$folder/doctor.txt")"
run train --backend cpu --data synthetic --data.train 200 --data.test 50 --width 32 --epochs 1 --out run > "$folder/train.txt" 2>&1 \
  || fail "train: $(cat "$folder/train.txt")"
[ -f "$folder/work/run/metrics.jsonl" ] || fail 'train wrote no metrics'
run curves run --out curves > "$folder/curves.txt" 2>&1 || fail "curves: $(cat "$folder/curves.txt")"

[ "$(find "$bundle/native" -name 'libJC*.so' | wc -l)" = 2 ] || fail 'native: expected libJCudaDriver and libJCublas2'

# With a driver: the stand-in that the tests of java/cuda have built, where they have and this build has kernels.
driver=$root/java/cuda/target/host-driver
with_driver() {
  (cd "$folder/work" && env -i HOME="$folder/home" PATH="$folder/bin" LD_LIBRARY_PATH="$driver" /bin/sh "$folder/bin/lemniscate" "$@")
}
small='--data synthetic --data.train 50 --data.test 20 --batch 10 --width 16 --epochs 1 --pc.steps 3 --param.baseWidth 8'
losses() {
  grep '^\(train\|test\) loss' "$1"
}
if [ -f "$driver/libcublas.so.13" ] && with_driver doctor > "$folder/driver.txt" 2> /dev/null \
  && grep -Eq '^backend cuda +works' "$folder/driver.txt"; then
  # shellcheck disable=SC2086
  with_driver train --backend cuda $small --out cuda > "$folder/cuda.txt" 2>&1 || fail "train on cuda: $(cat "$folder/cuda.txt")"
  # shellcheck disable=SC2086
  run train --backend reference $small --out reference > "$folder/reference.txt" 2>&1 || fail "$(cat "$folder/reference.txt")"
  # Five decimals of a loss after five steps.
  [ "$(losses "$folder/cuda.txt")" = "$(losses "$folder/reference.txt")" ] \
    || fail "cuda: $(losses "$folder/cuda.txt"), reference: $(losses "$folder/reference.txt")"
  echo 'bundle: trains through JCuda on the stand-in for a driver'
fi
echo "bundle: $((bytes / 1000000)) MB, works without a JDK"
