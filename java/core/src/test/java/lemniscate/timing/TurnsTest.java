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
    List<Times> times = new Turns(3, WARM_UP, 0.095, 0).take(List.<Program>of(quick, slow));
    assertThat(times)
        .extracting(Times::seconds)
        .containsExactly(List.of(0.01, 0.01, 0.01), List.of(0.3, 0.3, 0.3));
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
  void aProgramThatEndsHasNoTimesAndTheOthersGoOn() {
    int[] left = {40};
    Program ending =
        times -> {
          if (left[0] == 0) {
            throw new Program.Ended("gone");
          }
          left[0]--;
          return 0.01;
        };
    Program absent =
        times -> {
          throw new Program.Ended("never there");
        };
    List<Times> times =
        new Turns(60, WARM_UP, 1e-9, 0).take(List.of(absent, ending, count -> 0.01));
    assertThat(times).extracting(each -> each.seconds().size()).containsExactly(0, 0, 60);
    assertThat(times).extracting(each -> each.cpuSeconds().size()).containsExactly(0, 0, 60);
  }

  @Test
  void processorTimeIsCountedBesideTheClock() {
    Program waiting =
        count -> {
          try {
            Thread.sleep(2);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return 1;
        };
    Times times = new Turns(3, WARM_UP, 1e-9, 0).take(List.of(waiting)).getFirst();
    // A thread that sleeps takes next to none.
    assertThat(times.medianCpuMs()).isBetween(0.0, 1.9);
    assertThat(times.medianMs()).isEqualTo(1000);
  }

  @Test
  void ratiosHaveQuartiles() {
    Times of = new Times(List.of(2.0, 2.0, 3.0, 2.0), List.of());
    Times to = new Times(List.of(1.0, 2.0, 1.0, 1.0), List.of());
    Times.Ratio ratio = of.over(to);
    assertThat(ratio).isEqualTo(new Times.Ratio(2, 2, 3));
    assertThat(ratio.spread()).isEqualTo(0.5);
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
