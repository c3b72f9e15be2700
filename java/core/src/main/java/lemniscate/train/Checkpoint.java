package lemniscate.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import lemniscate.backend.Backend;
import lemniscate.config.BadInputException;
import lemniscate.journal.JsonLine;
import lemniscate.mup.Parameterization;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.network.UnitScales;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A run at one step, in a safetensors file: parameters, the optimiser's state, and in the metadata
 * the progress, what the weights belong to, and what other programs need to make a feed-forward
 * pass from the file alone: {@code network} is the chain of units in JSON, {@code parameters} gives
 * by name the {@code scale} that a stored parameter is multiplied by, {@code activityNorm} is the
 * norm of activities that are divided by theirs, {@code branchMultiplier} the factor of residual
 * branches where there are some, {@code inputMean} and {@code inputScale} what is done to inputs,
 * {@code sha256} the {@link FileSeal} of the whole file.
 */
public final class Checkpoint {

  static final String FORMAT = "lemniscate-checkpoint-3";

  // Without a seal.
  static final String UNSEALED_FORMAT = "lemniscate-checkpoint-2";

  // Neither; biases are matrices of one row, and the network is no JSON.
  static final String EARLIER_FORMAT = "lemniscate-checkpoint-1";

  private Checkpoint() {}

  /**
   * Writes a checkpoint so that the file is whole or absent whenever the machine stops: to a
   * temporary file, synced, renamed, and the directory synced.
   *
   * @throws TrainingDivergedException if a weight is not finite; nothing is written
   */
  static void write(Path file, Trainer trainer) throws IOException {
    trainer.requireFiniteWeights();
    OutputFolder.replace(
        file,
        temporary ->
            SafetensorsWriter.write(
                temporary,
                metadata(trainer),
                trainer.backend(),
                trainer.tensors(),
                extents(trainer)));
    syncDirectory(file.resolveSibling("."));
  }

  /**
   * Reads all of a checkpoint and checks that it is as it was written, and of the step of its name.
   *
   * @param step that the name of the file says
   * @throws BadInputException if it is torn or changed, or says another step
   */
  static void check(Path file, long step) {
    open(file, step).close();
  }

  /** As {@link #check}; the file stays open. */
  static SafetensorsReader open(Path file, long step) {
    SafetensorsReader reader = open(file);
    TrainingProgress progress = CheckpointMetadata.progress(reader);
    if (progress.step() != step) {
      reader.close();
      throw new BadInputException(
          "%s is of step %d, expected that of its name, %d; give it the name that it had, or use another checkpoint."
              .formatted(file, progress.step(), step));
    }
    return reader;
  }

  /** As the other, of a file whose name says no step. */
  static SafetensorsReader open(Path file) {
    SafetensorsReader reader = SafetensorsReader.open(file);
    try {
      CheckpointMetadata.progress(reader);
      reader.requireSeal(FORMAT.equals(reader.metadata().get("format")));
      return reader;
    } catch (RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  // A rename is durable only once its directory is; where directories cannot be opened, as on
  // Windows, the file system sees to it.
  private static void syncDirectory(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Not every file system can; the file itself is synced.
    }
  }

  /**
   * Restores a run.
   *
   * @throws BadInputException if the file is damaged, or belongs to another network,
   *     parameterisation, rule or optimiser
   */
  static void restore(Path file, Trainer trainer) {
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      boolean earlier = EARLIER_FORMAT.equals(reader.metadata().get("format"));
      requireSame(reader, trainer, identity(trainer.spec(), earlier));
      TrainingProgress progress = CheckpointMetadata.progress(reader);
      load(reader, trainer.backend(), trainer.tensors());
      requireFinite(reader, trainer.backend(), trainer.network());
      trainer.restore(progress);
    }
  }

  /**
   * Loads the weights alone, as for an evaluation.
   *
   * @throws BadInputException if the network has other shapes, or a weight is not finite
   */
  static void restoreWeights(SafetensorsReader reader, Backend backend, Network network) {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    Map<String, List<Integer>> extents = new LinkedHashMap<>();
    for (Parameter parameter : network.parameters()) {
      weights.put(parameter.name(), parameter.value());
      extents.put(parameter.name(), parameter.extents());
    }
    for (Map.Entry<String, Tensor> weight : weights.entrySet()) {
      requireTensor(reader, weight.getKey(), weight.getValue(), extents, false);
    }
    load(reader, backend, weights);
    requireFinite(reader, backend, network);
  }

