#!/bin/sh
# Runs a benchmark and appends its rows to benchmarks/results.
# usage: benchmarks/run.sh pc-step|tp-step [WIDTHS [BATCHES [THREADS]]]      lists are comma-separated
#        benchmarks/run.sh pc-step WIDTHS BATCHES THREADS PRODUCTS [BLAS]   cpu.products and blas of the step, not of its floor
#        benchmarks/run.sh scheme-step WIDTHS BATCHES THREADS [SCHEMES]      schemes of predictive coding
#        benchmarks/run.sh convolution [BATCHES [THREADS]]
#        benchmarks/run.sh image-step [NETWORKS [RULES [THREADS [PEERS [BATCH]]]]]   PYTHON as above; HOST_NOTE is put into the rows
#        benchmarks/run.sh sweep-throughput [RULES [TRIALS [STEPS [BATCH]]]]
#        benchmarks/run.sh peers [RULES [WIDTHS [BATCHES [THREADS [PEERS]]]]]   PYTHON names the interpreter, PEERS are as in bench --peer
#        benchmarks/run.sh peers-table
#        benchmarks/run.sh start-up [RUNS]
#        benchmarks/run.sh jmh [JMH OPTIONS]
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = peers-table ]; then
  exec "${PYTHON:-python3}" benchmarks/peers/table.py
fi
commit=$(git rev-parse --short HEAD)$(git diff --quiet HEAD -- java lemniscate || echo +)
device=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
device="${device:-$(uname -m)}, $(getconf _NPROCESSORS_ONLN) cores"
mkdir -p benchmarks/results
if [ "${1:-}" = start-up ]; then
  shift
  exec "${PYTHON:-python3}" benchmarks/start_up.py benchmarks/results/start-up.jsonl "$commit" "$device" "$@"
fi
mvn -q -B -ntp -DskipTests -pl benchmarks -am package dependency:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory=target/lib -Dmdep.useBaseVersion=true >&2
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
jvm="--enable-native-access=ALL-UNNAMED -XX:+UseParallelGC"
path="benchmarks/target/classes:benchmarks/target/lib/*"
kind=${1:?usage: benchmarks/run.sh pc-step|tp-step|scheme-step|convolution|image-step|sweep-throughput|peers|peers-table|start-up|jmh ...}
shift
case $kind in
  pc-step | tp-step | scheme-step | convolution | image-step | sweep-throughput)
    case $kind in
      pc-step) class=PcStepRatio ;;
      tp-step) class=TpStepRatio ;;
      scheme-step) class=SchemeStepRatio ;;
      convolution) class=ConvolutionRatio ;;
      image-step) class=ImageStepRatio ;;
      *) class=SweepThroughput ;;
    esac
    # shellcheck disable=SC2086
    exec "$java" $jvm -cp "$path" "lemniscate.bench.$class" \
      "benchmarks/results/$kind.jsonl" "$commit" "$device" "$@"
    ;;
  peers)
    nd4j=java/nd4j/target/lemniscate-nd4j.jar
    [ ! -f "$nd4j" ] || jvm="$jvm -Dlemniscate.nd4j=$nd4j"
    # shellcheck disable=SC2086
    exec "$java" $jvm -cp "$path" lemniscate.bench.PeerRatio "benchmarks/results/peers.jsonl" "$commit" "$device" "$@"
    ;;
  jmh)
    # shellcheck disable=SC2086
    exec "$java" $jvm -cp "$path" org.openjdk.jmh.Main -jvm "$java" "$@"
    ;;
  *)
    echo "benchmarks/run.sh: unknown benchmark '$kind' (pc-step, tp-step, scheme-step, convolution, image-step, sweep-throughput, peers, peers-table, start-up, jmh)" >&2
    exit 2
    ;;
esac
