package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UnpackedLibrariesTest {

  @TempDir private Path folder;
  private Path cache;

  @BeforeEach
  void nameCache() {
    cache = folder.resolve("cache");
  }

  private URL inJar(String jar, String content) throws IOException {
    Path file = folder.resolve(jar);
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(file))) {
      out.putNextEntry(new JarEntry("place/libx.so"));
      out.write(content.getBytes(StandardCharsets.UTF_8));
    }
    return URI.create("jar:" + file.toUri() + "!/place/libx.so").toURL();
  }

  private Path unpacked(URL library) throws IOException {
    return UnpackedLibraries.load(List.of(library), () -> cache, List::getFirst).library();
  }

  private List<String> namesInCache(Path file) throws IOException {
    try (Stream<Path> files = Files.list(file.getParent())) {
      return files.map(path -> path.getFileName().toString()).toList();
    }
  }

  @Test
  void buildsOfEqualSizeDoNotMix() throws IOException {
    Path one = unpacked(inJar("one.jar", "library 1"));
    Path two = unpacked(inJar("two.jar", "library 2"));
    assertThat(one).hasContent("library 1").hasFileName("libx.so");
    assertThat(two).hasContent("library 2");
    assertThat(unpacked(inJar("same.jar", "library 1"))).isEqualTo(one);
  }

  @Test
  void aWrongOrHalfWrittenFileIsReplaced() throws IOException {
    URL library = inJar("one.jar", "library 1");
    Path file = unpacked(library);
    for (String wrong : List.of("", "libra", "library 2", "library 1 and more")) {
      Files.writeString(file, wrong);
      assertThat(unpacked(library)).isEqualTo(file).hasContent("library 1");
    }
    assertThat(namesInCache(file)).containsExactly("libx.so");
  }

  @Test
  void aRightFileIsLeftAlone() throws IOException {
    URL library = inJar("one.jar", "library 1");
    Path file = unpacked(library);
    Object before = Files.getAttribute(file, "basic:fileKey");
    unpacked(library);
    assertThat(Files.getAttribute(file, "basic:fileKey")).isEqualTo(before);
  }

  @Test
  void severalAtOnce() throws Exception {
    String content = "library".repeat(100_000);
    URL library = inJar("one.jar", content);
    Path right = unpacked(library);
    for (int round = 0; round < 20; round++) {
      Files.writeString(right, "wrong");
      List<Future<String>> found = new ArrayList<>();
      try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
        for (int i = 0; i < 8; i++) {
          found.add(pool.submit(() -> Files.readString(unpacked(library))));
        }
      }
      for (Future<String> each : found) {
        assertThat(each.get().equals(content)).as("whole").isTrue();
      }
    }
    assertThat(namesInCache(right)).containsExactly("libx.so");
  }

  @Test
  void whereTheCacheCannotBeWrittenATemporaryFolderServes() throws IOException {
    Files.writeString(cache, "a file where the folder would be");
    UnpackedLibraries.Loaded<Path> loaded =
        UnpackedLibraries.load(List.of(inJar("one.jar", "library 1")), () -> cache, List::getFirst);
    assertThat(loaded.library()).hasContent("library 1");
    assertThat(loaded.library().startsWith(folder)).isFalse();
    assertThat(loaded.notice())
        .contains(cache.resolve("lemniscate") + " cannot serve", "XDG_CACHE_HOME")
        .doesNotContain("\n");
  }

  /** As where the cache is mounted noexec. */
  @Test
  void whereTheSystemLoadsNothingFromTheCacheATemporaryFolderServes() throws IOException {
    UnpackedLibraries.Loaded<Path> loaded =
        UnpackedLibraries.load(
            List.of(inJar("one.jar", "library 1")), () -> cache, files -> outsideOf(cache, files));
    assertThat(loaded.library()).hasContent("library 1");
    assertThat(loaded.notice()).contains("noexec");
    assertThatThrownBy(
            () ->
                UnpackedLibraries.load(
                    List.of(inJar("one.jar", "library 1")),
                    () -> cache,
                    files -> outsideOf(Path.of("/"), files)))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(cache.toString(), System.getProperty("java.io.tmpdir"));
  }

  private static Path outsideOf(Path place, List<Path> files) {
    if (files.getFirst().startsWith(place)) {
      throw new IllegalArgumentException("Cannot open library: " + files.getFirst());
    }
    return files.getFirst();
  }

  @Test
  void withoutAHomeThereIsNoCache() throws IOException {
    assertThat(UnpackedLibraries.cache("", "/home/x")).isEqualTo(Path.of("/home/x/.cache"));
    assertThat(UnpackedLibraries.cache("/c", "?")).isEqualTo(Path.of("/c"));
    assertThat(UnpackedLibraries.cache("relative", "/home/x")).isEqualTo(Path.of("/home/x/.cache"));
    UnpackedLibraries.Loaded<Path> loaded =
        UnpackedLibraries.load(
            List.of(inJar("one.jar", "library 1")),
            () -> UnpackedLibraries.cache("", "?"),
            List::getFirst);
    assertThat(loaded.library()).hasContent("library 1");
    assertThat(loaded.notice()).contains("because no home folder");
  }

  @Test
  void aFileStaysWhereItIs() throws IOException {
    Path file = Files.writeString(folder.resolve("libx y.so"), "library");
    assertThat(unpacked(file.toUri().toURL())).isEqualTo(file);
    assertThat(cache).doesNotExist();
  }

  @Test
  void aBrokenJarGivesNoLibrary() throws IOException {
    URL library = inJar("one.jar", "library 1");
    Path jar = folder.resolve("one.jar");
    byte[] bytes = Files.readAllBytes(jar);
    // Its directory, at the end, tells another checksum: 4 bytes, 16 behind the start of the entry.
    for (int i = 0; i < bytes.length - 4; i++) {
      if (bytes[i] == 'P' && bytes[i + 1] == 'K' && bytes[i + 2] == 1 && bytes[i + 3] == 2) {
        bytes[i + 16] ^= 1;
      }
    }
    Files.write(jar, bytes);
    assertThatThrownBy(() -> unpacked(library))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not what it should be");
  }
}
