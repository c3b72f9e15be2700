#!/bin/sh
# Writes DoubleKernels.java from FloatKernels.java: the same loops with other types.
# KernelTwinTest applies the same substitutions and fails when the two have drifted apart.
set -eu
cd "$(dirname "$0")/../java/core/src/main/java/lemniscate/backend/cpu"
sed -E \
  -e 's/DoubleKernels/TwinOfTheOther/g; s/FloatKernels/DoubleKernels/g; s/TwinOfTheOther/FloatKernels/g' \
  -e 's/FloatVector/DoubleVector/g; s/FloatMath/DoubleMath/g' \
  -e 's/Species<Float>/Species<Double>/g; s/Mask<Float>/Mask<Double>/g' \
  -e 's/OfFloat/OfDouble/g; s/JAVA_FLOAT/JAVA_DOUBLE/g' \
  -e 's/\(float\) //g; s/\bfloat\b/double/g' \
  -e 's/\b([0-9]+\.[0-9]+)f\b/\1/g; s/\b([0-9]+)f\b/\1.0/g' \
  FloatKernels.java > DoubleKernels.java
