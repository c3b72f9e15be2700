#!/usr/bin/env bash
# Lemniscate on a machine without a C compiler: scripts/test-without-compiler.sh
#
# Builds and trains a copy of the working tree with a PATH that has no compiler, and says how fast that is beside the loops in C
# where this tree has them. Only the building and the training can fail: a ratio depends on the machine.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree="$work/a place"

fail() {
  echo "test-without-compiler: $1" >&2
  shift
  [ $# -eq 0 ] || cat "$@" >&2
  exit 1
}

# All programs of the PATH but compilers.
mkdir "$work/bin" "$tree"
IFS=: read -ra folders <<< "$PATH"
for folder in "${folders[@]}"; do
  [ ! -d "$folder" ] || find -H "$folder" -maxdepth 1 ! -type d -exec ln -s -t "$work/bin" {} + 2> /dev/null || :
done
find "$work/bin" \( -name cc -o -name 'c[89]9*' -o -name '*gcc*' -o -name '*clang*' -o -name '*g++*' -o -name 'c++*' -o -name tcc \) \
  -exec rm -f {} +

without_compiler() {
  env -u CC -u LEMNISCATE_CC LEMNISCATE_NVCC=none PATH="$work/bin" "$@"
}
small=(--backend cpu --data synthetic --data.train 2000 --data.test 50 --width 256 --epochs 2)
# Examples per second, from the line of the time.
speed() {
  sed -n 's/^time .* \([0-9][0-9]*\) examples.*/\1/p' "$1"
}

(cd "$root" && git ls-files -z --cached --others --exclude-standard | tar --null --ignore-failed-read -T - -cf - 2> /dev/null) \
  | tar -xf - -C "$tree"
[ "$(without_compiler sh "$tree/scripts/build-native.sh" --compiler)" = none ] || fail 'there is a compiler on the PATH all the same'
without_compiler "$tree/lemniscate" train "${small[@]}" --out "$work/plain" > "$work/plain.txt" 2> "$work/plain.err" \
  || fail 'train failed' "$work/plain.txt" "$work/plain.err"
[ -n "$(speed "$work/plain.txt")" ] || fail 'train tells no speed' "$work/plain.txt"
grep -q '"device".*plain Java' "$work/plain/provenance.json" || fail 'the run does not say that loops are in plain Java' "$work/plain/provenance.json"
grep -q '^native: no C compiler, so the CPU loops run in plain Java' "$tree/target/launcher-build.log" \
  || fail 'the build does not say that there is no compiler' "$tree/target/launcher-build.log"
without_compiler "$tree/lemniscate" doctor > "$work/doctor.txt" 2>&1 || fail 'doctor failed' "$work/doctor.txt"
grep -Eq '^native loops +no +built without a C compiler; install gcc or clang' "$work/doctor.txt" \
  || fail 'doctor does not say that loops are in plain Java, and why' "$work/doctor.txt"
without_compiler env LEMNISCATE_NATIVE=avx2 "$tree/lemniscate" doctor > "$work/doctor.txt" 2>&1 || fail 'doctor failed' "$work/doctor.txt"
grep -q 'LEMNISCATE_NATIVE is avx2: no loops in C here' "$work/doctor.txt" \
  || fail 'doctor does not refuse an instruction set that is not there' "$work/doctor.txt"
echo "without a C compiler: $(speed "$work/plain.txt") examples/s"

if "$root/lemniscate" doctor 2> /dev/null | grep -Eq '^native loops +works'; then
  "$root/lemniscate" train "${small[@]}" --out "$work/native" > "$work/native.txt" 2> "$work/native.err" \
    || fail 'train with native loops failed' "$work/native.txt" "$work/native.err"
  awk -v native="$(speed "$work/native.txt")" -v plain="$(speed "$work/plain.txt")" \
    'BEGIN { printf "with one: %s examples/s, %.2f times as many\n", native, native / plain }'
fi
