package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DatasetDownloadTest {
  private static final DatasetDownload.Progress SILENT = (file, bytes, total) -> {};
  private static final List<String> IDX_NAMES =
      List.of(
          "train-images-idx3-ubyte",
          "train-labels-idx1-ubyte",
          "t10k-images-idx3-ubyte",
          "t10k-labels-idx1-ubyte");

  @FunctionalInterface
  private interface Answer {
    void give(HttpExchange exchange) throws IOException;
  }

  @TempDir private Path dir;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final List<String> asked = new ArrayList<>();
  private final CountDownLatch released = new CountDownLatch(1);
  private ExecutorService threads;
  private HttpServer server;
  private URI base;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    threads = Executors.newCachedThreadPool();
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            String name = exchange.getRequestURI().getPath().replaceFirst(".*/", "");
            synchronized (asked) {
              asked.add(name);
            }
            answers.getOrDefault(name, e -> e.sendResponseHeaders(404, -1)).give(exchange);
          }
        });
    server.start();
    base = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/sub");
  }

  @AfterEach
  void stop() {
    released.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private static Answer body(byte[] content) {
    return exchange -> {
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content);
    };
  }

  /** Content that does not compress, so that it travels in more than one piece. */
  private static byte[] content(int index) {
    byte[] bytes = new byte[200_000 + index];
    new Random(index).nextBytes(bytes);
    return bytes;
  }

  private static String sha256(byte[] content) {
    try {
      return ContentHash.of(new ByteArrayInputStream(content));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static PublicSet idxSet() {
    List<PublicSet.KnownFile> files = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      files.add(new PublicSet.KnownFile(IDX_NAMES.get(i), content(i).length, sha256(content(i))));
    }
    return new PublicSet(
        "mnist", "test", IdxLayout.mnist("MNIST", 10), files, null, List.of(), "ask a librarian");
  }

  private void serveAll() {
    for (int i = 0; i < 4; i++) {
      answers.put(IDX_NAMES.get(i) + ".gz", body(DataFiles.gzip(content(i))));
    }
  }

  private List<Path> get(PublicSet set) throws DownloadException {
    return DatasetDownload.get(set, dir, List.of(base), SILENT);
  }

  private List<String> present() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void fetchesVerifiesAndNames() throws IOException {
    serveAll();
    List<String> last = new ArrayList<>();
    List<Path> paths =
        DatasetDownload.get(
            idxSet(),
            dir.resolve("new/folder"),
            List.of(base),
            (file, bytes, total) -> {
              if (bytes == total) {
                last.add(file);
              }
            });
    assertThat(paths)
        .extracting(p -> p.getFileName().toString())
        .containsExactlyElementsOf(IDX_NAMES.stream().map(n -> n + ".gz").toList());
    assertThat(last).hasSize(4);
    for (int i = 0; i < 4; i++) {
      assertThat(Files.readAllBytes(paths.get(i))).isEqualTo(DataFiles.gzip(content(i)));
    }
    assertThat(asked).hasSize(4);
    // Again: all is there and right, nothing is asked for.
    DatasetDownload.get(idxSet(), dir.resolve("new/folder"), List.of(base), SILENT);
    assertThat(asked).hasSize(4);
  }

  @Test
  void otherCompressionIsTheSameFile() throws IOException {
    serveAll();
    answers.put(IDX_NAMES.get(2) + ".gz", body(content(2))); // not compressed at all
    get(idxSet());
    assertThat(present()).hasSize(4);
  }

  @Test
  void replacesADamagedFile() throws IOException {
    serveAll();
    DataFiles.write(dir.resolve(IDX_NAMES.get(1) + ".gz"), DataFiles.bytes(1, 2, 3));
    get(idxSet());
    assertThat(Files.readAllBytes(dir.resolve(IDX_NAMES.get(1) + ".gz")))
        .isEqualTo(DataFiles.gzip(content(1)));
  }

  @Test
  void doesNotTouchAnotherFileThatWouldBeReadInstead() {
    serveAll();
    Path other = DataFiles.write(dir.resolve(IDX_NAMES.get(0)), DataFiles.bytes(1, 2, 3));
    assertThatThrownBy(() -> get(idxSet()))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining(other.toString())
        .hasMessageContaining("remove it or choose another folder");
    assertThat(other).hasBinaryContent(DataFiles.bytes(1, 2, 3));
  }

  @Test
  void refusesAWrongHash() throws IOException {
    serveAll();
    byte[] wrong = content(0);
    wrong[100_000] ^= 1;
    answers.put(IDX_NAMES.get(0) + ".gz", body(DataFiles.gzip(wrong)));
    assertThatThrownBy(() -> get(idxSet()))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("SHA-256 " + sha256(wrong))
        .hasMessageContaining("expected " + sha256(content(0)))
        .hasMessageContaining("ask a librarian");
    assertThat(present()).isEmpty();
  }

  @Test
  void refusesAShortBody() throws IOException {
    serveAll();
    byte[] full = DataFiles.gzip(content(0));
    answers.put(
        IDX_NAMES.get(0) + ".gz",
        exchange -> {
          exchange.sendResponseHeaders(200, full.length);
          exchange.getResponseBody().write(full, 0, full.length / 2);
          exchange.getResponseBody().flush();
          // Closing the exchange now cuts the connection.
        });
    assertThatThrownBy(() -> get(idxSet())).isInstanceOf(DownloadException.class);
    assertThat(present()).isEmpty();
    // Without a stated length only the content shows that it is cut.
    answers.put(
        IDX_NAMES.get(0) + ".gz",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write(full, 0, full.length / 2);
        });
    assertThatThrownBy(() -> get(idxSet()))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("incomplete or damaged");
    assertThat(present()).isEmpty();
  }

  @Test
  void refusesAnEndlessBody() throws IOException {
    answers.put(
        IDX_NAMES.get(0) + ".gz",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          OutputStream out = exchange.getResponseBody();
          byte[] chunk = new byte[1 << 16];
          for (int i = 0; i < 48; i++) {
            out.write(chunk);
          }
        });
    assertThatThrownBy(() -> get(idxSet()))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("more than " + (200_000 + (1 << 20)) + " bytes");
    assertThat(present()).isEmpty();
  }

  @Test
  void reportsStatusAndKeepsWhatCameBefore() throws IOException {
    serveAll();
    answers.remove(IDX_NAMES.get(1) + ".gz");
    assertThatThrownBy(() -> get(idxSet()))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining(base + "/train-labels-idx1-ubyte.gz")
        .hasMessageContaining("HTTP status 404");
    assertThat(present()).containsExactly(IDX_NAMES.get(0) + ".gz");
  }

  @Test
  void saysThatItCouldNotBeReachedAndWhatToDo() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    URI refused = URI.create("http://127.0.0.1:" + free + "/");
    assertThatThrownBy(() -> DatasetDownload.get("fashion-mnist", dir, refused, SILENT))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("could not be reached")
        .hasMessageContaining("dataset-fashion-mnist")
        .hasMessageContaining("by hand")
        .hasMessageContaining("data.dir")
        .hasMessageContaining("train-images-idx3-ubyte");
    assertThat(present()).isEmpty();
    // The next mirror is tried.
    serveAll();
    DatasetDownload.get(idxSet(), dir, List.of(refused, base), SILENT);
    assertThat(present()).hasSize(4);
  }

  @Test
  void interruptionLeavesNothingBehind() throws Exception {
    byte[] full = DataFiles.gzip(content(0));
    CountDownLatch halfWay = new CountDownLatch(1);
    answers.put(
        IDX_NAMES.get(0) + ".gz",
        exchange -> {
          exchange.sendResponseHeaders(200, full.length);
          exchange.getResponseBody().write(full, 0, full.length / 2);
          exchange.getResponseBody().flush();
          try {
            released.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicReference<Boolean> flag = new AtomicReference<>();
    AtomicReference<List<String>> during = new AtomicReference<>();
    Thread caller =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    DatasetDownload.get(
                        idxSet(),
                        dir,
                        List.of(base),
                        (file, bytes, total) -> {
                          if (bytes > 0) {
                            halfWay.countDown();
                          }
                        });
                  } catch (Throwable t) {
                    thrown.set(t);
                    flag.set(Thread.currentThread().isInterrupted());
                  }
                });
    assertThat(halfWay.await(30, TimeUnit.SECONDS)).isTrue();
    during.set(present());
    caller.interrupt();
    caller.join(30_000);
    assertThat(thrown.get())
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("interrupted");
    assertThat(flag.get()).isTrue();
    // While it runs there is a hidden temporary file only, so a kill at that moment leaves no final
    // one.
    assertThat(during.get()).hasSize(1).allMatch(f -> f.startsWith(".") && f.endsWith(".part"));
    assertThat(present()).isEmpty();
  }

  @Test
  void refusesWhatCannotBeFetched() {
    assertThatThrownBy(() -> DatasetDownload.get("fashion-mnist-mini", dir, base, SILENT))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("needs no download");
    assertThatThrownBy(() -> DatasetDownload.get("cifar-100", dir, base, SILENT))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("cifar-100 is not downloaded")
        .hasMessageContaining("https://www.cs.toronto.edu/~kriz/cifar.html");
    assertThatThrownBy(() -> DatasetDownload.get("minst", dir, base, SILENT))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("did you mean 'mnist'?");
    assertThatThrownBy(
            () -> DatasetDownload.get("mnist", dir, URI.create("ftp://example.org/"), SILENT))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("ftp://example.org/");
    Path file = DataFiles.write(dir.resolve("file"), new byte[1]);
    assertThatThrownBy(() -> DatasetDownload.get("mnist", file.resolve("x"), base, SILENT))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("cannot be made");
  }

  // ---- archive ----

  private static final List<String> CIFAR_NAMES =
      List.of(
          "data_batch_1.bin",
          "data_batch_2.bin",
          "data_batch_3.bin",
          "data_batch_4.bin",
          "data_batch_5.bin",
          "test_batch.bin");

  private static PublicSet archiveSet() {
    List<PublicSet.KnownFile> files = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      files.add(
          new PublicSet.KnownFile(
              CIFAR_NAMES.get(i),
              CifarReaderTest.records(i, i).length,
              sha256(CifarReaderTest.records(i, i))));
    }
    return new PublicSet(
        "cifar-10",
        "t",
        CifarSet.CIFAR_10,
        files,
        new PublicSet.Archive("c.tar.gz", -1),
        List.of(),
        "by hand");
  }

  private static byte[] archive(int files, int damaged) {
    byte[] tar =
        DataFiles.concat(
            DataFiles.tarEntry("cifar/", '5', new byte[0]),
            DataFiles.tarEntry("cifar/readme.html", '0', new byte[700]),
            DataFiles.tarEntry("cifar/data_batch_1.bin", '2', new byte[0])); // a link: not a file
    for (int i = files - 1; i >= 0; i--) {
      byte[] content = CifarReaderTest.records(i, i);
      if (i == damaged) {
        content[5] ^= 1;
      }
      String folder = i == 2 ? "../../" : "cifar/";
      tar = DataFiles.concat(tar, DataFiles.tarEntry(folder + CIFAR_NAMES.get(i), '0', content));
    }
    return DataFiles.gzip(DataFiles.concat(tar, new byte[1024]));
  }

  @Test
  void unpacksAnArchive() throws IOException {
    answers.put("c.tar.gz", body(archive(6, -1)));
    List<Path> paths = get(archiveSet());
    // Only the files of the set, and only in the folder itself, whatever paths the archive has.
    assertThat(present()).containsExactlyElementsOf(CIFAR_NAMES);
    for (int i = 0; i < 6; i++) {
      assertThat(paths.get(i)).hasBinaryContent(CifarReaderTest.records(i, i));
    }
    assertThat(CifarSet.CIFAR_10.locate(dir, true).read("cifar-10", false).train().label(3))
        .isEqualTo(3);
    get(archiveSet());
    assertThat(asked).hasSize(1);
  }

  @Test
  void anArchiveThatIsNotRightLeavesNothing() throws IOException {
    answers.put("c.tar.gz", body(archive(6, 3)));
    assertThatThrownBy(() -> get(archiveSet()))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("data_batch_4.bin in the archive: its content has SHA-256");
    assertThat(present()).isEmpty();

    answers.put("c.tar.gz", body(archive(5, -1)));
    assertThatThrownBy(() -> get(archiveSet()))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("the archive lacks test_batch.bin");
    assertThat(present()).isEmpty();

    byte[] whole = archive(6, -1);
    answers.put("c.tar.gz", body(Arrays.copyOf(whole, whole.length / 2)));
    assertThatThrownBy(() -> get(archiveSet()))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("incomplete or damaged");
    assertThat(present()).isEmpty();

    answers.put("c.tar.gz", body(DataFiles.bytes('<', 'h', 't', 'm', 'l', '>')));
    assertThatThrownBy(() -> get(archiveSet()))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("not a valid archive");

    byte[] tar = DataFiles.tarEntry(CIFAR_NAMES.get(0), '0', CifarReaderTest.records(0, 0));
    tar[0] ^= 1; // the header no longer has its checksum
    answers.put("c.tar.gz", body(DataFiles.gzip(tar)));
    assertThatThrownBy(() -> get(archiveSet()))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("not a valid archive");
    assertThat(present()).isEmpty();
  }
}
