#!/bin/sh
# Packs Lemniscate with a Java of its own: scripts/make-bundle.sh VERSION [FOLDER]
#
# Takes java/cli/target/lemniscate-cli.jar and java/cli/target/lib as built, and the JDK in JAVA_HOME. Writes
# FOLDER/lemniscate-VERSION-linux-x86_64 and the same as .tar.gz; FOLDER is target unless given. `mvn -Pbundle package` calls it.
set -eu

version=$1
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
target=${2:-$root/target}
name=lemniscate-$version-linux-x86_64
bundle=$target/$name
built=$root/java/cli/target

# What the jars use, by `jdeps --print-module-deps` of each; java.sql is mentioned only. scripts/test-bundle.sh runs into what is
# missing. jdeps itself stops at modules that it does not find among the jars.
modules=java.base,java.desktop,java.logging,java.management,java.net.http,java.xml,jdk.unsupported

fail() {
  echo "bundle: $1" >&2
  exit 1
}

[ "$(uname -sm)" = 'Linux x86_64' ] || fail "is made on Linux x86-64 for the same; this is $(uname -sm)"
[ -f "$built/lemniscate-cli.jar" ] || fail "$built/lemniscate-cli.jar is missing: build with mvn package first"
[ -x "${JAVA_HOME:-}/bin/jlink" ] || fail "no jlink in JAVA_HOME (${JAVA_HOME:-not set}); expected a JDK of 25 or newer"

rm -rf "$bundle" "$bundle.tar.gz"
mkdir -p "$bundle/lib" "$bundle/native"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# unpack JAR FOLDER [ENTRY...]: all of a jar, or some entries or folders of it.
unpack() {
  jar=$1
  into=$2
  shift 2
  mkdir -p "$into"
  (cd "$into" && "$JAVA_HOME/bin/jar" --extract --file "$jar" "$@")
}

# slim FILE...: takes the symbols out of libraries that only a debugger reads, where there is a tool for that.
slim() {
  if command -v strip > /dev/null; then
    chmod u+w "$@"
    strip --strip-unneeded "$@"
  fi
}

# The manifest of the command line's jar names the others as lib/….
cp "$built/lemniscate-cli.jar" "$bundle"
unpack "$built/lemniscate-cli.jar" "$work/cli" META-INF/MANIFEST.MF
classpath=$(tr -d '\r' < "$work/cli/META-INF/MANIFEST.MF" | awk '
  /^ / { if (on) printf "%s", substr($0, 2); next }
  { on = 0 }
  /^Class-Path:/ { on = 1; printf "%s", substr($0, 13) }')
for library in $classpath; do
  case $library in
    # Natives: as files, and only those that are used.
    lib/jcuda-natives-*)
      unpack "$built/$library" "$work/jcuda" lib
      cp "$work"/jcuda/lib/libJCudaDriver-*.so "$bundle/native"
      ;;
    lib/jcublas-natives-*)
      unpack "$built/$library" "$work/jcublas" lib
      cp "$work"/jcublas/lib/libJCublas2-*.so "$bundle/native"
      ;;
    lib/openblas-*-linux-x86_64.jar)
      unpack "$built/$library" "$work/openblas" org/bytedeco/openblas/linux-x86_64
      rm -rf "$work"/openblas/org/bytedeco/openblas/linux-x86_64/libjni* \
        "$work"/openblas/org/bytedeco/openblas/linux-x86_64/lib \
        "$work"/openblas/org/bytedeco/openblas/linux-x86_64/include
      slim "$work"/openblas/org/bytedeco/openblas/linux-x86_64/lib*.so.*
      "$JAVA_HOME/bin/jar" --create --file "$bundle/$library" -C "$work/openblas" org
      ;;
    *) cp "$built/$library" "$bundle/lib" ;;
  esac
done

# Not compressed here: the archive compresses better what is not compressed yet.
"$JAVA_HOME/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files \
  --no-man-pages --compress zip-0 --output "$bundle/runtime" 2> "$work/jlink.log" || {
  cat "$work/jlink.log" >&2
  fail 'jlink failed'
}

slim "$bundle"/runtime/lib/*.so "$bundle"/runtime/lib/server/*.so
# Figures are drawn into files, never on a display.
rm -f "$bundle"/runtime/lib/libsplashscreen.so "$bundle"/runtime/lib/libawt_xawt.so "$bundle"/runtime/lib/libjawt.so

cp "$root/LICENSE" "$bundle"
cat > "$bundle/lemniscate" << 'END'
#!/bin/sh
# Lemniscate's command line on the Java that comes with it.
#
#   LEMNISCATE_JAVA_OPTS   further JVM options, separated by spaces, e.g. "-Xmx8g"; quotes as in a shell
#   LEMNISCATE_CLASS_PATH  jars of your own, separated by colons, e.g. with a learning rule
set -u

fail() {
  printf 'lemniscate: %s\n' "$2" >&2
  exit "$1"
}

END
sed -n '/^# ---- what Java is given/,/^# ---- links/{/^# ----/d;p;}' "$root/lemniscate" >> "$bundle/lemniscate"
cat >> "$bundle/lemniscate" << 'END'
path=$0
while [ -h "$path" ]; do
  link=$(readlink "$path") || exit 1
  case $link in
    /*) path=$link ;;
    *) path=${path%/*}/$link ;;
  esac
done
check_open_files
find_root "${path%/*}"
choose_locale
spare_signals

read_options "${LEMNISCATE_JAVA_OPTS:-}"
choose_collector
# Options are split at line breaks alone, and their stars stay stars.
set -f
IFS=$newline
java=$root/runtime/bin/java
jvm_options=--enable-native-access=ALL-UNNAMED$newline-Xlog:disable$newline-Xlog:all=warning:stderr$newline-XX:+DisplayVMOutputToStderr$newline${collector:+$collector$newline}-Xshare:auto
# shellcheck disable=SC2086
[ -z "$words" ] || try_options $jvm_options $words
# shellcheck disable=SC2086
exec "$java" $jvm_options "-Djava.library.path=$root/native" $words \
  -cp "$root/lemniscate-cli.jar${LEMNISCATE_CLASS_PATH:+:$LEMNISCATE_CLASS_PATH}" lemniscate.cli.Main "$@"
END
chmod +x "$bundle/lemniscate"

(cd "$target" && tar --sort=name --owner=0 --group=0 --numeric-owner -cf - "$name" | gzip -9 -n > "$name.tar.gz")
echo "bundle: $bundle.tar.gz, $(($(wc -c < "$bundle.tar.gz") / 1000000)) MB"
