#!/bin/sh
# Packs what benchmarks/gpu/run.sh needs on a machine with a device but without JDK, Maven or network: the bundle, the benchmark and the
# tests tagged gpu, in target/gpu-kit and target/gpu-kit.tar.gz.
set -eu
cd "$(dirname "$0")/../.."

junit=$(sed -n 's:.*<junit.version>\(.*\)</junit.version>.*:\1:p' pom.xml)
kit=target/gpu-kit

fail() {
  echo "make-kit: $1" >&2
  exit 1
}

mvn -q -B -ntp -Pbundle -DskipTests package >&2
mvn -q -B -ntp -N dependency:copy "-Dartifact=org.junit.platform:junit-platform-console-standalone:$junit" \
  -DoutputDirectory=target/gpu-tests >&2
mvn -q -B -ntp -DskipTests package dependency:copy-dependencies -pl java/cuda -am -DincludeScope=test \
  -DincludeGroupIds=org.assertj,org.jspecify -DoutputDirectory="$PWD/target/gpu-tests" >&2

[ -f java/cuda/target/classes/lemniscate/cuda/kernels.fatbin ] \
  || fail 'this build has no kernels, since it found no nvcc: install the CUDA toolkit and try again'

rm -rf "$kit" "$kit.tar.gz"
mkdir -p "$kit/tests"
cp -r target/lemniscate-*-linux-x86_64/. "$kit"
# A device needs no BLAS of the CPU.
rm "$kit"/lib/openblas-*
cp -r benchmarks/target/classes "$kit/benchmark"
cp target/gpu-tests/*.jar java/core/target/lemniscate-core-*-tests.jar "$kit/tests"
mkdir -p "$kit/tests/classes/lemniscate/cuda"
cp -r java/cuda/target/test-classes/lemniscate/cuda/gpu "$kit/tests/classes/lemniscate/cuda"
cp benchmarks/gpu/run.sh benchmarks/gpu/peers.py "$kit"
echo "$(git rev-parse --short HEAD)$(git diff --quiet HEAD -- java kernels benchmarks || echo +)" > "$kit/commit"

tar --sort=name --owner=0 --group=0 --numeric-owner -C target -cf - gpu-kit | gzip -9 -n > "$kit.tar.gz"
echo "make-kit: $kit.tar.gz, $(($(wc -c < "$kit.tar.gz") / 1000000)) MB"
