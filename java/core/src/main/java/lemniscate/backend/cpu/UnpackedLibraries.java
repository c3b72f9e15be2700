package lemniscate.backend.cpu;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.jar.JarEntry;
import java.util.zip.CRC32;

/**
 * Native libraries that are resources, as files that the system can load. Those in jars are copied
 * once into a folder whose name holds a checksum of what is in it, so that two builds never share
 * one. A copy is made under a temporary name and read back before it gets its own, and one that is
 * there already is compared with the jar, so that neither a half-written file nor another's is
 * loaded, however many processes start at once. Where that folder cannot serve (it cannot be
 * written, its disk is full, its file system runs no programs), one of this process does.
 */
final class UnpackedLibraries {

  private static final int BUFFER_BYTES = 1 << 16;

  private UnpackedLibraries() {}

  /** Size and checksum of a file or a resource. */
  private record Content(long bytes, long crc) {

    /** The jar's own record of it where there is one, since reading takes as long as unpacking. */
    static Content of(URL resource) throws IOException {
      if (resource.openConnection() instanceof JarURLConnection connection) {
        JarEntry entry = connection.getJarEntry();
        if (entry.getSize() >= 0 && entry.getCrc() >= 0) {
          return new Content(entry.getSize(), entry.getCrc());
        }
      }
      try (InputStream in = resource.openStream()) {
        return read(in);
      }
    }

    boolean isThatOf(Path file) throws IOException {
      if (!Files.isRegularFile(file) || Files.size(file) != bytes) {
        return false;
      }
      try (InputStream in = Files.newInputStream(file)) {
        return equals(read(in));
      }
    }

    private static Content read(InputStream in) throws IOException {
      CRC32 crc = new CRC32();
      byte[] buffer = new byte[BUFFER_BYTES];
      long bytes = 0;
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        crc.update(buffer, 0, read);
        bytes += read;
      }
      return new Content(bytes, crc.getValue());
    }
  }

  /**
   * What loads files.
   *
   * @param <T> what is loaded
   */
  interface Loader<T> {

    /**
     * Loads libraries, in the order of the files.
     *
     * @throws IllegalArgumentException if the system refuses one
     */
    T load(List<Path> files);
  }

  /**
   * Libraries that were loaded.
   *
   * @param <T> what is loaded
   * @param library what the loader gave
   * @param notice why the user's folder did not serve, with the remedy, in one line; empty if it
   *     did
   */
  record Loaded<T>(T library, String notice) {}

  /**
   * The user's folder for what can be made again.
   *
   * @throws IllegalArgumentException if there is none
   */
  static Path cache() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    return cache(xdg == null ? "" : xdg, System.getProperty("user.home"));
  }

  /** The same, of a variable and a home; a relative path counts for none, as XDG has it. */
  static Path cache(String xdg, String home) {
    if (!xdg.isBlank() && Path.of(xdg).isAbsolute()) {
      return Path.of(xdg);
    }
    Path folder = Path.of(home); // Java's is "?" for a user whom the system does not know
    if (!folder.isAbsolute()) {
      throw new IllegalArgumentException("no home folder");
    }
    return folder.resolve(".cache");
  }

  /**
   * Loads libraries from files, in the order given. One that is a file already stays where it is.
   *
   * @param libraries resources that need each other: they come into one folder
   * @param cache folder of the folder they are unpacked to; may fail by IllegalArgumentException
   * @throws IOException if a resource cannot be read, or a copy can be loaded from nowhere
   */
  static <T> Loaded<T> load(List<URL> libraries, Supplier<Path> cache, Loader<T> loader)
      throws IOException {
    try {
      if (libraries.stream().allMatch(library -> library.getProtocol().equals("file"))) {
        return new Loaded<>(loader.load(files(libraries)), "");
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(reason(e), e);
    }
    List<Content> contents = new ArrayList<>();
    for (URL library : libraries) {
      contents.add(Content.of(library));
    }
    String trouble;
    try {
      Path usual = cache.get().resolve("lemniscate");
      try {
        return new Loaded<>(loader.load(unpacked(libraries, contents, usual)), "");
      } catch (IOException | IllegalArgumentException e) {
        trouble = usual + " cannot serve (" + reason(e) + ")";
      }
    } catch (IllegalArgumentException e) {
      trouble = reason(e);
    }
    try {
      Path own = temporary(libraries, contents);
      return new Loaded<>(
          loader.load(unpacked(libraries, contents, own)),
          "libraries are unpacked anew for each process, because %s; name a folder by XDG_CACHE_HOME"
              .formatted(trouble));
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(
          "%s, nor can %s (%s); name a folder by XDG_CACHE_HOME"
              .formatted(trouble, System.getProperty("java.io.tmpdir"), reason(e)),
          e);
    }
  }

  private static String reason(Exception e) {
    if (e instanceof FileSystemException system) {
      String reason = system.getReason();
      return reason != null
          ? reason
          : system instanceof AccessDeniedException
              ? "no permission to write"
              : system.getClass().getSimpleName() + " " + system.getFile();
    }
    return e.getMessage() != null && e.getMessage().startsWith("Cannot open library")
        ? "the system loads no library from there, as where a file system is mounted noexec"
        : String.valueOf(e.getMessage());
  }

  private static List<Path> files(List<URL> libraries) throws IOException {
    List<Path> files = new ArrayList<>();
    for (URL library : libraries) {
      try {
        files.add(Path.of(library.toURI()));
      } catch (URISyntaxException e) {
        throw new IOException(library + " is no name of a file", e);
      }
    }
    return files;
  }

  private static List<Path> unpacked(List<URL> libraries, List<Content> contents, Path parent)
      throws IOException {
    Path folder = parent.resolve(folder(libraries, contents));
    Files.createDirectories(folder);
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < libraries.size(); i++) {
      Path file = folder.resolve(name(libraries.get(i)));
      if (!contents.get(i).isThatOf(file)) {
        copy(libraries.get(i), contents.get(i), file);
      }
      files.add(file);
    }
    return files;
  }

  private static String folder(List<URL> libraries, List<Content> contents) {
    CRC32 all = new CRC32();
    for (int i = 0; i < libraries.size(); i++) {
      all.update((name(libraries.get(i)) + contents.get(i)).getBytes(StandardCharsets.UTF_8));
    }
    return "natives-%s-%08x".formatted(NativeLibraries.platform(), all.getValue());
  }

  private static Path temporary(List<URL> libraries, List<Content> contents) throws IOException {
    Path own = Files.createTempDirectory("lemniscate-natives");
    // What is registered last is deleted first.
    own.toFile().deleteOnExit();
    Path folder = own.resolve(folder(libraries, contents));
    folder.toFile().deleteOnExit();
    libraries.forEach(library -> folder.resolve(name(library)).toFile().deleteOnExit());
    return own;
  }

  private static void copy(URL library, Content content, Path file) throws IOException {
    Path temporary = Files.createTempFile(file.getParent(), "unpack", ".tmp");
    try {
      try (InputStream in = library.openStream()) {
        Files.copy(in, temporary, StandardCopyOption.REPLACE_EXISTING);
      }
      if (!content.isThatOf(temporary)) {
        throw new IOException(
            "the copy of " + library + " in " + file.getParent() + " is not what it should be");
      }
      move(temporary, content, file);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  // Windows does not replace a library that another process, which was quicker, has loaded.
  private static void move(Path temporary, Content content, Path file) throws IOException {
    try {
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (!content.isThatOf(file)) {
        throw e;
      }
    }
  }

  private static String name(URL library) {
    return new File(library.getPath()).getName();
  }
}
