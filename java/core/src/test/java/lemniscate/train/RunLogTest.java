package lemniscate.train;

import static lemniscate.train.SmallRuns.config;
import static lemniscate.train.SmallRuns.start;
import static lemniscate.train.SmallRuns.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Metrics as other programs read them: event files of TensorBoard, and a table. */
final class RunLogTest {

  @TempDir private Path folder;

  // ---------------------------------------------------------------- a reader of its own

  /** Fields of a message by number: numbers as they are, the rest as bytes. */
  private static Map<Integer, List<Object>> fields(ByteBuffer bytes) {
    ByteBuffer in = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    Map<Integer, List<Object>> fields = new TreeMap<>();
    while (in.hasRemaining()) {
      long key = varint(in);
      Object value =
          switch ((int) (key & 7)) {
            case 0 -> varint(in);
            case 1 -> in.getDouble();
            case 2 -> {
              int length = (int) varint(in);
              ByteBuffer part = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
              in.position(in.position() + length);
              yield part;
            }
            case 5 -> in.getFloat();
            default -> throw new AssertionError("kind " + (key & 7));
          };
      fields.computeIfAbsent((int) (key >>> 3), _ -> new ArrayList<>()).add(value);
    }
    return fields;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = in.get();
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
  }

  private static String text(Object bytes) {
    return StandardCharsets.UTF_8.decode((ByteBuffer) bytes).toString();
  }

  private static List<Double> doubles(Object bytes) {
    List<Double> values = new ArrayList<>();
    ByteBuffer in = (ByteBuffer) bytes;
    while (in.hasRemaining()) {
      values.add(in.getDouble());
    }
    return values;
  }

  /** The records of a file, each of whose checksums is right. */
  private static List<ByteBuffer> records(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<ByteBuffer> records = new ArrayList<>();
    while (in.hasRemaining()) {
      int at = in.position();
      long length = in.getLong();
      assertThat(in.getInt()).isEqualTo(masked(in.slice(at, 8)));
      ByteBuffer data = in.slice(in.position(), (int) length);
      in.position(in.position() + (int) length);
      assertThat(in.getInt()).isEqualTo(masked(data));
      records.add(data);
    }
    return records;
  }

  // As tensorflow/core/lib/hash/crc32c.h has it: rotated right by 15 bits, plus a constant.
  private static int masked(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    long value = crc.getValue();
    return (int) ((value >>> 15 | value << 17) + 0xa282ead8L);
  }

  /** What TensorBoard shows of a folder: by tag, by step; what is purged is gone. */
  private static Map<String, TreeMap<Long, Object>> shown(Path run) throws IOException {
    Map<String, TreeMap<Long, Object>> shown = new TreeMap<>();
    for (Path file : EventFile.all(run)) {
      List<ByteBuffer> records = records(file);
      assertThat(text(fields(records.getFirst()).get(3).getFirst())).isEqualTo("brain.Event:2");
      for (ByteBuffer record : records) {
        Map<Integer, List<Object>> event = fields(record);
        assertThat((Double) event.get(1).getFirst()).isGreaterThan(1.7e9);
        long step = (Long) event.get(2).getFirst();
        if (event.containsKey(7)) {
          assertThat(fields((ByteBuffer) event.get(7).getFirst()).get(1)).containsExactly(1L);
          shown.values().forEach(steps -> steps.tailMap(step, true).clear());
        } else if (event.containsKey(5)) {
          Map<Integer, List<Object>> value =
              fields((ByteBuffer) fields((ByteBuffer) event.get(5).getFirst()).get(1).getFirst());
          Object content = content(value);
          Object before =
              shown
                  .computeIfAbsent(text(value.get(1).getFirst()), _ -> new TreeMap<>())
                  .put(step, content);
          assertThat(before).as("a step twice").isNull();
        }
      }
    }
    shown.remove("train/examplesPerSecond");
    return shown;
  }

  // A number, limits and counts of a histogram, or an image.
  private static Object content(Map<Integer, List<Object>> value) {
    if (value.containsKey(2)) {
      return value.get(2).getFirst();
    }
    if (value.containsKey(4)) {
      Map<Integer, List<Object>> image = fields((ByteBuffer) value.get(4).getFirst());
      ByteBuffer png = (ByteBuffer) image.get(4).getFirst();
      byte[] bytes = new byte[png.remaining()];
      png.duplicate().get(bytes);
      return List.of(
          image.get(1).getFirst(),
          image.get(2).getFirst(),
          image.get(3).getFirst(),
          Arrays.toString(bytes));
    }
    Map<Integer, List<Object>> histogram = fields((ByteBuffer) value.get(5).getFirst());
    return List.of(doubles(histogram.get(6).getFirst()), doubles(histogram.get(7).getFirst()));
  }

  // ---------------------------------------------------------------- the format

  @Test
  void checksumsAreThoseOfTensorFlow() {
    // CRC-32C of "123456789" is e3069283 (RFC 3720); rotated: 2507c60d; plus a282ead8.
    ByteBuffer nine = ByteBuffer.wrap("123456789".getBytes(StandardCharsets.US_ASCII));
    assertThat(EventFile.masked(nine)).isEqualTo(0x2507c60d + 0xa282ead8);
  }

