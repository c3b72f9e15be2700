package lemniscate.cli;

import java.nio.file.Path;
import lemniscate.data.TestSet;
import lemniscate.train.Model;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which examples a trained network is to answer, beside the keys of data. */
final class ExampleOptions {

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description = "NPY or IDX file of class labels, where --data is a file of inputs alone.")
  private @Nullable Path labels;

  /** Reads them, and says what may be wrong with them. */
  TestSet read(Model model, CommonOptions common) {
    TestSet set;
    try (Activity _ = Activity.of(common, "reading the examples")) {
      set = model.testSet(labels);
    }
    model.warning(set).ifPresent(text -> common.log("warning: " + text));
    return set;
  }
}
