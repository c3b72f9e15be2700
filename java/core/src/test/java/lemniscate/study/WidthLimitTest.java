package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import lemniscate.random.NormalStream;
import lemniscate.study.WidthLimit.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WidthLimitTest {

  private static final List<Integer> WIDTHS = List.of(64, 128, 256, 512, 1024);

  /** Law, noise and what is common to a seed; one stream of normals for all. */
  private record Data(
      double limit, double c, double p, double noise, double noisePower, double common) {

    List<List<Double>> values(List<Integer> widths, int seeds, long stream) {
      NormalStream normals = new NormalStream(7, stream);
      int next = 0;
      List<Double> shared = new ArrayList<>();
      for (int j = 0; j < seeds; j++) {
        shared.add(common * normals.normal(next++));
      }
      List<List<Double>> values = new ArrayList<>();
      for (int width : widths) {
        double relative = width / (double) widths.getFirst();
        List<Double> row = new ArrayList<>();
        for (int j = 0; j < seeds; j++) {
          row.add(
              limit
                  + c * Math.pow(relative, -p)
                  + shared.get(j)
                  + noise * Math.pow(relative, -noisePower) * normals.normal(next++));
        }
        values.add(row);
      }
      return values;
    }

    WidthLimit fit(int seeds, long stream) {
      return WidthLimit.of(WIDTHS, values(WIDTHS, seeds, stream));
    }
  }

  @ParameterizedTest
  @CsvSource({"0.5, 2, 1", "-3, -0.25, 0.5", "0, 1e-6, 2", "1e6, -300, 0.3", "0.0312, 0.4, 1.037"})
  void recoversAnExactLaw(double limit, double c, double p) {
    WidthLimit found = new Data(limit, c, p, 0, 0, 0).fit(4, 1);
    assertThat(found.verdict()).as(found.reason()).isEqualTo(Verdict.FITTED);
    PowerLawFit fit = Objects.requireNonNull(found.fit());
    // The exponent is found where squares of rounding errors flatten the bottom: at about the
    // square root of the unit roundoff, times the condition of the fit.
    assertThat(fit.exponent()).isCloseTo(p, within(1e-4));
    assertThat(fit.coefficient()).isCloseTo(c, within(1e-3 * Math.abs(c)));
    assertThat(found.limit().value()).isCloseTo(limit, within(1e-3 * Math.abs(c)));
    assertThat(fit.r2()).isCloseTo(1, within(1e-6));
    assertThat(fit.at(4)).isCloseTo(limit + c * Math.pow(4, -p), within(1e-4 * Math.abs(c)));
    // Without noise there is nothing to resample.
    assertThat(found.limit().high() - found.limit().low()).isLessThan(1e-3 * Math.abs(c));
  }

  @ParameterizedTest
  @CsvSource({"4, 0, 0", "6, 0.5, 0", "4, 0.5, 0.3", "8, 0, 0.3"})
  void intervalsCoverTheLimit(int seeds, double noisePower, double common) {
    Data data = new Data(0.5, 1, 1, 0.03, noisePower, common);
    int fitted = 0;
    int covered = 0;
    int exponents = 0;
    int trials = 100;
    for (int stream = 0; stream < trials; stream++) {
      WidthLimit found = data.fit(seeds, stream);
      if (found.verdict() == Verdict.FITTED) {
        fitted++;
        covered += covers(found.limit(), 0.5) ? 1 : 0;
        exponents += covers(found.exponent(), 1) ? 1 : 0;
      }
    }
    assertThat(fitted).isGreaterThan(9 * trials / 10);
    // Of 95 %: three standard deviations of a share of 100 trials to below.
    assertThat(covered / (double) fitted).isBetween(0.88, 1.0);
    assertThat(exponents / (double) fitted).isBetween(0.88, 1.0);
  }

  private static boolean covers(WidthLimit.Estimate estimate, double truth) {
    return estimate.low() <= truth && truth <= estimate.high();
  }

  @Test
  void noiseAloneIsAConstant() {
    int constant = 0;
    int covered = 0;
    int trials = 100;
    for (int stream = 0; stream < trials; stream++) {
      WidthLimit found = new Data(3, 0, 1, 0.1, 0.5, 0.2).fit(5, stream);
      if (found.verdict() == Verdict.CONSTANT) {
        constant++;
        covered += covers(found.limit(), 3) ? 1 : 0;
        assertThat(found.exponent().value()).isNaN();
        assertThat(found.reason()).contains("not identifiable");
        assertThat(found.fit()).isNull();
      }
    }

    assertThat(constant).isGreaterThan(trials * 9 / 10);
    assertThat(covered / (double) constant).isBetween(0.88, 1.0);
  }

  private static WidthLimit of(double... meansByWidth) {
    List<List<Double>> values = new ArrayList<>();
    for (double mean : meansByWidth) {
      values.add(List.of(mean - 0.001, mean, mean + 0.001));
    }
    return WidthLimit.of(WIDTHS.subList(0, meansByWidth.length), values);
  }

  private static void refused(WidthLimit found, String reason) {
    assertThat(found.verdict()).isEqualTo(Verdict.UNSUPPORTED);
    assertThat(found.reason()).contains(reason);
    assertThat(found.limit().value()).isNaN();
    assertThat(found.limit().low()).isNaN();
    assertThat(found.exponent().value()).isNaN();
    assertThat(found.fit()).isNull();
  }

  @Test
  void fewWidthsAreRefused() {
    refused(of(3, 2, 1.5), "3 widths; three parameters need at least 4");
  }

  @Test
  void fewSeedsAreRefused() {
    List<List<Double>> pairs =
        WIDTHS.stream().map(width -> List.of(1.0 / width, 1.1 / width)).toList();
    refused(WidthLimit.of(WIDTHS, pairs), "2 seeds; an interval needs at least 3");
  }

  @Test
  void missingValuesAreRefused() {
    List<List<Double>> values = new ArrayList<>(new Data(1, 1, 1, 0.1, 0, 0).values(WIDTHS, 4, 1));
    values.set(1, List.of(1.0, Double.NaN, 2.0, Double.POSITIVE_INFINITY));
    refused(WidthLimit.of(WIDTHS, values), "at width 128, 2 of 4 networks diverged");
  }

  @Test
  void growthWithoutEndIsRefused() {
    // Straight in log M: the best exponent is the smallest allowed.
    refused(of(1, 2, 3, 4, 5), "the values do not settle");
    refused(of(1, 2, 4, 8, 16), "the values do not settle");
  }

  @Test
  void aStepIsRefused() {
    refused(of(2, 1, 1, 1, 1), "at the smallest width alone");
  }

  @Test
  void aCurveThatTurnsIsRefused() {
    refused(of(1, 2, 3, 2, 1), "one power of the width explains");
  }

  @Test
  void anUncertainExponentIsRefused() {
    // The trend stands out by a few standard deviations, its form does not.
    Data data = new Data(0.5, 0.1, 1, 0.03, 0, 0);
    int uncertain = 0;
    int fitted = 0;
    for (int stream = 0; stream < 20; stream++) {
      WidthLimit found = data.fit(4, stream);
      uncertain += String.valueOf(found.reason()).contains("too uncertain to extrapolate") ? 1 : 0;
      fitted += found.verdict() == Verdict.FITTED ? 1 : 0;
    }
    assertThat(uncertain).isGreaterThan(2 * fitted);
    assertThat(uncertain).isPositive();
  }

  @Test
  void whatIsCommonToASeedIsNoNoiseBetweenWidths() {
    // A hundred times the trend, and yet the exponent is found, and the limit is as uncertain.
    WidthLimit found = new Data(0, 0.01, 1, 1e-5, 0, 1).fit(6, 3);
    assertThat(found.verdict()).as(found.reason()).isEqualTo(Verdict.FITTED);
    // Noise of 1e-5 in means whose trend is 1e-2.
    assertThat(found.exponent().value()).isCloseTo(1, within(0.01));
    assertThat(found.limit().high() - found.limit().low()).isGreaterThan(1);
  }

  @Test
  void theSameDataGiveTheSameNumbers() {
    Data data = new Data(0.5, 1, 1, 0.03, 0.5, 0.1);
    assertThat(data.fit(5, 9)).isEqualTo(data.fit(5, 9));
  }

  @Test
  void equalValuesAreAConstant() {
    List<List<Double>> values = WIDTHS.stream().map(width -> List.of(0.3, 0.3, 0.3)).toList();
    WidthLimit found = WidthLimit.of(WIDTHS, values);
    assertThat(found.verdict()).isEqualTo(Verdict.CONSTANT);
    // Means of equal numbers may differ from them by rounding.
    assertThat(found.limit().value()).isCloseTo(0.3, within(1e-15));
    assertThat(found.limit().high() - found.limit().low()).isLessThan(1e-14);
  }
}
