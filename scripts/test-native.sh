#!/usr/bin/env bash
# Tests of the loops in C and of how they are built: scripts/test-native.sh
#
# First scripts/build-native.sh on small sources: with a compiler, without one, with one that fails or is old. Then every
# native/cpu/test/*.c with all sources of native/cpu, for each instruction set that this processor runs and both element types,
# under the address and undefined-behaviour sanitizers: any report fails; and, lane by lane, for those it lacks. Where there is no compiler, that part says so; exit 77.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0

fail() {
  echo "test-native: $1" >&2
  [ ! -s "$work/said" ] || cat "$work/said" >&2
  exit 1
}

# ---- how they are built

place="$work/a  place"
target="$work/the target"
mkdir -p "$place/scripts" "$place/native/cpu/test" "$work/empty path" "$work/tools"
cp "$root/scripts/build-native.sh" "$place/scripts"
cp "$root/native/cpu/processor.c" "$place/native/cpu"
cat > "$place/native/cpu/sums.h" << 'END'
#define JOIN(set, bits, name) lemniscate_##set##_f##bits##_##name
#define EXPANDED(set, bits, name) JOIN(set, bits, name)
#define NAME(name) EXPANDED(INSTRUCTION_SET, REAL_BITS, name)
END
cat > "$place/native/cpu/sums.c" << 'END'
#include "sums.h"
int NAME(inner)(int x) { return x + 1; }
__attribute__((visibility("default"))) int NAME(sum)(int x) { return NAME(inner)(x) + 1; }
END
echo 'this is no part of the library' > "$place/native/cpu/test/sums_test.c"

# What the script itself needs, without a compiler.
for tool in basename cat cksum dirname find head mkdir mktemp mv rm sh; do
  ln -s "$(command -v "$tool")" "$work/tools/$tool"
done

# build [NAME=VALUE...]: the script, with nothing of the caller's choice of compiler; its exit status is in status.
build() {
  status=0
  env -u LEMNISCATE_CC -u CC "$@" /bin/sh "$place/scripts/build-native.sh" "$target" > "$work/said" 2>&1 || status=$?
}
library() {
  find "$target" -name 'liblemniscate-cpu.*'
}
# Changes with every build: the number of a file alone may come again. By GNU's stat, or BSD's.
mark() {
  local file
  file=$(library)
  stat -c '%n %i %y' "$file" 2> /dev/null || stat -f '%N %i %Fm' "$file"
}
succeeds() {
  [ "$status" = 0 ] || fail "$1: exit $status"
}
has() {
  grep -qF -- "$2" "$work/said" || fail "$1: does not say: $2"
}
check_without() {
  succeeds "$1"
  has "$1" 'plain Java, which is slower (install gcc or clang and build again)'
  [ "$(wc -l < "$work/said")" = 1 ] || fail "$1: more than one line"
  [ -z "$(library)" ] || fail "$1: left a library"
  [ "$(cat "$target/native.properties")" = 'reason=built without a C compiler' ] || fail "$1: native.properties"
  passed=$((passed + 1))
}

build PATH="$work/tools"
check_without 'no compiler, first build'
build LEMNISCATE_CC="$work/nowhere/gcc"
[ "$status" != 0 ] || fail 'a compiler that is not there: succeeds'
has 'a compiler that is not there' "$work/nowhere/gcc does not compile"
has 'a compiler that is not there' 'LEMNISCATE_CC=none'
[ -z "$(library)" ] || fail 'a compiler that is not there: left a library'
passed=$((passed + 1))

compiler=$(sh "$root/scripts/build-native.sh" --compiler)
if [ "$compiler" = none ]; then
  echo "native: $passed passed; NOT RUN: what needs a C compiler" >&2
  exit 77
fi

build
succeeds 'a compiler'
[ ! -s "$work/said" ] || fail 'a compiler: says something'
[ -f "$(library)" ] || fail 'a compiler: no library'
sets=$(sed -n 's/^sets=//p' "$target/native.properties")
[ -n "$sets" ] || fail 'a compiler: native.properties has no instruction set'
if command -v nm > /dev/null; then
  {
    for set in $sets; do
      printf 'lemniscate_%s_f32_sum\nlemniscate_%s_f64_sum\n' "$set" "$set"
    done
    printf 'lemniscate_built_sets\nlemniscate_instruction_sets\n'
  } | LC_ALL=C sort > "$work/expected"
  nm -gP "$(library)" -D --defined-only | awk '{ print $1 }' | LC_ALL=C sort > "$work/exported"
  diff "$work/expected" "$work/exported" > "$work/said" || fail 'the library exports something else'
fi
passed=$((passed + 1))

before=$(mark)
build
succeeds 'nothing changed'
[ "$(mark)" = "$before" ] || fail 'nothing changed: built again'
echo 'another' >> "$place/native/cpu/test/sums_test.c"
build
[ "$(mark)" = "$before" ] || fail 'a test changed: built again'
build CC="$compiler -g"
[ "$(mark)" != "$before" ] || fail 'another compiler: not built again'
before=$(mark)
echo '// More.' >> "$place/native/cpu/sums.h"
build CC="$compiler -g"
succeeds 'a header changed'
[ "$(mark)" != "$before" ] || fail 'a header changed: not built again'
passed=$((passed + 1))

