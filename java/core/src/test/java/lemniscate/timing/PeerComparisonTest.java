package lemniscate.timing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PeerComparisonTest {

  private static final String READY =
      "echo '{\"ready\": true, \"version\": \"X 1\", \"difference\": 1e-5}'; ";
  private static final String SERVES =
      READY + "while read what n; do echo '{\"seconds\": 3, \"cpuSeconds\": 2}'; done";

  @TempDir private Path folder;

  private PeerProgram program(String name) {
    String script =
        switch (name) {
          case "timed" -> SERVES;
          case "ending" -> READY + "read what; echo '{\"seconds\": 3}'; exit 7";
          case "wrong" -> "echo '{\"ready\": true, \"difference\": 1}'; cat";
          case "elsewhere" -> "echo '{\"skipped\": \"has no pc\", \"lacks\": true}'";
          default -> throw new IllegalArgumentException(name);
        };
    return new PeerProgram(
        List.of("/bin/sh", "-c", script), Map.of("LC_ALL", "C"), folder.resolve(name + ".err"));
  }

  @Test
  void programsAreTimedOrSkippedWithAReason() {
    List<String> told = new ArrayList<>();
    PeerComparison comparison =
        PeerComparison.take(
            new Turns(3, 0.005, 1e-9, 0),
            times -> 2,
            times -> 1,
            List.of("wrong", "timed", "ending", "elsewhere"),
            this::program,
            peer -> told.add(peer.name()));
    assertThat(told).containsExactly("wrong", "elsewhere", "ending");
    assertThat(comparison.engine().over(comparison.floor()).value()).isEqualTo(2);
    assertThat(comparison.peers())
        .extracting(PeerComparison.Peer::name)
        .containsExactly("wrong", "timed", "ending", "elsewhere");
    PeerComparison.Peer timed = comparison.peers().get(1);
    assertThat(timed.skipped()).isEmpty();
    assertThat(timed.version()).isEqualTo("X 1");
    assertThat(timed.times().over(comparison.engine()).value()).isEqualTo(1.5);
    assertThat(timed.times().medianCpuMs()).isEqualTo(2000);
    assertThat(comparison.peers().get(0).skipped()).contains("differs from the engine's by 1");
    assertThat(comparison.peers().get(2).skipped()).isEqualTo("ended with exit code 7");
    assertThat(comparison.peers().get(3).lacksRule()).isTrue();
    assertThat(comparison.peers())
        .filteredOn(peer -> !peer.skipped().isEmpty())
        .allMatch(peer -> peer.times().seconds().isEmpty());
  }

  @Test
  void namesAreThoseThatThereAre() {
    PeerComparison.requireKnown("--peer", List.of("jpc", "pcx"), PeerProgram.MODULES.keySet());
    assertThatThrownBy(
            () -> PeerComparison.requireKnown("PEERS", List.of("b", "c"), List.of("z", "b")))
        .isInstanceOf(BadInputException.class)
        .hasMessage("PEERS names 'c'; expected some of b, z, separated by commas.");
  }
}
