package lemniscate.sweep;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.math3.distribution.TDistribution;
import org.yaml.snakeyaml.Yaml;

/** The small sweep as a process of its own, to be killed. */
final class SweepProcess {

  private SweepProcess() {}

  /**
   * Goes on with a store until all is finished.
   *
   * @param args folder of the store; number of seeds, or {@code asha}
   */
  public static void main(String[] args) {
    SweepSpec spec =
        args[1].equals("asha")
            ? SweepSpec.of(SmallSweep.ASHA, "asha.yaml")
            : SmallSweep.spec(Integer.parseInt(args[1]));
    try (TrialStore store = TrialStore.resume(Path.of(args[0]), spec)) {
      SmallSweep.run(spec, store, 2);
    }
  }

  static Process start(Path store, String sweep, Path log) throws IOException {
    return new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classPath(),
                SweepProcess.class.getName(),
                store.toString(),
                sweep))
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  // From the classes: the class path of this process may be that of a test launcher.
  private static String classPath() {
    Set<String> places = new LinkedHashSet<>();
    for (Class<?> type :
        List.of(
            SweepProcess.class,
            SweepSpec.class,
            ObjectMapper.class,
            JsonFactory.class,
            JsonInclude.class,
            YAMLFactory.class,
            Yaml.class,
            TDistribution.class)) {
      try {
        places.add(
            Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
      } catch (URISyntaxException e) {
        throw new IllegalStateException(e);
      }
    }
    return String.join(File.pathSeparator, places);
  }
}
