package lemniscate.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TicksTest {

  private static List<String> labels(Scale scale, double from, double to, int most) {
    return Ticks.of(scale, scale.position(from), scale.position(to), most).stream()
        .map(Ticks.Tick::label)
        .toList();
  }

  @Test
  void widthsStandAsTheyAre() {
    assertThat(labels(Scale.LOG2, 64, 1024, 7)).containsExactly("64", "128", "256", "512", "1024");
    assertThat(labels(Scale.LOG2, 64, 1024, 4)).containsExactly("64", "256", "1024");
  }

  @Test
  void learningRatesArePowersOfTwo() {
    assertThat(labels(Scale.LOG2, 0x1p-12, 0x1p0, 5))
        .containsExactly("2⁻¹²", "2⁻⁹", "2⁻⁶", "2⁻³", "2⁰");
  }

  @Test
  void lossesHaveDecades() {
    assertThat(labels(Scale.LOG10, 0.1, 1000, 7)).containsExactly("0.1", "1", "10", "100", "1000");
    assertThat(labels(Scale.LOG10, 1e-9, 1e3, 5))
        .containsExactly("10⁻⁹", "10⁻⁶", "10⁻³", "10⁰", "10³");
  }

  @Test
  void lessThanSomeDecadesAreShared() {
    assertThat(labels(Scale.LOG10, 0.009, 0.11, 5)).containsExactly("0.01", "0.02", "0.05", "0.1");
    assertThat(labels(Scale.LOG10, 2e-5, 2e-3, 5))
        .containsExactly("3·10⁻⁵", "10⁻⁴", "3·10⁻⁴", "0.001");
    assertThat(labels(Scale.LOG10, 0.4, 0.62, 4)).containsExactly("0.4", "0.5", "0.6");
  }

  @Test
  void aMarkedPlaceLiesBetweenTicks() {
    // Losses of 0.22 to 0.49 with crosses above: ticks from 0.4 on would leave the optimum outside.
    for (double[] span :
        new double[][] {{0.211, 1.25}, {0.23, 0.7}, {0.0213, 3.9}, {0.226, 0.26}}) {
      for (int most = 4; most <= 9; most++) {
        Axis axis = Axis.log10("loss");
        double low = axis.scale().position(span[0]);
        double high = axis.scale().position(span[1]);
        double marked = axis.scale().position(span[0] * 1.06);
        Range range =
            new Range(low, high).bracketing(axis, new double[] {marked, Double.NaN}, most);
        List<Ticks.Tick> ticks = Ticks.of(axis.scale(), range.low(), range.high(), most);
        assertThat(ticks.getFirst().position()).isLessThanOrEqualTo(marked);
        assertThat(ticks.getLast().position()).isGreaterThanOrEqualTo(marked);
        assertThat(range.low()).isLessThanOrEqualTo(low);
        assertThat(range.high()).isGreaterThanOrEqualTo(high);
      }
    }
    Axis rates = Axis.log2("rate");
    Range range = new Range(-9.4, -0.6).bracketing(rates, new double[] {-1, -6.2}, 5);
    List<Ticks.Tick> ticks = Ticks.of(rates.scale(), range.low(), range.high(), 5);
    assertThat(ticks.getLast().position()).isGreaterThanOrEqualTo(-1);
    assertThat(new Range(0, 1).bracketing(rates.within(1, 2), new double[] {3}, 5))
        .isEqualTo(new Range(0, 1));
  }

  @Test
  void differencesAreRound() {
    assertThat(labels(Scale.LINEAR, -0.31, 0.52, 5)).containsExactly("−0.2", "0.0", "0.2", "0.4");
    assertThat(labels(Scale.LINEAR, 0, 1e6, 4)).containsExactly("0", "500000", "1000000");
  }

  @ParameterizedTest
  @CsvSource({
    "LINEAR, -3.7, 11.3",
    "LINEAR, 1e-7, 2e-7",
    "LINEAR, 999, 1001",
    "LOG2, 0.003, 7",
    "LOG2, 5, 6",
    "LOG10, 0.3, 0.31",
    "LOG10, 1e-300, 1e300",
    "LOG10, 4, 60"
  })
  void ticksAreWithinAndInOrderAndNotTooMany(Scale scale, double from, double to) {
    for (int most = 3; most <= 9; most++) {
      List<Ticks.Tick> ticks = Ticks.of(scale, scale.position(from), scale.position(to), most);
      assertThat(ticks).as("%d at most", most).hasSizeBetween(1, most + 1);
      assertThat(ticks).extracting(Ticks.Tick::label).doesNotHaveDuplicates();
      double last = Double.NEGATIVE_INFINITY;
      // Rounding: positions are up to 1000.
      double spare = 1e-6;
      for (Ticks.Tick tick : ticks) {
        assertThat(tick.position())
            .isGreaterThan(last)
            .isBetween(scale.position(from) - spare, scale.position(to) + spare);
        last = tick.position();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"LINEAR, -2.5, -2.5", "LOG2, 0.125, -3", "LOG10, 1000, 3"})
  void positionsAndValuesAreInverse(Scale scale, double value, double position) {
    // Rounding of a logarithm and a power.
    assertThat(scale.position(value)).isCloseTo(position, within(1e-12));
    assertThat(scale.value(position)).isCloseTo(value, within(1e-9));
  }
}