  private static void requireFinite(SafetensorsReader reader, Backend backend, Network network) {
    for (Parameter parameter : network.parameters()) {
      if (!TensorChunks.allFinite(backend, parameter.value())) {
        throw new BadInputException(
            "%s: tensor %s holds a value that is not finite, expected numbers; the file is damaged. Use another checkpoint."
                .formatted(reader.file(), parameter.name()));
      }
    }
  }

  private static void load(SafetensorsReader reader, Backend backend, Map<String, Tensor> tensors) {
    for (Map.Entry<String, Tensor> named : tensors.entrySet()) {
      SafetensorsEntry entry = Objects.requireNonNull(reader.entries().get(named.getKey()));
      Tensor tensor = named.getValue();
      for (long first = 0; first < tensor.elements(); first += TensorChunks.ELEMENTS) {
        Tensor chunk = TensorChunks.chunk(tensor, first);
        ByteBuffer bytes = reader.read(entry, first, chunk.columns());
        if (entry.dtype() == DType.FLOAT32) {
          float[] values = new float[chunk.columns()];
          bytes.asFloatBuffer().get(values);
          backend.upload(values, chunk);
        } else {
          double[] values = new double[chunk.columns()];
          bytes.asDoubleBuffer().get(values);
          backend.upload(values, chunk);
        }
      }
    }
  }

  private static void requireSame(
      SafetensorsReader reader, Trainer trainer, Map<String, String> identity) {
    Map<String, Tensor> tensors = trainer.tensors();
    Map<String, List<Integer>> extents = extents(trainer);
    for (Map.Entry<String, String> item : identity.entrySet()) {
      String found = reader.metadata().get(item.getKey());
      // Tensors are compared one by one below, which says more than a comparison of networks.
      if (!item.getKey().equals("network") && !item.getValue().equals(found)) {
        throw new BadInputException(
            "%s belongs to another run: its %s is %s, the configuration says %s. Resume with the configuration it was made with."
                .formatted(reader.file(), item.getKey(), found, item.getValue()));
      }
    }
    Set<String> names = new LinkedHashSet<>(tensors.keySet());
    names.addAll(reader.entries().keySet());
    for (String name : names) {
      requireTensor(reader, name, tensors.get(name), extents, true);
    }
    String network = identity.get("network");
    if (!Objects.equals(network, reader.metadata().get("network"))) {
      throw new BadInputException(
          "%s belongs to another network: its network is %s, the configuration says %s. Resume with the configuration it was made with."
              .formatted(reader.file(), reader.metadata().get("network"), network));
    }
  }

  private static void requireTensor(
      SafetensorsReader reader,
      String name,
      @Nullable Tensor tensor,
      Map<String, List<Integer>> extents,
      boolean sameType) {
    SafetensorsEntry entry = reader.entries().get(name);
    List<Long> shape =
        extents.getOrDefault(name, List.of()).stream().map(Integer::longValue).toList();
    String expected =
        tensor == null ? "no such tensor" : SafetensorsEntry.describe(tensor.dtype(), shape);
    // A file of the earlier format has a vector as a matrix of one row.
    boolean same =
        entry != null
            && tensor != null
            && (entry.shape().equals(shape)
                || entry.shape().equals(List.of((long) tensor.rows(), (long) tensor.columns())))
            && (!sameType || entry.dtype() == tensor.dtype());
    if (!same) {
      throw new BadInputException(
          "%s belongs to another network: tensor %s is %s in the file, the configuration asks for %s. Use the configuration it was made with."
              .formatted(
                  reader.file(), name, entry == null ? "missing" : entry.describe(), expected));
    }
  }

