package lemniscate.backend.cpu;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.zip.CRC32;

/**
 * Native libraries that are resources, as files that the system can load. Those in jars are copied
 * once into a folder whose name holds a checksum of what is in it, so that two builds never share
 * one. A copy is made under a temporary name and read back before it gets its own, and one that is
 * there already is compared with the jar, so that neither a half-written file nor another's is
 * loaded, however many processes start at once.
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

  /** The user's folder for what can be made again. */
  static Path cache() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    return xdg == null || xdg.isBlank()
        ? Path.of(System.getProperty("user.home"), ".cache")
        : Path.of(xdg);
  }

  /**
   * Libraries as files, in the order given. One that is a file already stays where it is.
   *
   * @param libraries resources that need each other: they come into one folder
   * @param cache folder of the folder they are unpacked to; where it cannot be written to, a
   *     temporary one of this process serves
   * @throws IOException if a resource cannot be read or a copy cannot be written
   */
  static List<Path> of(List<URL> libraries, Path cache) throws IOException {
    List<Path> files = new ArrayList<>();
    for (URL library : libraries) {
      if (!library.getProtocol().equals("file")) {
        return unpacked(libraries, cache);
      }
      try {
        files.add(Path.of(library.toURI()));
      } catch (URISyntaxException e) {
        throw new IOException(library + " is no name of a file", e);
      }
    }
    return files;
  }

  private static List<Path> unpacked(List<URL> libraries, Path cache) throws IOException {
    List<Content> contents = new ArrayList<>();
    for (URL library : libraries) {
      contents.add(Content.of(library));
    }
    Path folder = folder(libraries, contents, cache);
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

  private static Path folder(List<URL> libraries, List<Content> contents, Path cache)
      throws IOException {
    CRC32 all = new CRC32();
    for (int i = 0; i < libraries.size(); i++) {
      all.update((name(libraries.get(i)) + contents.get(i)).getBytes(StandardCharsets.UTF_8));
    }
    Path folder =
        cache
            .resolve("lemniscate")
            .resolve("natives-%s-%08x".formatted(NativeLibraries.platform(), all.getValue()));
    try {
      Files.createDirectories(folder);
      if (Files.isWritable(folder)) {
        return folder;
      }
    } catch (IOException unwritableHome) {
      // No home to write to, as in some containers: a folder of this process then.
    }
    Path temporary = Files.createTempDirectory("lemniscate-natives");
    temporary.toFile().deleteOnExit();
    // After the folder: what is registered last is deleted first.
    libraries.forEach(library -> temporary.resolve(name(library)).toFile().deleteOnExit());
    return temporary;
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