echo 'int lost(void) { return undeclared; }' > "$place/native/cpu/lost.c"
build
[ "$status" != 0 ] || fail 'an error: succeeds'
has 'an error' undeclared
has 'an error' 'LEMNISCATE_CC=none'
[ -z "$(library)" ] || fail 'an error: left a library'
# A newer compiler warns of more: that is for the tests below, not for who builds.
echo 'static int unused(void) { return 0; }' > "$place/native/cpu/lost.c"
build
succeeds 'a warning'
rm "$place/native/cpu/lost.c"
build
succeeds 'corrected'
echo 'int nowhere(void); static __attribute__((used)) int lost(void) { return nowhere(); }' > "$place/native/cpu/lost.c"
build
[ "$status" != 0 ] || fail 'a function that is nowhere: succeeds'
has 'a function that is nowhere' 'cannot link'
rm "$place/native/cpu/lost.c"
passed=$((passed + 1))

build
build LEMNISCATE_CC=none
check_without 'LEMNISCATE_CC=none, after a build'
build
build PATH="$work/tools"
check_without 'no compiler any more'

# A compiler that is older than an instruction set, or knows none of this machine's.
cat > "$work/tools/old cc" << END
#!/bin/sh
case \$* in
  *-mavx512*) echo 'unrecognized option -mavx512f' >&2; exit 1 ;;
  *-dumpmachine*) [ -z "\${MACHINE:-}" ] || { echo "\$MACHINE"; exit; } ;;
esac
exec $(command -v "$compiler") "\$@"
END
chmod +x "$work/tools/old cc"
case " $sets " in
  *' avx512 '*)
    build LEMNISCATE_CC="$work/tools/old cc"
    succeeds 'an old compiler'
    has 'an old compiler' 'does not know -mavx512f'
    [ "$(sed -n 's/^sets=//p' "$target/native.properties")" = avx2 ] || fail 'an old compiler: sets are not avx2'
    passed=$((passed + 1))
    ;;
esac
build LEMNISCATE_CC="$work/tools/old cc" MACHINE=riscv64-linux-gnu
succeeds 'another processor'
has 'another processor' 'no loops in C for riscv64-linux-gnu'
[ -z "$(library)" ] || fail 'another processor: left a library'
passed=$((passed + 1))
echo "native: $passed builds passed"

# ---- what they do

tests=
[ ! -d "$root/native/cpu/test" ] || tests=$(find "$root/native/cpu/test" -name '*.c' | LC_ALL=C sort)
if [ -z "$tests" ]; then
  echo 'native: no tests in native/cpu/test'
  exit 0
fi
options='-std=gnu11 -O1 -g -fno-omit-frame-pointer -ffp-contract=off -fno-math-errno -Wall -Wextra -Werror
  -fsanitize=address,undefined -fno-sanitize-recover=all'
export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=detect_stack_use_after_return=1

cat > "$work/sets.c" << 'END'
#include <stdio.h>
const char *lemniscate_instruction_sets(void);
int main(void) { puts(lemniscate_instruction_sets()); }
END
# shellcheck disable=SC2086 # CC may be a compiler with arguments.
$compiler -DBUILT_SETS='""' "$work/sets.c" "$root/native/cpu/processor.c" -o "$work/sets"
run=$("$work/sets")
[ -n "$run" ] || echo 'native: NOT RUN: this processor has no instruction set that there are loops for'

# tested HOW SET BITS: what the tests say of one instruction set and element type, in a folder of its own. HOW is `checked`, under the
# sanitizers, or `emulated`: the geometry of an instruction set that this processor lacks (longer vectors, higher tiles) with its operations
# lane by lane; values alone.
tested() {
  local how=$1 set=$2 bits=$3 place=$work/$2-$3 flags sources objects=() source object test name
  mkdir "$place"
  flags="-DINSTRUCTION_SET=$set -DREAL_BITS=$bits"
  name="$set f$bits"
  if [ "$how" = checked ]; then
    flags="$options $flags $(sh "$root/scripts/build-native.sh" --flags "$set")"
    sources=("$root"/native/cpu/*.c)
  else
    name="$name, emulated"
    flags="-std=gnu11 -O2 -ffp-contract=off -fno-math-errno -Wno-psabi -DEMULATED $flags
      $(sh "$root/scripts/build-native.sh" --flags "${run##* }")"
    # All but processor.c, which asks what this processor has.
    sources=("$root"/native/cpu/[!p]*.c "$root/native/cpu/products.c")
  fi
  for source in "${sources[@]}"; do
    object=$place/$(basename "$source" .c).o
    # shellcheck disable=SC2086
    $compiler $flags -DBUILT_SETS="\"$set\"" -c "$source" -o "$object" || return
    objects+=("$object")
  done
  while IFS= read -r test; do
    # shellcheck disable=SC2086
    $compiler $flags -I "$root/native/cpu" "$test" "${objects[@]}" -lm -o "$place/test" || return
    tells "$(basename "$test" .c) $name" "$place" || return
  done <<< "$tests"
}

# tells NAME PLACE: runs the test there.
tells() {
  local status=0
  "$2/test" > "$2/said" 2>&1 || status=$?
  if [ "$status" != 0 ]; then
    echo "test-native: $1: exit $status" >&2
    cat "$2/said" >&2
    return 1
  fi
  if grep -qE 'runtime error|Sanitizer' "$2/said"; then
    echo "test-native: $1: a report" >&2
    cat "$2/said" >&2
    return 1
  fi
  echo "native: $1: $(tail -n 1 "$2/said")"
}

# The two element types beside each other.
both() {
  local failed=
  tested "$1" "$2" 32 &
  tested "$1" "$2" 64 || failed=yes
  wait $! || failed=yes
  [ -z "$failed" ] || fail "$2: its messages are above"
}

: > "$work/said"
for set in $run; do
  both checked "$set"
done
for set in avx512 avx2; do
  case " $run " in
    *" $set "* | '  ') ;;
    *) both emulated "$set" ;;
  esac
done
