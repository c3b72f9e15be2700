package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The double loops are the float loops with other types, but for white space. After a change of the
 * float files, scripts/make-double-kernels.sh writes the others anew.
 */
class KernelTwinTest {

  private static final Path SOURCES = Path.of("src/main/java/lemniscate/backend/cpu");

  @ParameterizedTest
  @ValueSource(strings = {"Kernels", "Activations", "Panels"})
  void doubleLoopsAreFloatLoops(String part) throws IOException {
    String expected =
        read("Float" + part)
            .replace("Double" + part, "TheTwin")
            .replace("FloatKernels", "DoubleKernels")
            .replace("FloatActivations", "DoubleActivations")
            .replace("FloatPanels", "DoublePanels")
            .replace("TheTwin", "Float" + part)
            .replace("FloatVector", "DoubleVector")
            .replace("FloatMath", "DoubleMath")
            .replace("Species<Float>", "Species<Double>")
            .replace("Mask<Float>", "Mask<Double>")
            .replace("OfFloat", "OfDouble")
            .replace("JAVA_FLOAT", "JAVA_DOUBLE")
            .replace("(float) ", "")
            .replaceAll("\\bfloat\\b", "double")
            .replaceAll("\\b([0-9]+\\.[0-9]+)f\\b", "$1")
            .replaceAll("\\b([0-9]+)f\\b", "$1.0");
    assertThat(withoutSpace(read("Double" + part))).isEqualTo(withoutSpace(expected));
  }

  private static String read(String name) throws IOException {
    return Files.readString(SOURCES.resolve(name + ".java"));
  }

  private static String withoutSpace(String text) {
    return text.replaceAll("[\\s*]+", "");
  }
}
