#!/bin/sh
# Writes DoubleKernels.java, DoubleActivations.java and DoublePanels.java from their float twins: the same loops with other
# types. KernelTwinTest applies the same substitutions and fails when the two have drifted apart.
set -eu
cd "$(dirname "$0")/../java/core/src/main/java/lemniscate/backend/cpu"
for part in Kernels Activations Panels; do
  sed -E \
    -e "s/Double$part/TwinOfTheOther/g" \
    -e 's/FloatKernels/DoubleKernels/g; s/FloatActivations/DoubleActivations/g; s/FloatPanels/DoublePanels/g' \
    -e "s/TwinOfTheOther/Float$part/g" \
    -e 's/FloatVector/DoubleVector/g; s/FloatMath/DoubleMath/g' \
    -e 's/Species<Float>/Species<Double>/g; s/Mask<Float>/Mask<Double>/g' \
    -e 's/OfFloat/OfDouble/g; s/JAVA_FLOAT/JAVA_DOUBLE/g' \
    -e 's/\(float\) //g; s/\bfloat\b/double/g' \
    -e 's/\b([0-9]+\.[0-9]+)f\b/\1/g; s/\b([0-9]+)f\b/\1.0/g' \
    "Float$part.java" > "Double$part.java"
done
