package lemniscate.timing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TurnsTest {

  /** Long enough for some requests, too short to notice. */
  private static final double WARM_UP = 0.005;

  /** Says that a step takes some time, and notes what it was asked for. */
  private record Scripted(String name, double seconds, List<String> turns) implements Program {
    @Override
    public double seconds(int times) {
      turns.add(name + times);
      return seconds;
    }
  }

  @Test
  void programsTakeTurnsOfTheSameLength() {
    List<String> turns = new ArrayList<>();
    Program quick = new Scripted("quick", 0.01, turns);
    Program slow = new Scripted("slow", 0.3, turns);
    List<List<Double>> seconds =
        new Turns(3, WARM_UP, 0.095, 0).take(List.<Program>of(quick, slow));
    assertThat(seconds).containsExactly(List.of(0.01, 0.01, 0.01), List.of(0.3, 0.3, 0.3));
    // Ten steps of 0.01 s last as long as asked for; one of 0.3 s lasts longer.
    assertThat(turns.subList(turns.size() - 6, turns.size()))
        .containsExactly("quick10", "slow1", "quick10", "slow1", "quick10", "slow1");
    // Both warmed up before either was timed.
    assertThat(turns.subList(0, turns.size() - 6)).contains("quick1", "slow1");
  }

  @Test
  void warmUpLastsWhileAProgramGetsQuicker() {
    double[] seconds = {1};
    int[] requests = {0};
    Program compiling =
        times -> {
          requests[0]++;
          seconds[0] = Math.max(1e-3, 0.9 * seconds[0]);
          return seconds[0];
        };
    new Turns(1, WARM_UP, 1e-9, 0).take(List.of(compiling));
    // 0.9^66 is the first power below 0.001.
    assertThat(requests[0]).isGreaterThan(66);
  }

  @Test
  void quantilesAreValuesThatWereMeasured() {
    List<Double> values = List.of(5.0, 1.0, 4.0, 2.0, 3.0);
    assertThat(Turns.median(values)).isEqualTo(3);
    assertThat(Turns.quantile(values, 0.25)).isEqualTo(2);
    assertThat(Turns.quantile(values, 0.75)).isEqualTo(4);
    assertThat(Turns.quantile(values, 1)).isEqualTo(5);
    assertThat(Turns.ratios(List.of(6.0, 3.0), List.of(2.0, 4.0))).containsExactly(3.0, 0.75);
  }
}
