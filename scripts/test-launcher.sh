#!/bin/sh
# Tests of the launcher ./lemniscate, against made-up JDKs and a made-up Maven: needs neither.
# Usage: scripts/test-launcher.sh [SHELL ...]     the shells to run the launcher with; otherwise those that are there
set -u

source=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
work=$(mktemp -d) || exit 1
work=$(CDPATH='' cd -- "$work" && pwd -P)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

limit= # so that a launcher that waits for ever fails its test
command -v timeout > /dev/null && limit='timeout 30'
passed=0
failed=0

# ---- scenery

# A JDK that prints its name and its arguments, one a line in brackets. make_jdk FOLDER [VERSION, for the release file]
make_jdk() {
  mkdir -p "$1/bin"
  cat > "$1/bin/java" << 'EOF'
#!/bin/sh
case ${1:-} in
  -version) echo 'openjdk version "27-ea" 2026-09-15' >&2; exit ;;
esac
printf 'java of %s\n' "${0%/bin/java}"
printf '[%s]\n' "$@"
exit "${STUB_JAVA_EXIT:-0}"
EOF
  chmod +x "$1/bin/java"
  [ $# -lt 2 ] || printf 'IMPLEMENTOR="Nobody"\nJAVA_VERSION="%s"\nOS_ARCH="any"\n' "$2" > "$1/release"
}

# A fresh checkout with a launcher that looks for JDKs under $scene instead of the machine's own folders.
make_scene() {
  scene="$work/scene with  spaces"
  rm -rf "$scene"
  house=$scene/house
  mkdir -p "$scene/home" "$scene/empty" "$scene/tools" "$house/java/cli/src/main/java" "$house/java/core/src/main/java" \
    "$house/native/cpu/test" "$house/scripts"
  sed -e "/for home in/,/; do/ {
      s# /usr/lib/jvm/# \"$scene\"/jvm/#
      s# /usr/java/# \"$scene\"/none/#
      s# /opt/homebrew/# \"$scene\"/homebrew/#
      s# /opt/\*jdk# \"$scene\"/opt/*jdk#
      s# /Library/# \"$scene\"/Library/#
      s# /usr/local/# \"$scene\"/local/#
    }" \
    "$source/lemniscate" > "$house/lemniscate"
  chmod +x "$house/lemniscate"
  echo '<project/>' > "$house/pom.xml"
  echo '<project/>' > "$house/java/cli/pom.xml"
  echo 'class A {}' > "$house/java/core/src/main/java/A.java"
  : > "$house/native/cpu/a.c"
  : > "$house/native/cpu/test/a.c"
  : > "$house/scripts/build-native.sh"
  # Without the folders of the PATH that hold a java or an mvn.
  path=$scene/tools
  for tool in cat chmod date dirname find kill mkdir mktemp mv ps readlink rm rmdir sed sh sleep touch uname; do
    ln -s "$(command -v "$tool")" "$scene/tools/$tool"
  done
}

# A Maven that notes how it was called and builds an empty jar, or fails, as STUB_MVN says.
make_maven() {
  cat > "$scene/tools/mvn" << EOF
#!/bin/sh
printf '%s\n' "\$*" >> "$scene/mvn-calls"
printf '%s\n' "\${JAVA_HOME:-}" >> "$scene/mvn-java-home"
pwd >> "$scene/mvn-cwd"
case \${STUB_MVN:-build} in
  fail) echo '[ERROR] A.java:[1,1] class, interface, enum, or record expected'; exit 1 ;;
  slow) sleep 2 ;;
  edit) sleep 1; echo 'class A { int edited; }' > "$house/java/core/src/main/java/A.java" ;;
esac
sleep \${STUB_MVN_SLEEP:-0}
mkdir -p "$house/java/cli/target/lib"
[ "\${STUB_MVN:-}" = unchanged ] && [ -f "$house/java/cli/target/lemniscate-cli.jar" ] \
  || echo jar > "$house/java/cli/target/lemniscate-cli.jar"
