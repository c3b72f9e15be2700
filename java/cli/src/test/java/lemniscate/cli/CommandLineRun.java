package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line run in this process, with what it wrote. */
record CommandLineRun(int code, String out, String err) {

  /** Options of a run of ten steps an epoch on a tiny set. */
  static final List<String> SMALL =
      List.of(
          "--data",
          "synthetic",
          "--data.train",
          "53",
          "--data.test",
          "23",
          "--batch",
          "5",
          "--epochs",
          "2",
          "--width",
          "7",
          "--param.baseWidth",
          "4",
          "--pc.steps",
          "3",
          "--lr",
          "0.03",
          "--backend",
          "reference",
          "--seed",
          "11");

  static CommandLineRun of(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            args,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    CommandLineRun run =
        new CommandLineRun(
            code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    // Without a terminal no command writes control characters.
    assertThat(run.out + run.err).doesNotContain("\u001b").doesNotContain("\r");
    return run;
  }

  /** {@code train} with {@link #SMALL} options, of which further ones replace some. */
  static CommandLineRun train(Path out, String... further) {
    List<String> options = new ArrayList<>(List.of("--out", out.toString()));
    options.addAll(SMALL);
    return withDefaults("train", options, further);
  }

  /**
   * A command with options of its own.
   *
   * @param defaults options and their values in turns; those that stand among {@code further} are
   *     left out
   */
  static CommandLineRun withDefaults(String command, List<String> defaults, String... further) {
    List<String> given = List.of(further);
    List<String> args = new ArrayList<>(List.of(command));
    for (int i = 0; i < defaults.size(); i += 2) {
      if (!given.contains(defaults.get(i))) {
        args.addAll(defaults.subList(i, i + 2));
      }
    }
    args.addAll(given);
    return of(args.toArray(String[]::new));
  }

  /** The only line of standard output, as JSON. */
  JsonNode json() throws IOException {
    assertThat(out.lines().toList()).hasSize(1);
    return new ObjectMapper().readTree(out);
  }

  /** Asserts that bad input is answered by exit code 2, one message and no stack trace. */
  CommandLineRun refuses(String... fragments) {
    assertThat(code).as(err).isEqualTo(2);
    assertThat(out).isEmpty();
    assertThat(err).contains(fragments).doesNotContain("\tat ").startsWith("lemniscate: ");
    return this;
  }
}
