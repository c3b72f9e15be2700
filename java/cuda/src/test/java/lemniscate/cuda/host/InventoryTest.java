package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A kernel never comes alone: a header that says what it does, a twin in plain Java, a launcher, a
 * contract test, a row in {@code docs/kernels.md}.
 */
final class InventoryTest {

  private static final Path KERNELS = HostExecution.ROOT.resolve("kernels");
  private static final Path LAUNCHERS =
      HostExecution.ROOT.resolve("java/cuda/src/main/java/lemniscate/cuda/kernel");
  private static final Path CONTRACT =
      HostExecution.ROOT.resolve("java/core/src/test/java/lemniscate/contract");
  private static final Path PAGE = HostExecution.ROOT.resolve("docs/kernels.md");

  private static final Pattern ENTRIES = Pattern.compile("(?m)^LEMNISCATE_ENTRIES\\((\\w+),");
  private static final Pattern SINGLE = Pattern.compile("(?m)^LEMNISCATE_REGISTER\\((\\w+)\\)");
  private static final Pattern TWIN = Pattern.compile("Twin: (\\w+)\\.(\\w+)\\.");

  /**
   * A source file of kernels.
   *
   * @param path from {@code kernels/}
   * @param header its first comment, each paragraph a line
   * @param typed entry points for both element types, without their suffix
   * @param single other entry points
   */
  record Kernel(String path, List<String> header, List<String> typed, List<String> single) {

    static Kernel of(Path file) {
      String text = read(file);
      List<String> paragraphs = new ArrayList<>(List.of(""));
      for (String line : text.lines().takeWhile(line -> line.startsWith("//")).toList()) {
        String words = line.substring(2).strip();
        if (words.isEmpty()) {
          paragraphs.add("");
        } else {
          paragraphs.addLast((paragraphs.removeLast() + " " + words).strip());
        }
      }
      return new Kernel(
          KERNELS.relativize(file).toString(), paragraphs, all(ENTRIES, text), all(SINGLE, text));
    }

    private static List<String> all(Pattern pattern, String text) {
      return pattern.matcher(text).results().map(found -> found.group(1)).toList();
    }

    List<String> names() {
      return Stream.concat(typed.stream(), single.stream()).toList();
    }

    String rest() {
      return String.join(" ", header.subList(1, header.size()));
    }

    Matcher twin() {
      Matcher twin = TWIN.matcher(rest());
      assertThat(twin.find()).as("%s names its twin", path).isTrue();
      return twin;
    }

    @Override
    public String toString() {
      return path;
    }
  }

  static List<Kernel> kernels() {
    try (Stream<Path> files = Files.walk(KERNELS)) {
      return files
          .filter(file -> file.getNameCount() > KERNELS.getNameCount() + 1)
          .filter(file -> file.toString().endsWith(".cu"))
          .sorted()
          .map(Kernel::of)
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void thereAreKernels() {
    assertThat(kernels()).hasSizeGreaterThan(30);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void headerSaysWhatItDoes(Kernel kernel) {
    assertThat(kernel.names()).isNotEmpty();
    assertThat(kernel.header()).hasSizeGreaterThan(1);
    assertThat(kernel.header().getFirst()).as("equation").contains("=").endsWith(".");
    assertThat(kernel.rest()).contains("Writes: ", "Aliases: ", "Grid: ", "eterministic", "Twin: ");
    assertThat(kernel.rest()).containsPattern("Writes: \\+?=");
    // Every pointer has its shape: each name of a parameter occurs.
    String text = read(KERNELS.resolve(kernel.path()));
    Matcher pointer = Pattern.compile("Members<(?:const )?T> (\\w+)[,)]").matcher(text);
    String described = String.join(" ", kernel.header());
    while (pointer.find()) {
      if (text.lastIndexOf("#define", pointer.start()) >= 0) {
        assertThat(described).contains(pointer.group(1));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void twinExists(Kernel kernel) throws ClassNotFoundException {
    Matcher twin = kernel.twin();
    Class<?> reference = Class.forName("lemniscate.backend.reference." + twin.group(1));
    assertThat(reference.getDeclaredMethods())
        .as(twin.group())
        .anyMatch(method -> method.getName().equals(twin.group(2)));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void everyEntryPointIsLaunched(Kernel kernel) {
    for (String name : kernel.names()) {
      assertThat(launcher(name)).as("launcher of %s", name).isPresent();
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void contractCallsIt(Kernel kernel) {
    assertThat(contract(kernel)).as("contract that calls %s", kernel.twin().group()).isPresent();
  }

  @Test
  void allAreInTheOneTranslationUnit() {
    String unit = read(KERNELS.resolve("lemniscate.cu"));
    assertThat(unit.lines().filter(line -> line.startsWith("#include")))
        .containsExactlyElementsOf(
            kernels().stream().map(kernel -> "#include \"" + kernel.path() + "\"").toList());
  }

  @Test
  void registeredAreTheOnesThatTheSourcesDeclare() {
    assertThat(HostExecution.library().kernels())
        .containsExactlyInAnyOrderElementsOf(
            kernels().stream()
                .flatMap(
                    kernel ->
                        Stream.concat(
                            kernel.typed().stream()
                                .flatMap(name -> Stream.of(name + "_f32", name + "_f64")),
                            kernel.single().stream()))
                .toList());
  }

  @Test
  void pageListsThem() {
    String table = kernels().stream().map(InventoryTest::row).collect(Collectors.joining("\n"));
    assertThat(read(PAGE).contains(table))
        .as("docs/kernels.md has the rows:\n%s\n", table)
        .isTrue();
  }

  private static String row(Kernel kernel) {
    Matcher twin = kernel.twin();
    return String.join(
        " | ",
        "| [`" + kernel.path() + "`](../kernels/" + kernel.path() + ")",
        kernel.names().stream().map(name -> "`" + name + "`").collect(Collectors.joining(", ")),
        kernel.header().getFirst().replace("|", "\\|"),
        "`" + twin.group(1) + "." + twin.group(2) + "`",
        kernel.names().stream()
            .map(name -> launcher(name).orElse("none"))
            .distinct()
            .map(name -> "`" + name + "`")
            .collect(Collectors.joining(", ")),
        "`" + contract(kernel).orElse("none") + "` |");
  }

  private static Optional<String> launcher(String name) {
    return sources(LAUNCHERS).stream()
        .filter(source -> read(source).contains("\"" + name + "\""))
        .map(InventoryTest::className)
        .findFirst();
  }

  // The part of the contract that is named after the twin's class, or else passes or primitives.
  private static Optional<String> contract(Kernel kernel) {
    Matcher twin = kernel.twin();
    String own =
        twin.group(1).replaceFirst("Reference(\\w+?)(Passes|Operations)", "$1PassContract");
    boolean primitive = twin.group(1).equals("ReferenceOperations");
    return Stream.of(own, primitive ? "PrimitiveContract" : "PassContract")
        .filter(name -> Files.exists(CONTRACT.resolve(name + ".java")))
        .filter(name -> read(CONTRACT.resolve(name + ".java")).contains("." + twin.group(2) + "("))
        .findFirst();
  }

  private static String className(Path source) {
    return source.getFileName().toString().replace(".java", "");
  }

  private static List<Path> sources(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