EOF
  chmod +x "$scene/tools/mvn"
}

make_built() {
  mkdir -p "$house/java/cli/target/lib"
  echo jar > "$house/java/cli/target/lemniscate-cli.jar"
  find "$house" -exec touch -t 202001010000 {} +
  touch -t 202001020000 "$house/java/cli/target/lemniscate-cli.jar"
}

# launch ARGUMENTS: runs the launcher with nothing of the caller's environment; out, err and status tell how it went.
launch() {
  # shellcheck disable=SC2086
  $limit env -i HOME="$scene/home" PATH="$path" ${java_home:+"JAVA_HOME=$java_home"} \
    ${own_home:+"LEMNISCATE_JAVA_HOME=$own_home"} ${java_opts:+"LEMNISCATE_JAVA_OPTS=$java_opts"} \
    ${stub_mvn:+"STUB_MVN=$stub_mvn"} ${stub_java_exit:+"STUB_JAVA_EXIT=$stub_java_exit"} \
    "$shell" "${launcher:-$house/lemniscate}" "$@" > "$work/out" 2> "$work/err" < /dev/null
  status=$?
  out=$(cat "$work/out")
  err=$(cat "$work/err")
}

# ---- checks

begin() {
  name=$1
  good=1
  java_home='' own_home='' java_opts='' stub_mvn='' stub_java_exit='' launcher=''
  make_scene
}

wrong() {
  good=0
  printf 'FAILED (%s) %s: %s\n' "$shell" "$name" "$1"
}