  @Test
  void histogramsCountEveryValue() throws IOException {
    Random random = new Random(7);
    double[] values = random.doubles(1003, -3, 3).map(x -> x * x * x).toArray();
    values[0] = 0;
    values[1] = 1e-13;
    values[2] = -1e-13;
    values[3] = Double.NaN;
    values[4] = 1e-12;
    try (EventFile file = EventFile.create(folder, 0)) {
      EventFile.Histogram counted = new EventFile.Histogram();
      counted.add(2, values);
      counted.clear();
      counted.add(0.5, values);
      file.histogram(5, "h", counted);
    }
    Map<Integer, List<Object>> histogram = fields((ByteBuffer) lastValue().get(5).getFirst());
    List<Double> limits = doubles(histogram.get(6).getFirst());
    List<Double> counts = doubles(histogram.get(7).getFirst());
    assertThat(limits).isSorted().doesNotHaveDuplicates().hasSameSizeAs(counts);
    assertThat(histogram.get(3)).containsExactly(1002.0);
    double last = Double.NEGATIVE_INFINITY;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < limits.size(); i++) {
      double from = last;
      double to = limits.get(i);
      long expected =
          Arrays.stream(values).map(x -> 0.5 * x).filter(x -> x > from && x <= to).count();
      assertThat(counts.get(i)).as("(%s, %s]", from, to).isEqualTo(expected);
      last = to;
    }
    for (double x : values) {
      sum += Double.isNaN(x) ? 0 : 0.5 * x;
      squares += Double.isNaN(x) ? 0 : 0.25 * x * x;
    }
    // The order of the sums is the same.
    assertThat((Double) histogram.get(4).getFirst()).isEqualTo(sum);
    assertThat((Double) histogram.get(5).getFirst()).isEqualTo(squares);
    assertThat((Double) histogram.get(2).getFirst()).isEqualTo(limits.getLast(), within(0.1));
  }

  @Test
  void histogramsHoldTheLargestNumbers() throws IOException {
    try (EventFile file = EventFile.create(folder, 0)) {
      EventFile.Histogram counted = new EventFile.Histogram();
      counted.add(1, Double.MAX_VALUE, 1e300, -1e300, -Double.MAX_VALUE, Double.MIN_VALUE);
      file.histogram(5, "h", counted);
    }
    Map<Integer, List<Object>> histogram = fields((ByteBuffer) lastValue().get(5).getFirst());
    List<Double> limits = doubles(histogram.get(6).getFirst());
    assertThat(limits).isSorted().endsWith(Double.MAX_VALUE).allMatch(Double::isFinite);
    assertThat(doubles(histogram.get(7).getFirst()))
        .containsExactly(1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0);
  }

  private Map<Integer, List<Object>> lastValue() throws IOException {
    Map<Integer, List<Object>> event = fields(records(EventFile.all(folder).getFirst()).getLast());
    return fields((ByteBuffer) fields((ByteBuffer) event.get(5).getFirst()).get(1).getFirst());
  }

  // A bucket ends at most a tenth above what is in it.
  private static Offset<Double> within(double part) {
    return Offset.offset(13.5 * part);
  }

  @Test
  void imagesSayTheirSize() throws IOException {
    byte[] png = png(7, 300, 5);
    try (EventFile file = EventFile.create(folder, 0)) {
      file.image(4, "figures/x", png);
    }
    assertThat(shown(folder).get("figures/x"))
        .isEqualTo(Map.of(4L, List.of(5L, 300L, 3L, Arrays.toString(png))));
  }

  /** A PNG of three colours as Java writes it; its contents follow from a number. */
  private static byte[] png(long number, int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, (int) number);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  // ---------------------------------------------------------------- runs

  private static Config logged() {
    return with(config(), "train.log=tensorboard, csv", "metrics.angleTo=bp");
  }

  // As wide as there are epochs to show.
  private static Map<String, byte[]> figures(RunHistory history) {
    int epochs = history.epochs().size();
    return Map.of("loss", png(epochs, epochs, 3));
  }

  private static void train(Config config, Path path, long until) {
    try (Run run = start(config, path)) {
      run.draw(RunLogTest::figures);
      SmallRuns.train(run, until);
    }
  }

  private static void resume(Path path, Map<String, String> changes) {
    try (Run run = Run.resume(path, changes, List.of(), line -> {})) {
      run.draw(RunLogTest::figures);
      SmallRuns.train(run, Long.MAX_VALUE);
    }
  }

  private static List<String> rows(Path run) throws IOException {
    // Without the clock, the last two columns.
    return Files.readAllLines(run.resolve("metrics.csv")).stream()
        .map(line -> line.replaceFirst(",[^,]*,[^,]*$", ""))
        .toList();
  }

  @Test
  void showsTheMetrics() throws IOException {
    Path run = folder.resolve("run");
    train(logged(), run, Long.MAX_VALUE);
    Map<String, TreeMap<Long, Object>> shown = shown(run);
    assertThat(shown)
        .containsKeys(
            "train/energy",
            "train/learningRate",
            "epoch/trainLoss",
            "diagnostics/angleTo.bp.layer2",
            "weights/layer1.weight",
            "activities/layer3",
            "errors/layer1",
            "stateMoves/layer2")
        .doesNotContainKey("stateMoves/layer3");
    assertThat(shown.get("train/loss")).containsOnlyKeys(3L, 6L, 9L, 12L, 15L, 18L);
    assertThat(shown.get("epoch/testAccuracy")).containsOnlyKeys(10L, 20L);
    assertThat(shown.get("diagnostics/angleTo.bp")).containsOnlyKeys(0L, 10L, 20L);
    double loss = RunHistory.read(run).epochs().getLast().testLoss();
    assertThat(shown.get("epoch/testLoss").get(20L)).isEqualTo((float) loss);
    double counted =
        ((List<?>) ((List<?>) shown.get("weights/layer1.weight").get(20L)).getLast())
            .stream().mapToDouble(x -> (Double) x).sum();
    assertThat(counted).isEqualTo(7 * 32);

    List<String> rows = rows(run);
    assertThat(rows).hasSize(1 + 6 + 2);
    assertThat(rows.getFirst())
        .isEqualTo("kind,step,epoch,loss,energy,learningRate,trainLoss,testLoss,testAccuracy");
    assertThat(rows.getLast()).startsWith("epoch,20,2,,,,").contains("," + loss + ",");
  }

  /** After a stop, after a kill that leads back, and where it is asked for late. */
  @ParameterizedTest
  @ValueSource(strings = {"stopped", "killed", "from the start", "late"})
  void goingOnShowsEveryStepOnce(String how) throws IOException {
    Path straight = folder.resolve("straight");
    Config config = with(logged(), "train.checkpointEvery=4", "train.logEvery=1");
    train(config, straight, Long.MAX_VALUE);
    Path run = folder.resolve("run");
    boolean late = how.equals("late");
    train(
        late ? with(config, "train.log=unset") : config,
        run,
        how.equals("from the start") ? 3 : 14);
    switch (how) {
      case "killed" -> Files.delete(run.resolve("checkpoint-00000014.safetensors"));
      case "from the start" -> Files.delete(run.resolve("checkpoint-00000003.safetensors"));
      default -> {}
    }
    resume(run, late ? Map.of("train.log", "tensorboard, csv") : Map.of());

    Map<String, TreeMap<Long, Object>> shown = shown(run);
    if (late) {
      // What was only in memory is not there for the first epoch.
      assertThat(shown.get("weights/layer1.weight")).containsOnlyKeys(20L);
      assertThat(shown.get("figures/loss")).containsOnlyKeys(20L);
      shown
          .keySet()
          .removeIf(tag -> tag.matches("(weights|activities|errors|stateMoves|figures)/.*"));
      shown.forEach((tag, steps) -> assertThat(steps).isEqualTo(unchecked(straight, tag)));
    } else {
      assertThat(shown).isEqualTo(shown(straight));
    }
    assertThat(rows(run)).isEqualTo(rows(straight));
  }

  /** After 1, 2, 4, … epochs and at the end, which may be moved. */
  @Test
  void figuresStayFewAndEachIsThereOnce() throws IOException {
    Path run = folder.resolve("run");
    train(with(config(), "train.log=tensorboard", "train.epochs=3"), run, 11);
    assertThat(shown(run).get("figures/loss")).containsOnlyKeys(10L);
    resume(run, Map.of());
    resume(run, Map.of("train.epochs", "5"));
    assertThat(shown(run).get("figures/loss")).containsOnlyKeys(10L, 20L, 30L, 40L, 50L);
    resume(run, Map.of("train.epochs", "9"));
    TreeMap<Long, Object> figures = shown(run).get("figures/loss");
    assertThat(figures).containsOnlyKeys(10L, 20L, 30L, 40L, 50L, 80L, 90L);
    assertThat(((List<?>) figures.lastEntry().getValue()).get(1)).isEqualTo(9L);
  }

  private static TreeMap<Long, Object> unchecked(Path run, String tag) {
    try {
      return shown(run).get(tag);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Rules without errors or states to show, and inferences that keep states. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rule=bp",
        "rule=ff",
        "rule=dfa",
        "rule=tp",
        "pc.scheme=ipc",
        "pc.scheme=alm",
        "pc.scheme=error"
      })
  void everyRuleShowsWhatItHas(String rule) throws IOException {
    Path run = folder.resolve("run");
    train(with(config(), rule, "train.log=tensorboard"), run, Long.MAX_VALUE);
    assertThat(shown(run)).containsKeys("train/loss", "activities/layer2", "weights/layer2.weight");
  }

  @Test
  void refusesOtherLogs() {
    assertThatThrownBy(() -> with(config(), "train.log=wandb"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("train.log is 'wandb'")
        .hasMessageContaining("tensorboard");
    assertThat(with(config(), "train.log=csv").hash()).isEqualTo(config().hash());
  }
}
