#!/bin/sh
# Compiles native/cpu into one shared library: scripts/build-native.sh FOLDER
#
# Writes FOLDER/native.properties and FOLDER/PLATFORM/liblemniscate-cpu.so (.dylib on macOS), PLATFORM being what the compiler
# compiles for, as linux-x86_64; unless those there are of the same sources, compiler and options. Every source is compiled once
# for each instruction set and element type, with INSTRUCTION_SET and REAL_BITS defined; processor.c once, for any processor.
# Without a compiler the script says so and succeeds: the loops of the CPU backend then run in plain Java.
#
#   LEMNISCATE_CC   the compiler to use, with arguments if need be, or `none`; otherwise CC; otherwise gcc, clang or cc of PATH
set -eu

folder=$1
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
sources=$root/native/cpu
library=none

# The same bits for every instruction set: nothing may reorder or fuse what the source says (-ffast-math, -ffp-contract). Not
# -fno-trapping-math either: with it gcc makes (float)(int)x a rounding, which gives -0 where the source gives 0.
options='-std=gnu11 -O3 -fPIC -fvisibility=hidden -ffp-contract=off -fno-math-errno -Wall -Wextra -Werror'

fail() {
  echo "native: $1" >&2
  exit 1
}

# flags SET: what the compiler must be told for an instruction set.
flags() {
  case $1 in
    avx512) echo '-mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma -mprefer-vector-width=512' ;;
    avx2) echo '-mavx2 -mfma' ;;
  esac
}

find_compiler() {
  for candidate in "${LEMNISCATE_CC:-}" "${CC:-}"; do
    if [ -n "$candidate" ]; then
      echo "$candidate"
      return
    fi
  done
  for candidate in gcc clang cc; do
    # One that does not tell its version is none, as that of macOS before its tools are installed.
    if "$candidate" --version > /dev/null 2>&1; then
      echo "$candidate"
      return
    fi
  done
  echo none
}

# compile ARGUMENTS: the compiler's name may have spaces, or arguments behind it.
compile() {
  if command -v "$compiler" > /dev/null; then
    "$compiler" "$@"
  else
    # shellcheck disable=SC2086
    $compiler "$@"
  fi
}

# Removes what an earlier build left, but for the library named.
remove_stale() {
  if [ -d "$folder" ]; then
    find "$folder" -type f -name 'liblemniscate-cpu.*' ! -path "$folder/$library" -exec rm -f {} +
  fi
}

# without MESSAGE REASON: ends the build without a library.
without() {
  echo "native: $1"
  remove_stale
  mkdir -p "$folder"
  printf 'reason=%s\n' "$2" > "$folder/native.properties"
  exit 0
}

compiler=$(find_compiler)
if [ "$compiler" = none ]; then
  without 'no C compiler, so the CPU loops run in plain Java, which is slower (install gcc or clang and build again)' \
    'built without a C compiler'
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

echo 'int nothing;' > "$work/nothing.c"
# knows FLAGS: whether the compiler takes them.
knows() {
  # shellcheck disable=SC2086
  compile $options $1 -c "$work/nothing.c" -o "$work/nothing.o" > "$work/said" 2>&1 && [ -f "$work/nothing.o" ]
}
knows '' || fail "$(cat "$work/said")
$compiler does not compile: name another compiler in LEMNISCATE_CC, or LEMNISCATE_CC=none to build without"

version=$(compile --version | head -n 1)
machine=$(compile -dumpmachine)
case $machine in
  x86_64-*) processor=x86_64 candidates='avx512 avx2' ;;
  aarch64-* | arm64-*) processor=arm64 candidates=neon ;;
  *) processor=none candidates= ;;
esac
case $machine in
  *-linux*) platform=linux-$processor library=$platform/liblemniscate-cpu.so ;;
  *-apple-darwin*) platform=macosx-$processor library=$platform/liblemniscate-cpu.dylib ;;
  *) processor=none ;;
esac
[ "$processor" != none ] || without "no loops in C for $machine, so the CPU loops run in plain Java, which is slower" \
  "no loops in C for $machine"

sets=
for set in $candidates; do
  if knows "$(flags "$set")"; then
    sets="${sets:+$sets }$set"
  else
    echo "native: $version does not know $(flags "$set"), so there are no loops for $set"
  fi
done

# The script counts as a source: it says how the others are compiled.
sum=$(LC_ALL=C && export LC_ALL && cat "$sources"/*.[ch] "$root/scripts/build-native.sh" | cksum)
facts="platform=$platform
sets=$sets
compiler=$version
options=$compiler $options
sources=$sum"

if [ -f "$folder/$library" ] && [ "$(cat "$folder/native.properties" 2> /dev/null)" = "$facts" ]; then
  exit 0
fi
rm -f "$folder/native.properties"
remove_stale

# object SOURCE OBJECT FLAGS: one run of the compiler.
object() {
  # shellcheck disable=SC2086
  compile $options $3 -c "$sources/$1.c" -o "$work/$2.o"
}

# lane NUMBER: every second object, so that two lanes beside each other make all.
lane() {
  number=0
  for source in "$sources"/*.c; do
    name=$(basename "$source" .c)
    [ "$name" != processor ] || continue
    for set in $sets; do
      for bits in 32 64; do
        number=$((number + 1))
        [ $((number % 2)) = "$1" ] || continue
        object "$name" "$name-$set-$bits" "-DINSTRUCTION_SET=$set -DREAL_BITS=$bits $(flags "$set")" || return
      done
    done
  done
}

# shellcheck disable=SC2086
compile $options -DBUILT_SETS="\"$sets\"" -c "$sources/processor.c" -o "$work/processor.o" || fail "$compiler failed on processor.c"
lane 0 > "$work/lane-0" 2>&1 &
other=$!
failed=
lane 1 > "$work/lane-1" 2>&1 || failed=yes
wait $other || failed=yes
cat "$work/lane-0" "$work/lane-1" >&2
[ -z "$failed" ] || fail "$compiler failed; its messages are above (LEMNISCATE_CC=none builds without loops in C)"

case $platform in
  linux-*) link='-shared -Wl,--no-undefined' ;;
  *) link=-dynamiclib ;;
esac
mkdir -p "$folder/$platform"
rm -f "$work/nothing.o"
# shellcheck disable=SC2086
compile $link -o "$folder/$library.new" "$work"/*.o -lm || fail "$compiler cannot link the library"
# At once, since a program may be running with the one before.
mv "$folder/$library.new" "$folder/$library"
printf '%s\n' "$facts" > "$folder/native.properties"