end() {
  if [ "$good" = 1 ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf '  exit %s\n  out: %s\n  err: %s\n' "$status" "$out" "$err"
  fi
}

expect_status() { [ "$status" = "$1" ] || wrong "exit $status instead of $1"; }
expect_out() { case $out in *"$1"*) ;; *) wrong "standard output lacks: $1" ;; esac }
expect_err() { case $err in *"$1"*) ;; *) wrong "standard error lacks: $1" ;; esac }
expect_quiet() { [ -z "$err" ] || wrong 'standard error is not empty'; }
expect_java() { case $out in "java of $1
"*) ;; *) wrong "not run by $1" ;; esac }
builds() { if [ -f "$scene/mvn-calls" ]; then grep -c . "$scene/mvn-calls"; else echo 0; fi; }
expect_builds() { [ "$(builds)" = "$1" ] || wrong "$(builds) builds instead of $1"; }

# ---- the JDK

test_jdk() {
  begin 'LEMNISCATE_JAVA_HOME comes before JAVA_HOME'
  make_built
  make_jdk "$scene/jdk a" 26 && make_jdk "$scene/jdk b" 25.0.3
  own_home="$scene/jdk a" java_home="$scene/jdk b" && launch
  expect_status 0 && expect_java "$scene/jdk a" && expect_quiet
  end

  begin 'LEMNISCATE_JAVA_HOME that is too old is refused'
  make_built
  make_jdk "$scene/old" 17.0.15 && make_jdk "$scene/jvm/new" 25.0.3
  own_home=$scene/old && launch
  expect_status 2 && expect_err "LEMNISCATE_JAVA_HOME=$scene/old is no JDK 25 or newer (17.0.15)"
  end

  begin 'LEMNISCATE_JAVA_HOME that is not there is refused'
  make_built
  own_home=$scene/nowhere && launch
  expect_status 2 && expect_err 'no bin/java there'
  end

  begin 'JAVA_HOME comes before java on the PATH and the folders'
  make_built
  make_jdk "$scene/home jdk" 25 && make_jdk "$scene/path-jdk" 26.0.1 && make_jdk "$scene/jvm/x" 25
  java_home="$scene/home jdk" path=$scene/path-jdk/bin:$path && launch
  expect_status 0 && expect_java "$scene/home jdk"
  end

  begin 'JAVA_HOME that is too old is passed over'
  make_built
  make_jdk "$scene/old" 1.8.0_392 && make_jdk "$scene/path-jdk" 26.0.1
  java_home=$scene/old path=$scene/path-jdk/bin:$path && launch
  expect_status 0 && expect_java "$scene/path-jdk" && expect_quiet
  end

  begin 'java on the PATH is followed through links to its JDK'
  make_built
  make_jdk "$scene/real jdk" 25.0.3
  mkdir "$scene/bin" "$scene/alternatives"
  ln -s "$scene/real jdk/bin/java" "$scene/alternatives/java" && ln -s ../alternatives/java "$scene/bin/java"
  path=$scene/bin:$path && launch
  expect_status 0 && expect_java "$scene/real jdk"
  end

  begin 'java on the PATH that is too old is passed over for the folders'
  make_built
  make_jdk "$scene/old" 17 && make_jdk "$scene/jvm/temurin 25" 25.0.3
  path=$scene/old/bin:$path && launch
  expect_status 0 && expect_java "$scene/jvm/temurin 25" && expect_quiet
  end

  begin 'of several in the folders the oldest that will do'
  make_built
  make_jdk "$scene/jvm/a-26" 26 && make_jdk "$scene/jvm/b-25" 25.0.1 && make_jdk "$scene/jvm/c-17" 17
  make_jdk "$scene/opt/jdk-25" 25
  launch
  expect_status 0 && expect_java "$scene/jvm/b-25"
  end

  for place in opt/openjdk-25 home/.sdkman/candidates/java/25-tem home/.jdks/temurin-25 \
    Library/Java/JavaVirtualMachines/temurin-25.jdk/Contents/Home \
    homebrew/opt/openjdk@25/libexec/openjdk.jdk/Contents/Home; do
    begin "found in $place"
    make_built
    make_jdk "$scene/$place" 25 && launch
    expect_status 0 && expect_java "$scene/$place"
    end
  done

  begin 'a JDK without a release file is asked'
  make_built
  make_jdk "$scene/jdk" && java_home=$scene/jdk && launch
  expect_status 0 && expect_java "$scene/jdk"
  end

  begin 'no JDK that will do: says what was found, where it looked, what to install'
  make_built
  make_jdk "$scene/old" 17.0.15 && make_jdk "$scene/jvm/java-21" 21.0.2
  java_home=$scene/old && launch train
  expect_status 2
  expect_err 'no JDK 25 or newer was found'
  expect_err "17.0.15 in $scene/old (JAVA_HOME)"
  expect_err "21.0.2 in $scene/jvm/java-21"
  expect_err 'Looked at: LEMNISCATE_JAVA_HOME, JAVA_HOME, java on PATH'
  expect_err 'adoptium.net'
  [ -z "$out" ] || wrong 'standard output is not empty'
  end

  begin 'no JDK at all'
  make_built
  launch
  expect_status 2 && expect_err 'Found: no JDK at all'
  end
}

# ---- how Java is called

test_call() {
  begin 'arguments arrive unharmed'
  make_built
  make_jdk "$scene/jvm/25" 25
  # shellcheck disable=SC2016
  launch train 'two  words' "it's" '"quoted"' '*' '$HOME' '' 'back\slash' -- '--set=a b' 'line
break'
  expect_status 0 && expect_quiet
  # shellcheck disable=SC2016
  expect_out 'lemniscate.cli.Main]
[train]
[two  words]
[it'"'"'s]
["quoted"]
[*]
[$HOME]
[]
[back\slash]
[--]
[--set=a b]
[line
break]'
  end

  begin 'JVM options, the class path, then LEMNISCATE_JAVA_OPTS split at spaces'
  make_built
  make_jdk "$scene/jvm/25" 25
  mkdir "$scene/stars" && : > "$scene/stars/-Dstar=file"
  here=$PWD && cd "$scene/stars" && java_opts='-Xmx2g  -Dstar=*' && launch
  cd "$here" || exit 1
  expect_out '[--enable-native-access=ALL-UNNAMED]
[-Xlog:disable]
[-Xlog:all=warning:stderr]
[-XX:+DisplayVMOutputToStderr]
[-XX:+UseParallelGC]
[-XX:MaxNewSize=64m]
[-Xshare:auto]
[-Xmx2g]
[-Dstar=*]
[-cp]
['"$house"'/java/cli/target/lemniscate-cli.jar]
[lemniscate.cli.Main]'
  end

  begin 'quotes in LEMNISCATE_JAVA_OPTS keep spaces, and nothing is expanded'
  make_built
  make_jdk "$scene/jvm/25" 25
  # shellcheck disable=SC2016
  java_opts='-Da="b  c" -Db='"'d \" \$HOME *'"' -D"c"d=""' && launch
  # shellcheck disable=SC2016
  expect_status 0 && expect_quiet && expect_out '[-Da=b  c]
[-Db=d " $HOME *]
[-Dcd=]
[-cp]'
  end

  begin 'what is no option is refused with the name of the variable'
  make_built
  make_jdk "$scene/jvm/25" 25
  for java_opts in nonsense '-Xmx2g 8' '-jar x' '-cp x' "-Da='b"; do
    launch
    expect_status 2 && expect_err 'LEMNISCATE_JAVA_OPTS has '
    [ -z "$out" ] || wrong 'Java was run'
  done
  end

  begin 'options with which Java does not begin: says so, with the name of the variable'
  make_built
  make_jdk "$scene/jvm/25" 25
  # shellcheck disable=SC2016
  printf '#!/bin/sh\ncase "$*" in *-Xnone*) echo "Unrecognized option: -Xnone" >&2; exit 1 ;; esac\necho began\n' > "$scene/jvm/25/bin/java"
  java_opts='-Xmx2g -Xnone' && launch
  expect_status 2 && expect_err 'LEMNISCATE_JAVA_OPTS=-Xmx2g -Xnone' && expect_err 'Unrecognized option: -Xnone'
  java_opts='-Xmx2g' && launch
  expect_status 0 && expect_quiet && expect_out began
  end

  begin 'another collector takes the place of ours'
  make_built
  make_jdk "$scene/jvm/25" 25
  for collector in -XX:+UseZGC -XX:+UseSerialGC -XX:+UseParallelGC; do
    java_opts="-Xmx2g $collector" && launch
    expect_status 0 && expect_out "[$collector]"
    [ "$(grep -c 'XX:+Use.*GC' "$work/out")" = 1 ] || wrong 'two collectors'
  done
  end

  begin 'the locale is one of UTF-8 where there is none, and otherwise as it is'
  make_built
  make_jdk "$scene/jvm/25" 25
  # shellcheck disable=SC2016
  printf '#!/bin/sh\necho "LC_ALL=${LC_ALL:-}"\n' > "$scene/jvm/25/bin/java"
  launch
  expect_out 'LC_ALL=C.UTF-8'
  # shellcheck disable=SC2016
  printf '#!/bin/sh\ncase ${LC_ALL:-$STUB} in en_US.UTF-8) echo UTF-8 ;; xx) echo ISO-8859-1 ;; *) echo ANSI_X3.4-1968 ;; esac\n' \
    > "$scene/tools/locale" && chmod +x "$scene/tools/locale"
  launch
  expect_out 'LC_ALL=en_US.UTF-8'
  sed -i 's/ANSI_X3.4-1968/ISO-8859-1/' "$scene/tools/locale" && launch
  [ "$out" = LC_ALL= ] || wrong 'changed'
  end

  begin 'a folder that no class path can have is refused, but for a link to it'
  make_built
  make_jdk "$scene/jvm/25" 25
  mkdir "$scene/ends!"
  for bad in "$scene/a:b" "$scene/ends!/house"; do
    mv "$house" "$bad"
    launcher=$bad/lemniscate && launch
    expect_status 2 && expect_err "$bad has a colon" && expect_err 'ln -s'
    ln -s "$bad" "$scene/link"
    launcher=$scene/link/lemniscate && launch
    expect_status 0 && expect_out "[$scene/link/java/cli/target/lemniscate-cli.jar]"
    rm "$scene/link"
    mv "$bad" "$house"
  done
  end

  begin 'few open files are refused before Java begins'
  make_built
  make_jdk "$scene/jvm/25" 25
  # shellcheck disable=SC3045
  if (ulimit -n 100) 2> /dev/null; then
    status=0
    # shellcheck disable=SC2016
    env -i HOME="$scene/home" PATH="$path" "$shell" -c 'ulimit -n 100; exec "$0" "$1"' "$shell" "$house/lemniscate" \
      > "$work/out" 2> "$work/err" || status=$?
    out=$(cat "$work/out") err=$(cat "$work/err")
    expect_status 2 && expect_err 'may have 100 files open' && expect_err 'ulimit -n'
  fi
  end

  begin 'the backend on ND4J is on the class path where it was built, and is built again with the rest'
  make_built && make_maven
  make_jdk "$scene/jvm/25" 25
  mkdir -p "$house/java/nd4j/target" && echo jar > "$house/java/nd4j/target/lemniscate-nd4j.jar"
  launch
  expect_status 0 && expect_builds 0
  expect_out "[$house/java/cli/target/lemniscate-cli.jar:$house/java/nd4j/target/lemniscate-nd4j.jar]"
  touch "$house/pom.xml" && launch
  expect_status 0 && expect_builds 1
  grep -q -- '-Pnd4j -pl java/cli,java/nd4j -am package' "$scene/mvn-calls" || wrong 'built without it'
  end

  begin 'a class-data archive is made once for a jar, and used'
  make_built
  make_jdk "$scene/jvm/25" 25
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nall=$*\necho "$all" >> "%s"\ncase $all in *ArchiveClassesAtExit=*) f=${all#*ArchiveClassesAtExit=}; echo classes > "${f%%%% -Xlog*}" ;; esac\n' \
    "$scene/java-calls" > "$scene/jvm/25/bin/java"
  launch --help && launch --help
  expect_status 0 && expect_quiet
  [ "$(grep -c ArchiveClassesAtExit "$scene/java-calls")" = 1 ] || wrong 'not made once'
  [ "$(grep -c "SharedArchiveFile=$house/target/launcher.jsa" "$scene/java-calls")" = 2 ] || wrong 'not used'
  [ ! -e "$house/target/launcher.lock" ] || wrong 'the lock is still there'
  touch "$house/java/cli/target/lemniscate-cli.jar" && touch -t 202001010000 "$house/target/launcher.jsa" && launch --help
  [ "$(grep -c ArchiveClassesAtExit "$scene/java-calls")" = 2 ] || wrong 'not made again for a new jar'
  end

  begin 'a JDK that makes no archive is asked once only'
  make_built
  make_jdk "$scene/jvm/25" 25
  # shellcheck disable=SC2016
  printf '#!/bin/sh\necho "$*" >> "%s"\n' "$scene/java-calls" > "$scene/jvm/25/bin/java"
  launch --help && launch --help
  expect_status 0 && expect_quiet
  [ "$(grep -c ArchiveClassesAtExit "$scene/java-calls")" = 1 ] || wrong 'not asked once'
  ! grep -q SharedArchiveFile "$scene/java-calls" || wrong 'used all the same'
  end

  begin 'the exit code is that of Java'
  make_built
  make_jdk "$scene/jvm/25" 25
  stub_java_exit=3 && launch
  expect_status 3
  end

  begin 'through links, from another folder'
  make_built
  make_jdk "$scene/jvm/25" 25
  mkdir -p "$scene/bin" "$scene/else where"
  ln -s ../house/lemniscate "$scene/bin/first" && ln -s "$scene/bin/first" "$scene/bin/lemniscate"
  here=$PWD && cd "$scene/else where" && launcher=$scene/bin/lemniscate && launch
  cd "$here" || exit 1
  expect_status 0 && expect_quiet && expect_out "[$house/java/cli/target/lemniscate-cli.jar]"
  end

  begin 'from the folder itself, without a slash'
  make_built
  make_jdk "$scene/jvm/25" 25
  here=$PWD && cd "$house" && launcher=lemniscate && launch
  cd "$here" || exit 1
  expect_status 0 && expect_out "[$house/java/cli/target/lemniscate-cli.jar]"
  end

  begin 'Java takes the place of the launcher, so that signals reach it'
  make_built
  make_jdk "$scene/jvm/25" 25
  # shellcheck disable=SC2016
  printf '#!/bin/sh\n[ $$ = "$EXPECTED_PID" ] && exit 7\n' > "$scene/jvm/25/bin/java"
  # shellcheck disable=SC2016
  env -i HOME="$scene/home" PATH="$path" "$shell" -c \
    'EXPECTED_PID=$$ exec "$0" "$1"' "$shell" "$house/lemniscate" > "$work/out" 2> "$work/err"
  status=$? out='' err=''
  expect_status 7
  end
}

# ---- the build

test_build() {
  begin 'first use builds, with the JDK that was found, and then runs'
  make_maven
  make_jdk "$scene/jvm/25" 25 && : > "$scene/jvm/25/bin/javac" && chmod +x "$scene/jvm/25/bin/javac"
  launch train
  expect_status 0 && expect_out '[train]' && expect_builds 1
  expect_err 'lemniscate: building with Maven (first use) ... done in '
  [ "$(grep -c . "$work/err")" = 1 ] || wrong 'more than one line on standard error'
  [ "$(cat "$scene/mvn-cwd")" = "$house" ] || wrong 'not built in the root folder'
  [ "$(cat "$scene/mvn-java-home")" = "$scene/jvm/25" ] || wrong 'not built with the JDK that was found'
  grep -q -- '-pl java/cli -am package' "$scene/mvn-calls" || wrong 'another goal'
  launch train
  expect_status 0 && expect_quiet && expect_builds 1
  [ ! -e "$house/target/launcher.lock" ] || wrong 'the lock is still there'
  end

  for changed in pom.xml java/cli/pom.xml java/core/src/main/java/A.java java/core/src/main/java native/cpu/a.c \
    scripts/build-native.sh; do
    begin "newer $changed: builds once, even if Maven leaves the jar as it is"
    make_built && make_maven
    make_jdk "$scene/jvm/25" 25
    touch "$house/$changed"
    stub_mvn=unchanged && launch
    expect_status 0 && expect_builds 1 && expect_err '(sources have changed)'
    launch
    expect_status 0 && expect_builds 1 && expect_quiet
    end
  done

  begin 'a file taken away: builds'
  make_built && make_maven
  make_jdk "$scene/jvm/25" 25
  rm "$house/java/core/src/main/java/A.java" && launch
  expect_builds 1
  end

  begin 'a newer test or document: does not build'
  make_built && make_maven
  make_jdk "$scene/jvm/25" 25
  mkdir -p "$house/java/core/src/test/java" && echo x > "$house/java/core/src/test/java/ATest.java" && echo x > "$house/README.md"
  touch "$house/native/cpu/test/a.c" "$house/native/cpu/test"
  launch
  expect_status 0 && expect_builds 0 && expect_quiet
  end

  begin 'an edit during the build is built next time'
  make_maven
  make_jdk "$scene/jvm/25" 25
  stub_mvn=edit && launch && stub_mvn=unchanged && launch
  expect_builds 2
  launch
  expect_builds 2
  end

  begin 'the libraries are missing: builds'
  make_built && make_maven
  make_jdk "$scene/jvm/25" 25
  rmdir "$house/java/cli/target/lib" && launch
  expect_status 0 && expect_builds 1
  end

  begin 'a failing build shows its output and runs nothing'
  make_built && make_maven
  make_jdk "$scene/jvm/25" 25
  touch "$house/pom.xml" && stub_mvn=fail && launch
  expect_status 1 && expect_err 'record expected' && expect_err 'the build failed'
  [ -z "$out" ] || wrong 'Java was run'
  [ ! -e "$house/target/launcher.lock" ] || wrong 'the lock is still there'
  stub_mvn='' && launch
  expect_status 0 && expect_builds 2
  end

  begin 'no Maven, nothing built'
  make_jdk "$scene/jvm/25" 25
  launch
  expect_status 2 && expect_err 'Maven (mvn) is not on PATH' && expect_err 'maven.apache.org'
  end

  begin 'no Maven, but built: runs'
  make_built
  make_jdk "$scene/jvm/25" 25
  launch
  expect_status 0 && expect_quiet
  touch "$house/pom.xml" && launch train
  expect_status 0 && expect_out '[train]' && expect_err 'running as built'
  end

  begin 'two at once: one builds, the other waits and runs'
  make_maven
  make_jdk "$scene/jvm/25" 25
  env -i HOME="$scene/home" PATH="$path" STUB_MVN=slow "$shell" "$house/lemniscate" first > "$work/out1" 2> "$work/err1" &
  other=$!
  stub_mvn=slow && launch second
  wait $other || wrong 'the other failed'
  expect_status 0 && expect_out '[second]' && expect_builds 1
  grep -q '\[first\]' "$work/out1" || wrong 'the other was not run'
  end

  begin 'the lock of a process that is gone is removed'
  make_maven
  make_jdk "$scene/jvm/25" 25
  sh -c 'exit' & gone=$!
  wait $gone
  mkdir -p "$house/target/launcher.lock" && echo "$(uname -n) $gone" > "$house/target/launcher.lock/owner"
  launch
  expect_status 0 && expect_builds 1
  [ ! -e "$house/target/launcher.lock" ] || wrong 'the lock is still there'
  end

  begin 'the lock of a living process is waited for'
  make_maven
  make_jdk "$scene/jvm/25" 25
  mkdir -p "$house/target/launcher.lock" && echo "$(uname -n) $$" > "$house/target/launcher.lock/owner"
  (sleep 3 && rm -r "$house/target/launcher.lock") &
  other=$!
  launch
  wait $other
  expect_status 0 && expect_builds 1 && expect_err "waiting for the build of another process ($(uname -n) $$)"
  end

  begin 'a build that is interrupted gives the lock back and ends Maven'
  make_maven
  make_jdk "$scene/jvm/25" 25
  # shellcheck disable=SC2016
  printf '#!/bin/sh\necho $$ > "%s"\nexec sleep 30\n' "$scene/mvn-pid" > "$scene/tools/mvn"
  env -i HOME="$scene/home" PATH="$path" "$shell" "$house/lemniscate" > "$work/out" 2> "$work/err" &
  other=$!
  tries=0
  while [ ! -s "$scene/mvn-pid" ] && [ $tries -lt 50 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -TERM $other
  wait $other
  status=$? out=$(cat "$work/out") err=$(cat "$work/err")
  expect_status 143
  [ ! -e "$house/target/launcher.lock" ] || wrong 'the lock is still there'
  sleep 0.2
  ! kill -0 "$(cat "$scene/mvn-pid")" 2> /dev/null || wrong 'Maven is still running'
  end
}

if [ $# = 0 ]; then
  set -- "$(command -v sh)"
  for shell in dash bash ksh; do
    other=$(command -v $shell) && ! cmp -s "$other" "$1" && set -- "$@" "$other"
  done
fi
for shell; do
  test_jdk
  test_call
  test_build
done
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