  // Of every tensor: those of its parameter for the network's parameters and what the optimiser
  // keeps for them, else rows and columns.
  private static Map<String, List<Integer>> extents(Trainer trainer) {
    Map<String, Parameter> parameters = new HashMap<>();
    trainer.network().parameters().forEach(p -> parameters.put(p.name(), p));
    Map<String, List<Integer>> extents = new LinkedHashMap<>();
    trainer
        .tensors()
        .forEach(
            (name, t) -> {
              Parameter parameter = parameter(parameters, name);
              extents.put(
                  name, parameter == null ? List.of(t.rows(), t.columns()) : parameter.extents());
            });
    return extents;
  }

  // The one of that name, or of what stands before one of its dots.
  private static @Nullable Parameter parameter(Map<String, Parameter> parameters, String name) {
    for (int end = name.length(); end > 0; end = name.lastIndexOf('.', end - 1)) {
      Parameter found = parameters.get(name.substring(0, end));
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  // ---------------------------------------------------------------- metadata

  private static Map<String, String> metadata(Trainer trainer) {
    TrainingProgress progress = trainer.progress();
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", FORMAT);
    metadata.put(FileSeal.KEY, FileSeal.BLANK);
    metadata.putAll(identity(trainer.spec(), false));
    metadata.put("loss", trainer.spec().loss().name().toLowerCase(Locale.ROOT));
    metadata.put("parameters", JsonLine.of(parameters(trainer)));
    UnitScales scales = trainer.network().scales();
    metadata.put("activityNorm", Double.toString(scales.activityNorm()));
    if (trainer.spec().network().residualDepth() > 0) {
      metadata.put("branchMultiplier", Double.toString(scales.branchMultiplier()));
    }
    metadata.put("normalization", trainer.normalization().kind().key());
    metadata.put("inputMean", Double.toString(trainer.normalization().mean()));
    metadata.put("inputScale", Double.toString(trainer.normalization().scale()));
    metadata.put("step", Long.toString(progress.step()));
    metadata.put("updates", Long.toString(progress.updates()));
    // Double.toString is the shortest text that reads back as the same double.
    metadata.put("epochLossSum", Double.toString(progress.epochLossSum()));
    metadata.put("trainLoss", Double.toString(progress.trainLoss()));
    metadata.put("testLoss", Double.toString(progress.testLoss()));
    metadata.put("testAccuracy", Double.toString(progress.testAccuracy()));
    metadata.put("bestTestAccuracy", Double.toString(progress.bestTestAccuracy()));
    metadata.put("bestStep", Long.toString(progress.best().step()));
    metadata.put("bestAccuracy", Double.toString(progress.best().accuracy()));
    metadata.put("bestLoss", Double.toString(progress.best().loss()));
    metadata.put("evaluationsSinceBest", Integer.toString(progress.best().since()));
    metadata.put("trainingSeconds", Double.toString(progress.trainingSeconds()));
    metadata.put("seconds", Double.toString(progress.seconds()));
    return metadata;
  }

  // What must agree between a checkpoint and the run that takes it up.
  private static Map<String, String> identity(TrainingSpec spec, boolean earlier) {
    Parameterization p = spec.parameterization();
    Map<String, String> identity = new LinkedHashMap<>();
    identity.put("rule", spec.rule().toString());
    identity.put(
        "parameterization",
        p.scheme().word()
            + ", "
            + p.form().word()
            + ", base width "
            + p.baseWidth()
            + ", weight scale "
            + p.weightScale()
            + ", output scale "
            + p.outputScale()
            // Files from before there were branches have nothing of the kind.
            + (spec.network().size().isDeep() ? ", depth exponent " + p.depthExponent() : ""));
    identity.put("optimizer", spec.optimizer().toString());
    identity.put(
        "network",
        earlier ? earlierText(spec.network()) : JsonLine.of(spec.network().description()));
    return identity;
  }

  private static Map<String, Object> parameters(Trainer trainer) {
    Map<String, Object> scales = new LinkedHashMap<>();
    for (Parameter parameter : trainer.network().parameters()) {
      scales.put(parameter.name(), Map.of("scale", parameter.scaling().multiplier()));
    }
    return scales;
  }

  private static String earlierText(NetworkSpec network) {
    return "NetworkSpec[widths=%s, activation=%s, bias=%s, norm=%s, distribution=%s]"
        .formatted(
            network.widths(),
            network.activation(),
            network.bias(),
            network.norm(),
            network.distribution());
  }
}
