package lemniscate.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;
import lemniscate.train.Export;
import lemniscate.train.Model;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lemniscate export}: a trained network for other programs. */
@Command(
    name = ExportCommand.NAME,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Writes the weights of a run for other programs: effective ones, multipliers included, with"
            + " the scaling of inputs and the description of the network beside them.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate export runs/demo",
      "  lemniscate export runs/demo --format npz --layout torch --out weights.npz"
    })
final class ExportCommand implements Callable<Integer> {

  static final String NAME = "export";

  private static final String ONNX = "onnx";

  @Mixin private final CommonOptions common;
  @Mixin private final TrainedModel trained = new TrainedModel();
  @Spec private CommandSpec spec;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "safetensors or npz [the end of --out, else safetensors].")
  private @Nullable String format;

  @Option(
      names = "--layout",
      paramLabel = "LAYOUT",
      description =
          "channels-last, as here, or torch: convolutions (outputs, inputs, height, width),"
              + " flattened images by channel [channels-last].")
  private String layout = Export.Layout.CHANNELS_LAST.word();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where it goes [weights.<format> in the folder of the run].")
  private @Nullable Path out;

  ExportCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  @Override
  public Integer call() {
    Export.Format chosen = chosen();
    Export.Layout order =
        Arrays.stream(Export.Layout.values())
            .filter(one -> one.word().equals(layout))
            .findFirst()
            .orElseThrow(
                () ->
                    new BadInputException(
                        "--layout is %s, expected channels-last or torch."
                            .formatted(Shown.quoted(layout))));
    Path file = out == null ? trained.path().resolve("weights." + chosen.word()) : out;
    try (Model model = trained.open(spec.commandLine(), common)) {
      Export.check(file);
      if (!model.isPlain()) {
        common.log(
            "warning: the rule of this run answers by more than a feed-forward pass of its weights;"
                + " the file holds the weights alone");
      }
      int tensors = Export.write(model, chosen, order, file);
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("format", chosen.word());
      fields.put("layout", order.word());
      fields.put("tensors", tensors);
      fields.put("path", file.toString());
      fields.put("checkpoint", model.checkpoint().toString());
      fields.put("step", model.progress().step());
      fields.put("run", model.path().toString());
      common.result(fields, "%d tensors, written to %s%n".formatted(tensors, file));
      return ExitCode.DONE.code();
    }
  }

  private Export.Format chosen() {
    String name = String.valueOf(out == null ? "" : out.getFileName());
    String wanted = format;
    if (wanted == null) {
      wanted =
          name.endsWith(".npz") || name.endsWith("." + ONNX)
              ? name.substring(name.lastIndexOf('.') + 1)
              : Export.Format.SAFETENSORS.word();
    }
    if (wanted.equals(ONNX)) {
      throw new BadInputException(
          "--format is onnx, which is not written: it takes protobuf and classes made from ONNX's,"
              + " which this program does without. Export safetensors with --layout torch, and use"
              + " torch.onnx.export (docs/python.md).");
    }
    String asked = wanted;
    return Stream.of(Export.Format.values())
        .filter(one -> one.word().equals(asked))
        .findFirst()
        .orElseThrow(
            () ->
                new BadInputException(
                    "--format is %s, expected one of %s."
                        .formatted(
                            Shown.quoted(asked),
                            Stream.of(Export.Format.values())
                                .map(Export.Format::word)
                                .collect(Collectors.joining(", ")))));
  }
}
