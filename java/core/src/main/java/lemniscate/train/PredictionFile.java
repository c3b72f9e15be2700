package lemniscate.train;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import lemniscate.backend.Backend;
import lemniscate.config.BadInputException;
import lemniscate.data.Dataset;
import lemniscate.data.NpzOutput;
import lemniscate.data.TestSet;
import lemniscate.tensor.DType;

/**
 * Answers as a file. NPZ: {@code scores} (n, outputs) in the precision of the run, {@code
 * probabilities} likewise and {@code predicted} (n) where there are classes, {@code labels} (n) or
 * {@code targets} (n, outputs) where they are known. CSV: the same, an example a line, under a line
 * of names.
 */
public final class PredictionFile {

  private PredictionFile() {}

  /**
   * Refuses a name whose end says no format, or that cannot be written, before any work.
   *
   * @throws BadInputException if so
   */
  public static void check(Path file) {
    String name = String.valueOf(file.getFileName());
    if (!isNpz(file) && !name.endsWith(".csv")) {
      throw new BadInputException(
          "--out is %s, expected a name that ends in .npz or .csv.".formatted(file));
    }
    OutputFile.check(file);
  }

  private static boolean isNpz(Path file) {
    return file.toString().endsWith(".npz");
  }

  /**
   * Writes a file, whole or not at all; one that is there is replaced.
   *
   * @param set what was answered
   * @throws UncheckedIOException if it cannot be written
   */
  public static void write(Path file, TestSet set, Predictions answers, Backend backend) {
    OutputFile.write(
        file,
        out -> {
          if (isNpz(file)) {
            npz(out, set, answers, isWide(backend));
          } else {
            csv(new OutputStreamWriter(out, StandardCharsets.UTF_8), set, answers, backend);
          }
        });
  }

  private static boolean isWide(Backend backend) {
    return backend.dtype() == DType.FLOAT64;
  }

  private static void npz(OutputStream out, TestSet set, Predictions answers, boolean wide)
      throws IOException {
    int count = answers.examples();
    int outputs = answers.outputs();
    try (NpzOutput npz = new NpzOutput(out)) {
      array(npz, "scores", answers.scores(), wide, count, outputs);
      if (answers.probabilities().length > 0) {
        array(npz, "probabilities", answers.probabilities(), wide, count, outputs);
      }
      if (answers.classes().length > 0) {
        npz.integers("predicted", answers.classes());
      }
      if (set.answered() && set.examples().classification()) {
        npz.integers("labels", set.labels());
      } else if (set.answered()) {
        array(npz, "targets", targets(set.examples()), false, count, outputs);
      }
    }
  }

  private static void array(
      NpzOutput npz, String name, double[] values, boolean wide, int rows, int columns)
      throws IOException {
    if (wide) {
      npz.doubles(name, values, rows, columns);
    } else {
      npz.floats(name, values, rows, columns);
    }
  }

  private static double[] targets(Dataset data) {
    double[] all = new double[data.size() * data.outputs()];
    float[] row = new float[data.outputs()];
    for (int i = 0; i < data.size(); i++) {
      data.copyTarget(i, row, 0);
      for (int j = 0; j < row.length; j++) {
        all[i * row.length + j] = row[j];
      }
    }
    return all;
  }

  /** Writes lines of CSV; the writer stays open. */
  public static void csv(Writer writer, TestSet set, Predictions answers, Backend backend)
      throws IOException {
    boolean wide = isWide(backend);
    BufferedWriter out = new BufferedWriter(writer);
    boolean labelled = set.answered() && set.examples().classification();
    double[] targets = set.answered() && !labelled ? targets(set.examples()) : new double[0];
    int outputs = answers.outputs();
    StringBuilder line = new StringBuilder("example");
    line.append(answers.classes().length > 0 ? ",predicted" : "").append(labelled ? ",label" : "");
    header(line, "target", targets.length > 0, outputs);
    header(line, "score", true, outputs);
    header(line, "probability", answers.probabilities().length > 0, outputs);
    out.append(line.append('\n'));
    for (int i = 0; i < answers.examples(); i++) {
      line.setLength(0);
      line.append(i);
      if (answers.classes().length > 0) {
        line.append(',').append(answers.classes()[i]);
      }
      if (labelled) {
        line.append(',').append(set.examples().label(i));
      }
      numbers(line, targets, i, outputs, false);
      numbers(line, answers.scores(), i, outputs, wide);
      numbers(line, answers.probabilities(), i, outputs, wide);
      out.append(line.append('\n'));
    }
    out.flush();
  }

  private static void header(StringBuilder line, String name, boolean there, int count) {
    for (int j = 0; there && j < count; j++) {
      line.append(',').append(name).append('_').append(j);
    }
  }

  // The shortest text that reads back as the same number.
  private static void numbers(
      StringBuilder line, double[] values, int row, int count, boolean wide) {
    for (int j = 0; values.length > 0 && j < count; j++) {
      double value = values[row * count + j];
      line.append(',').append(wide ? Double.toString(value) : Float.toString((float) value));
    }
  }
}
