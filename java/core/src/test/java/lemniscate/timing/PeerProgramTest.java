package lemniscate.timing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.pepita.Pepita;
import lemniscate.rule.pepita.Variant;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PeerProgramTest {

  @TempDir private Path folder;

  /** A program that stands in for the interpreter and all that it would run. */
  private PeerProgram program(String... lines) throws IOException {
    Path script = folder.resolve("python");
    Files.writeString(script, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return new PeerProgram(script.toString(), folder, "torch", folder, 1);
  }

  @Test
  void answersWithSeconds() throws IOException {
    try (PeerProgram peer =
        program(
            "echo '{\"ready\": true, \"version\": \"X 1\", \"blas\": \"b\", \"difference\": 1e-5}'",
            "while read what n; do echo '{\"seconds\": '$n'}'; done")) {
      assertThat(peer.skipped()).isEmpty();
      assertThat(peer.version()).isEqualTo("X 1");
      assertThat(peer.blas()).isEqualTo("b");
      assertThat(peer.difference()).isEqualTo(1e-5);
      assertThat(peer.seconds(7)).isEqualTo(7);
      assertThat(peer.sample(3)).isEqualTo(new Program.Sample(3, Double.NaN));
    }
  }

  @Test
  void saysWhyItCannotBeTimed() throws IOException {
    try (PeerProgram peer = program("echo '{\"skipped\": \"not installed here\"}'")) {
      assertThat(peer.skipped()).isEqualTo("not installed here");
    }
    try (PeerProgram peer = program("echo no numpy >&2", "echo >&2", "exit 3")) {
      assertThat(peer.skipped()).isEqualTo("ended with exit code 3 (no numpy)");
    }
    try (PeerProgram peer = program("echo '{\"ready\": true, \"difference\": 0.1}'")) {
      assertThat(peer.skipped()).contains("differs from the engine's by 0.10");
    }
    try (PeerProgram peer = program("echo '{\"ready\": true, \"difference\": NaN}'")) {
      assertThat(peer.skipped()).isNotEmpty();
    }
    try (PeerProgram peer = program("echo '{\"ready\": true, \"difference\": 0}'")) {
      assertThat(peer.skipped()).isEmpty();
      assertThatThrownBy(() -> peer.seconds(1))
          .isInstanceOf(Program.Ended.class)
          .hasMessageContaining("ended with exit code 0");
      assertThat(peer.skipped()).isEqualTo("ended with exit code 0");
    }
    assertThatThrownBy(() -> PeerProgram.requireInterpreter("/no/python"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("--python is /no/python");
    assertThatThrownBy(() -> new PeerProgram("/no/python", folder, "torch", folder, 1))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("/no/python, which cannot be started")
        .hasMessageContaining("--python");
  }

  @Test
  void problemHoldsWhatTheStepStartsFromAndItsResult() throws IOException {
    LearningRule rule = Pepita.of(Variant.MODULATED);
    TimedStep.Setup setup =
        new TimedStep.Setup(
            NetworkSpec.mlp(5, 7, 2, 3, Activation.TANH),
            rule,
            Parameterization.relative(Scheme.SP, 7, rule.creditRule(), StepClass.SGD_LIKE),
            new Optimizer.Sgd(),
            Loss.MSE,
            4,
            0.01);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP32);
        TimedStep timed = TimedStep.of(backend, setup)) {
      Tensor weight = timed.network().layer(2).weight().value();
      double[] before = backend.read(weight);
      new PeerProblem("pepita", 0.01, 20, 0.1, 0.1).write(folder, timed);
      assertThat(floats("weight2")).isEqualTo(before);
      assertThat(floats("after2")).isEqualTo(backend.read(weight)).isNotEqualTo(before);
      assertThat(floats("input")).hasSize(4 * 5);
      assertThat(floats("target")).hasSize(4 * 3);
      assertThat(floats("projection")).hasSize(5 * 3);
      assertThat(PeerProblem.difference(folder, folder)).isZero();
      Path other = Files.createDirectory(folder.resolve("other"));
      // A second step from where the first one ended is about twice the update.
      new PeerProblem("pepita", 0.01, 20, 0.1, 0.1).write(other, timed);
      assertThat(PeerProblem.difference(folder, other)).isBetween(0.5, 1.5);
      assertThat(folder.resolve("problem.json"))
          .content()
          .contains("\"sizes\":[5,7,7,3]", "\"batch\":4", "\"rule\":\"pepita\"");
    }
  }

  private double[] floats(String name) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name + ".f32")))
            .order(ByteOrder.LITTLE_ENDIAN);
    double[] values = new double[bytes.remaining() / Float.BYTES];
    for (int i = 0; i < values.length; i++) {
      values[i] = bytes.getFloat();
    }
    return values;
  }
}
