package lemniscate.cuda.device;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/**
 * Where cuBLAS may be: the file that the user names, or else what the loader finds, the folders of
 * a toolkit, and the folders that Python packages of it use.
 */
public final class CublasSearch {

  /** Environment variable that names a library, where no option does. */
  public static final String VARIABLE = "LEMNISCATE_CUBLAS";

  /** Versions that there is a binding for, the one that JCublas knows first. */
  private static final List<Integer> VERSIONS = List.of(12, 13);

  // A chain of links that is longer goes round in a circle.
  private static final int MOST_LINKS = 8;

  private final @Nullable Path asked;
  private final Map<String, String> environment;
  private final Path root;
  private final int driverMajor;

  /**
   * A search.
   *
   * @param asked file that the user names, or null
   * @param environment of the process
   * @param root of the file system
   * @param driverMajor CUDA that the driver supports: a newer cuBLAS does not start on it
   */
  public CublasSearch(
      @Nullable Path asked, Map<String, String> environment, Path root, int driverMajor) {
    this.asked = asked;
    this.environment = environment;
    this.root = root;
    this.driverMajor = driverMajor;
  }

  /**
   * Loads the first that is found; nothing where there is none.
   *
   * @throws BadInputException when the user names a file that is no cuBLAS
   */
  public Optional<CublasLibrary> find() {
    if (asked != null) {
      return Optional.of(required("cuda.blas", asked));
    }
    String named = environment.get(VARIABLE);
    if (named != null && !named.isBlank()) {
      return Optional.of(required(VARIABLE, Path.of(named)));
    }
    for (int version : versions()) {
      Optional<CublasLibrary> library = CublasLibrary.named(fileName(version));
      if (library.isPresent()) {
        return library;
      }
    }
    for (Path file : files()) {
      try {
        Optional<CublasLibrary> library = CublasLibrary.at(file);
        if (library.isPresent()) {
          return library;
        }
      } catch (IllegalArgumentException notLoadable) {
        // Of another processor, or without what it needs: the next one may do.
      }
    }
    return Optional.empty();
  }

  /** What to do where none is found. */
  public String remedy() {
    return "Install CUDA's cuBLAS of version "
        + String.join(" or ", versions().stream().map(String::valueOf).toList())
        + " (the toolkit, or `pip install nvidia-cublas-cu12`), or name the file in cuda.blas or "
        + VARIABLE;
  }

  private CublasLibrary required(String source, Path file) {
    if (!Files.isRegularFile(file)) {
      throw new BadInputException(
          source + " " + file + ": no such file; expected a libcublas.so of CUDA 12 or 13");
    }
    try {
      return CublasLibrary.at(file)
          .orElseThrow(
              () ->
                  new BadInputException(
                      source
                          + " "
                          + file
                          + ": has no cublasGemmStridedBatchedEx; expected a libcublas.so of CUDA"
                          + " 12 or 13"));
    } catch (IllegalArgumentException e) {
      throw new BadInputException(
          source
              + " "
              + file
              + ": cannot be loaded ("
              + e.getMessage()
              + "); is the libcublasLt.so of the same version beside it?",
          e);
    }
  }

  private List<Integer> versions() {
    return VERSIONS.stream().filter(version -> version <= driverMajor).toList();
  }

  private static String fileName(int version) {
    return "libcublas.so." + version;
  }

  /** Files that are there, the preferred first. */
  List<Path> files() {
    List<Path> files = new ArrayList<>();
    for (Path folder : folders()) {
      for (int version : versions()) {
        Path file = folder.resolve(fileName(version));
        if (Files.isRegularFile(file)) {
          files.add(file);
        }
      }
    }
    return files;
  }

  private List<Path> folders() {
    List<Path> folders = new ArrayList<>();
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
      variable(variable).ifPresent(home -> addToolkit(home, folders));
    }
    matches(root.resolve("usr/local"), "cuda*").forEach(home -> addToolkit(home, folders));
    folders.add(root.resolve("usr/lib/x86_64-linux-gnu"));
    for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
      variable(variable).ifPresent(prefix -> addPrefix(prefix, folders));
    }
    pythonPrefixes().forEach(prefix -> addPrefix(prefix, folders));
    variable("HOME").ifPresent(home -> addPrefix(home.resolve(".local"), folders));
    addPrefix(root.resolve("usr/local"), folders);
    addPrefix(root.resolve("usr"), folders);
    return folders;
  }

  // Of the python3 that a user gets, whose environment need not be active; links may lead into it.
  private List<Path> pythonPrefixes() {
    List<Path> prefixes = new ArrayList<>();
    for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator)) {
      Path python = root.resolve(folder).resolve("python3");
      if (!folder.isEmpty() && Files.isExecutable(python)) {
        for (int links = 0; python != null && links < MOST_LINKS; links++) {
          prefixes.add(python.resolve("../..").normalize());
          python = linked(python);
        }
        break;
      }
    }
    return prefixes;
  }

  private static @Nullable Path linked(Path file) {
    try {
      return Files.isSymbolicLink(file)
          ? file.resolveSibling(Files.readSymbolicLink(file)).normalize()
          : null;
    } catch (IOException unreadable) {
      return null;
    }
  }

  private Optional<Path> variable(String name) {
    return Optional.ofNullable(environment.get(name))
        .filter(value -> !value.isBlank())
        .map(Path::of);
  }

  private static void addToolkit(Path home, List<Path> folders) {
    folders.add(home.resolve("lib64"));
    folders.add(home.resolve("targets/x86_64-linux/lib"));
  }

  // A prefix holds libraries, and Python packages that hold libraries.
  private static void addPrefix(Path prefix, List<Path> folders) {
    folders.add(prefix.resolve("lib"));
    for (Path python : matches(prefix.resolve("lib"), "python3*")) {
      for (Path packages : matches(python, "{site,dist}-packages")) {
        folders.add(packages.resolve("nvidia/cublas/lib"));
        folders.add(packages.resolve("nvidia/cu13/lib"));
      }
    }
  }

  // Names that match, the highest first: the newest version as a rule.
  private static List<Path> matches(Path folder, String pattern) {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
        entries.forEach(found::add);
      } catch (IOException unreadable) {
        return List.of();
      }
    }
    found.sort(Comparator.reverseOrder());
    return found;
  }
}
