package lemniscate.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.config.BadInputException;
import lemniscate.config.ConfigSchema;
import lemniscate.data.Normalization;
import lemniscate.data.NpzOutput;
import lemniscate.journal.JsonLine;
import lemniscate.network.Parameter;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * Writes a trained network for other programs: every parameter times its multiplier, {@code
 * input.mean} and {@code input.std} of shape (1), and what a feed-forward pass needs beside in the
 * metadata. docs/python.md is the description for readers.
 */
public final class Export {

  /** Value of the metadata {@code format}. */
  static final String FORMAT = "lemniscate-export-1";

  /** Key of the metadata that names the layout. */
  static final String LAYOUT = "layout";

  private static final String MEAN = "input.mean";
  private static final String STD = "input.std";

  private Export() {}

  /** How the numbers of weights lie. */
  public enum Layout {
    /** Channels innermost, as here and in images of NumPy. */
    CHANNELS_LAST,
    /** Channels before places, as in PyTorch. */
    TORCH;

    /** The name on the command line and in files. */
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** What is written. */
  public enum Format {
    /** Names, tensors and metadata; sealed as a checkpoint is. */
    SAFETENSORS,
    /** An array for each tensor, and {@code about}, the metadata in JSON. */
    NPZ;

    /** The name on the command line, and the end of file names. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Writes a file, whole or not at all; one that is there is replaced.
   *
   * @return the number of tensors
   * @throws UncheckedIOException if it cannot be written
   */
  public static int write(Model model, Format format, Layout layout, Path file) {
    Map<String, ParameterLayout> layouts = ParameterLayout.of(model.network().spec());
    Map<String, String> about = about(model, layout);
    Map<String, double[]> arrays = new LinkedHashMap<>();
    Map<String, List<Integer>> extents = new LinkedHashMap<>();
    for (Parameter parameter : model.network().parameters()) {
      ParameterLayout own = layouts.get(parameter.name());
      if (own == null) {
        throw new IllegalStateException(parameter.name() + " has no layout");
      }
      double multiplier = parameter.scaling().multiplier();
      double[] values = model.backend().read(parameter.value());
      Arrays.setAll(values, i -> multiplier * values[i]);
      boolean torch = layout == Layout.TORCH;
      arrays.put(parameter.name(), torch ? own.toTorch(values) : values);
      extents.put(parameter.name(), torch ? own.torchExtents() : parameter.extents());
    }
    Normalization scaling = model.normalization();
    arrays.put(MEAN, new double[] {scaling.mean()});
    arrays.put(STD, new double[] {1 / scaling.scale()});
    extents.put(MEAN, List.of(1));
    extents.put(STD, List.of(1));
    if (format == Format.NPZ) {
      OutputFile.write(
          file,
          out -> {
            try (NpzOutput npz = new NpzOutput(out)) {
              npz(npz, arrays, extents, model.backend().dtype());
              npz.text("about", JsonLine.of(about));
            }
          });
    } else {
      safetensors(model.backend(), about, arrays, extents, file);
    }
    return arrays.size();
  }

  /**
   * Refuses a path that cannot be written, before any work.
   *
   * @throws BadInputException if so
   */
  public static void check(Path file) {
    OutputFile.check(file);
  }

  private static void npz(
      NpzOutput npz, Map<String, double[]> arrays, Map<String, List<Integer>> extents, DType dtype)
      throws IOException {
    for (Map.Entry<String, double[]> array : arrays.entrySet()) {
      int[] shape =
          extents.getOrDefault(array.getKey(), List.of()).stream().mapToInt(n -> n).toArray();
      if (dtype == DType.FLOAT64) {
        npz.doubles(array.getKey(), array.getValue(), shape);
      } else {
        npz.floats(array.getKey(), array.getValue(), shape);
      }
    }
  }

  private static void safetensors(
      Backend backend,
      Map<String, String> about,
      Map<String, double[]> arrays,
      Map<String, List<Integer>> extents,
      Path file) {
    try (Arena arena = backend.newArena()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      arrays.forEach(
          (name, values) -> {
            Tensor tensor = arena.allocate(new Shape(1, values.length));
            backend.upload(values, tensor);
            tensors.put(name, tensor);
          });
      OutputFolder.replace(
          file, temporary -> SafetensorsWriter.write(temporary, about, backend, tensors, extents));
    } catch (IOException e) {
      throw OutputFile.unwritten(file, e);
    }
  }

  private static Map<String, String> about(Model model, Layout layout) {
    Map<String, String> about = new LinkedHashMap<>();
    about.put("format", FORMAT);
    about.put(FileSeal.KEY, FileSeal.BLANK);
    about.put(LAYOUT, layout.word());
    about.put("network", JsonLine.of(model.network().spec().description()));
    about.put("activityNorm", Double.toString(model.network().scales().activityNorm()));
    about.put("branchMultiplier", Double.toString(model.network().scales().branchMultiplier()));
    about.put("loss", model.loss().name().toLowerCase(Locale.ROOT));
    about.put("classes", Boolean.toString(model.classifies()));
    about.put("normalization", model.normalization().kind().key());
    about.put("inputDivisor", divisor(model));
    about.put("feedForward", Boolean.toString(model.isPlain()));
    about.put("rule", model.config().get(ConfigSchema.RULE));
    about.put("scheme", model.config().get(ConfigSchema.PARAM_SCHEME));
    about.put("step", Long.toString(model.progress().step()));
    about.put("configHash", model.config().hash());
    about.put("version", BuildInfo.current().version());
    about.put("commit", BuildInfo.current().commit());
    return about;
  }

  // What raw features are divided by before mean and std.
  private static String divisor(Model model) {
    boolean scaled =
        model.trainedOn().bytes().orElse(false)
            && model.normalization().kind() != Normalization.Kind.NONE;
    return scaled ? "255" : "1";
  }
}
