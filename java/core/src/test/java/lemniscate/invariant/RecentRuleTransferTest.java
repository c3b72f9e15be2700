package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.stream.Stream;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.study.CurveOptimum;
import lemniscate.study.LossCurve;
import lemniscate.study.NetworkAxis;
import lemniscate.study.TransferStudy;
import lemniscate.sweep.Shard;
import lemniscate.sweep.SharedData;
import lemniscate.sweep.SweepListener;
import lemniscate.sweep.SweepRunner;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.TrialStore;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * V87: under μP the best rate of Muon, PC-ALM and feedback that learns or copies signs is within an
 * octave over the widths 32 … 128 at 8 blocks, and over 4 … 32 blocks at width 64. 32 steps of a
 * synthetic teacher, one seed; optima between the octaves of the grid are those of parabolas.
 */
@Order(1)
@Tag("study")
final class RecentRuleTransferTest {

  private static final String TEACHER =
      "data.name=synthetic data.train=1024 data.test=32 train.batch=32 train.steps=32"
          + " param.outputScale=0.125 net.preset=resmlp backend=cpu threads=1";

  @TempDir private Path folder;

  private static Config config(String... assignments) {
    Config config = Config.defaults();
    for (String part :
        Stream.of(assignments).flatMap(keys -> Stream.of(keys.split(" "))).toList()) {
      config = config.withAssignment(part, "test");
    }
    return config;
  }

  private double range(TransferStudy study) throws IOException {
    SharedData data = new SharedData();
    SweepSpec sweep = study.sweep();
    try (TrialStore store = TrialStore.resume(folder.resolve(study.axis().word()), sweep)) {
      new SweepRunner(sweep, Shard.ALL, store, 1, data)
          .run(true, SweepListener.NONE, new StopSignal());
      DoubleSummaryStatistics optima =
          study.analyse(store.rows()).results().getFirst().curves().stream()
              .map(LossCurve::optimum)
              .mapToDouble(CurveOptimum::log2)
              .summaryStatistics();
      return optima.getMax() - optima.getMin();
    }
  }

  private static TransferStudy study(
      Config base, String rule, String values, NetworkAxis axis, List<Integer> sizes) {
    return new TransferStudy(
        base,
        ConfigSchema.OPTIM_LR,
        TransferStudy.values(values, "test"),
        axis,
        sizes,
        List.of("mup"),
        List.of(rule),
        1,
        TransferStudy.Metric.TRAIN,
        1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bp | optim.name=muon | 2^-7..2^-1",
        "bp | optim.name=muon muon.weights=hidden | 2^-7..2^-1",
        "pc | pc.scheme=alm | 2^-6..2^0",
        "fa | feedback.mode=usf | 2^-6..2^0",
        "fa | feedback.mode=kolen-pollack | 2^-6..2^0",
      })
  void bestRateStays(String rule, String keys, String values) throws IOException {
    Config deep = config(TEACHER, keys, "net.depth=8");
    assertThat(range(study(deep, rule, values, NetworkAxis.WIDTH, List.of(32, 64, 128))))
        .as("over widths")
        .isLessThanOrEqualTo(1);
    Config wide = config(TEACHER, keys, "net.width=64");
    assertThat(range(study(wide, rule, values, NetworkAxis.DEPTH, List.of(4, 8, 16, 32))))
        .as("over depths")
        .isLessThanOrEqualTo(1);
  }
}
