#!/bin/sh
# Runs a benchmark and appends its rows to benchmarks/results.
# usage: benchmarks/run.sh pc-step|tp-step [WIDTHS [BATCHES [THREADS]]]      lists are comma-separated
#        benchmarks/run.sh sweep-throughput [RULES [TRIALS [STEPS [BATCH]]]]
#        benchmarks/run.sh jmh [JMH OPTIONS]
set -eu
cd "$(dirname "$0")/.."
mvn -q -B -ntp -DskipTests -pl benchmarks -am package dependency:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory=target/lib -Dmdep.useBaseVersion=true >&2
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
jvm="--add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -XX:+UseParallelGC"
path="benchmarks/target/classes:benchmarks/target/lib/*"
kind=${1:?usage: benchmarks/run.sh pc-step|tp-step|sweep-throughput|jmh ...}
shift
case $kind in
  pc-step | tp-step | sweep-throughput)
    case $kind in
      pc-step) class=PcStepRatio ;;
      tp-step) class=TpStepRatio ;;
      *) class=SweepThroughput ;;
    esac
    commit=$(git rev-parse --short HEAD)$(git diff --quiet HEAD -- java || echo +)
    device=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
    mkdir -p benchmarks/results
    # shellcheck disable=SC2086
    exec "$java" $jvm -cp "$path" "lemniscate.bench.$class" \
      "benchmarks/results/$kind.jsonl" "$commit" "${device:-$(uname -m)}, $(getconf _NPROCESSORS_ONLN) cores" "$@"
    ;;
  jmh)
    # shellcheck disable=SC2086
    exec "$java" $jvm -cp "$path" org.openjdk.jmh.Main -jvm "$java" "$@"
    ;;
  *)
    echo "benchmarks/run.sh: unknown benchmark '$kind' (pc-step, tp-step, sweep-throughput, jmh)" >&2
    exit 2
    ;;
esac
