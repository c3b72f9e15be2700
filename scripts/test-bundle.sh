#!/bin/bash
# The bundle on a machine without Java: scripts/test-bundle.sh [ARCHIVE]
#
# Unpacks target/lemniscate-*.tar.gz in a folder with a space in its name, with an empty PATH and a home of its own, and trains.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
archive=${1:-$(echo "$root"/target/lemniscate-*-linux-x86_64.tar.gz)}
most_bytes=60000000

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
  (cd "$folder/work" && env -i HOME="$folder/home" PATH="$folder/bin" /bin/sh "$folder/bin/lemniscate" "$@")
}

run --version | grep -q '^lemniscate ' || fail 'no version'
run doctor > "$folder/doctor.txt"
grep -Eq '^backend cpu +works +.*OpenBLAS' "$folder/doctor.txt" || fail "doctor: $(cat "$folder/doctor.txt")"
grep -Eq '^backend cuda ' "$folder/doctor.txt" || fail "doctor: $(cat "$folder/doctor.txt")"
grep -Eq '^Vector API +works' "$folder/doctor.txt" || fail "doctor: $(cat "$folder/doctor.txt")"
run train --backend cpu --data synthetic --data.train 200 --data.test 50 --width 32 --epochs 1 --out run > "$folder/train.txt" 2>&1 \
  || fail "train: $(cat "$folder/train.txt")"
[ -f "$folder/work/run/metrics.jsonl" ] || fail 'train wrote no metrics'
run curves run --out curves > "$folder/curves.txt" 2>&1 || fail "curves: $(cat "$folder/curves.txt")"

# The devices' side, if this build has kernels: JCuda loads as far as a driver lets it.
if [ -d "$bundle/native" ]; then
  [ "$(find "$bundle/native" -name 'libJC*.so' | wc -l)" = 2 ] || fail 'native: expected libJCudaDriver and libJCublas2'
fi
echo "bundle: $((bytes / 1000000)) MB, works without a JDK"
