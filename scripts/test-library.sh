#!/bin/bash
# The jars as a library: scripts/test-library.sh
#
# Deploys them to a folder, twice; holds both to the same bytes; compiles and runs the examples with what is there. Needs JDK 25 and Maven.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
  echo "test-library: $1" >&2
  exit 1
}

# A copy, so that a second build finds nothing of the first.
deploy() {
  mkdir "$folder/$1"
  (cd "$root" && git ls-files -co --exclude-standard -z | xargs -0 tar -cf - --ignore-failed-read 2> /dev/null) | tar -xf - -C "$folder/$1"
  (cd "$folder/$1" \
    && mvn -B -ntp -q -Prelease -DskipTests -pl java/core,java/cuda,java/cli -am deploy \
      "-DaltDeploymentRepository=here::file:$folder/repository-$1" < /dev/null > "$folder/$1.txt" 2>&1) \
    || fail "the build: $(tail -n 40 "$folder/$1.txt")"
  ! grep -q 'warning:' "$folder/$1.txt" || fail "Javadoc: $(grep 'warning:' "$folder/$1.txt")"
}
deploy first
deploy second

# By artefact and classifier: names have the time of their deployment, which metadata say.
sums() {
  (cd "$folder/repository-$1" && find . -name '*.jar' -exec sha256sum {} + | sed -E 's/-[0-9]{8}\.[0-9]{6}-[0-9]+//' | sort -k 2)
}
sums first > "$folder/first.sums"
sums second > "$folder/second.sums"
[ "$(wc -l < "$folder/first.sums")" -ge 9 ] || fail "expected three jars of three artefacts: $(cat "$folder/first.sums")"
diff "$folder/first.sums" "$folder/second.sums" > "$folder/diff" || fail "two builds differ: $(cat "$folder/diff")"
for kind in sources javadoc; do
  grep -q "lemniscate-core-.*-$kind.jar" "$folder/first.sums" || fail "no jar of $kind"
done

# The JDK that the launcher finds.
java_home=$(LEMNISCATE_JAVA_OPTS=-XshowSettings:properties "$folder/first/lemniscate" --version 2>&1 | sed -n 's/^ *java\.home = //p')
[ -x "$java_home/bin/jshell" ] || fail "the launcher finds no JDK: '$java_home'"
core=$(find "$folder/repository-first" -name 'lemniscate-core-*.jar' ! -name '*-sources.jar' ! -name '*-javadoc.jar' ! -name '*-tests.jar')
libraries=$(printf '%s:' "$folder"/first/java/cli/target/lib/jackson-*.jar "$folder"/first/java/cli/target/lib/*snakeyaml*.jar "$folder"/first/java/cli/target/lib/commons-math3-*.jar "$folder"/first/java/cli/target/lib/openblas-*.jar)
path=$core:${libraries%:}

"$java_home/bin/java" --enable-native-access=ALL-UNNAMED --class-path "$path" "$root/examples/Train.java" 32 1 > "$folder/train.txt" 2> "$folder/train.err" \
  || fail "examples/Train.java: $(cat "$folder/train.txt" "$folder/train.err")"
grep -Eq '^test accuracy 0\.[5-9]' "$folder/train.txt" || fail "examples/Train.java: $(cat "$folder/train.txt")"
[ ! -s "$folder/train.err" ] || fail "examples/Train.java says: $(cat "$folder/train.err")"

"$java_home/bin/jshell" -R--enable-native-access=ALL-UNNAMED --class-path "$path" "$root/examples/transfer.jsh" > "$folder/jshell.txt" 2>&1 \
  || fail "examples/transfer.jsh: $(cat "$folder/jshell.txt")"
[ "$(grep -Ec '^width [0-9]+: test loss 0\.[0-9]+$' "$folder/jshell.txt")" = 3 ] || fail "examples/transfer.jsh: $(cat "$folder/jshell.txt")"

# As modules: their names, and that the engine is found as one.
"$java_home/bin/java" --module-path "$path" --describe-module lemniscate.core > "$folder/module.txt" 2>&1 \
  || fail "module: $(cat "$folder/module.txt")"

echo 'library: deployed twice to the same bytes, Javadoc without a warning, examples run'
