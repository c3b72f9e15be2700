package lemniscate.data;

import java.io.EOFException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a public data set: {@code data get}.
 *
 * <p>Each file goes to a temporary file in the target folder, is synced, compared with the size and
 * SHA-256 of its uncompressed content, and only then renamed to its final name. So a file with its
 * final name is whole and right, however the program ended. Files that are there and right are left
 * alone; nothing resumes in the middle of a file.
 */
public final class DatasetDownload {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(60);
  private static final int CHUNK_BYTES = 1 << 16;
  // Compressed files are never longer than their content by more than headers and block overhead.
  private static final long SLACK_BYTES = 1 << 20;
  private static final int HTTP_OK = 200;
  private static final String PART = ".part";
  static final Pattern TEMPORARY =
      Pattern.compile("\\..+\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\" + PART);

  private DatasetDownload() {}

  /** Told of progress, often, on the calling thread. */
  @FunctionalInterface
  public interface Progress {
    /**
     * Bytes have arrived.
     *
     * @param file name of the file
     * @param bytes bytes so far
     * @param total bytes to come in all, or -1 if the server does not say
     */
    void update(String file, long bytes, long total);
  }

  /** The sets that can be fetched. */
  public static List<String> names() {
    return PublicSet.ALL.stream().filter(PublicSet::downloadable).map(PublicSet::name).toList();
  }

  /**
   * Fetches a set.
   *
   * @param name one of {@link #names()}
   * @param folder where its files go; made if it does not exist
   * @param base address of the folder that offers the files, in place of the known ones; or null
   * @param progress told of progress
   * @return the paths of the files
   * @throws BadInputException if the name is unknown or needs no download, or the folder or the
   *     address is unusable
   * @throws DownloadException if the files could not be fetched, or are not the right ones
   */
  public static List<Path> get(String name, Path folder, @Nullable URI base, Progress progress)
      throws DownloadException {
    PublicSet set = Datasets.find(name);
    if (set == null) {
      throw new BadInputException(
          "%s needs no download: it is part of the program. Sets to download: %s."
              .formatted(name, String.join(", ", names())));
    }
    if (!set.downloadable()) {
      throw new BadInputException(
          "%s is not downloaded by this program, which fetches %s; %s, and name the folder with data.dir."
              .formatted(name, String.join(", ", names()), set.manual()));
    }
    return get(set, folder, base == null ? set.mirrors() : List.of(base), progress);
  }

  /** Fetches a set from the first base address that has its files. */
  static List<Path> get(PublicSet set, Path folder, List<URI> bases, Progress progress)
      throws DownloadException {
    for (URI base : bases) {
      if (!"http".equals(base.getScheme()) && !"https".equals(base.getScheme())) {
        throw new BadInputException(
            ("the address %s cannot be downloaded from; give one that starts with https:// "
                    + "or http://.")
                .formatted(base));
      }
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new BadInputException(
          "the folder %s cannot be made (%s); give another one.".formatted(folder, e), e);
    }
    LeftFiles.remove(folder, TEMPORARY);
    try (HttpClient client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(CONNECT_TIMEOUT)
            .build()) {
      return new Session(client, set, folder, bases, progress).get();
    }
  }

  /** One call of {@link #get}: what all its steps need. */
  private record Session(
      HttpClient client, PublicSet set, Path folder, List<URI> bases, Progress progress) {

    List<Path> get() throws DownloadException {
      PublicSet.Archive archive = set.archive();
      List<Path> present = set.downloaded(folder);
      if (archive != null) {
        if (present != null && allRight(present)) {
          return present;
        }
        fetch(archive.name(), archive.bytes(), contentBytes(), this::unpack);
        return set.files().stream().map(file -> folder.resolve(file.name())).toList();
      }
      List<Path> paths = new ArrayList<>();
      for (PublicSet.KnownFile file : set.files()) {
        paths.add(getFile(file));
      }
      return paths;
    }

    private long contentBytes() {
      return set.files().stream().mapToLong(PublicSet.KnownFile::bytes).sum();
    }

    private boolean allRight(List<Path> paths) {
      for (int i = 0; i < paths.size(); i++) {
        if (problem(paths.get(i), set.files().get(i)) != null) {
          return false;
        }
      }
      return true;
    }

    private Path getFile(PublicSet.KnownFile file) throws DownloadException {
      Path target = folder.resolve(file.name() + ".gz");
      Path present = IdxLayout.path(folder, file.name());
      if (present != null) {
        String problem = problem(present, file);
        if (problem == null) {
          return present;
        }
        if (!present.equals(target)) {
          throw new DownloadException(
              ("%s is not the official file (%s) and would be read in place of a fetched "
                      + "one; remove it or choose another folder.")
                  .formatted(present, problem));
        }
      }
      fetch(
          target.getFileName().toString(),
          -1,
          file.bytes(),
          arrived -> {
            String problem = problem(arrived, file);
            if (problem != null) {
              throw new IOException(problem);
            }
            rename(arrived, target);
          });
      return target;
    }

    /**
     * Fetches one remote file to a temporary one and hands that on; tries each base address in
     * turn.
     *
     * @param expectedBytes its usual size, for progress where the server does not say; or -1
     * @param contentBytes the size of its content, which it cannot exceed by much
     */
    private void fetch(String remote, long expectedBytes, long contentBytes, Arrival arrival)
        throws DownloadException {
      List<String> problems = new ArrayList<>();
      for (URI base : bases) {
        URI uri = URI.create(base.toString().replaceFirst("/?$", "/") + remote);
        Path temporary = temporary(remote);
        try {
          try {
            transfer(uri, temporary, remote, expectedBytes, contentBytes + SLACK_BYTES);
            arrival.accept(temporary);
            return;
          } finally {
            Files.deleteIfExists(temporary);
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw interrupted(uri, e);
        } catch (DownloadException e) {
          // Of this machine's own: another server does not help.
          throw e;
        } catch (IOException e) {
          // The body of a response tells of an interruption in this way.
          if (Thread.currentThread().isInterrupted()) {
            throw interrupted(uri, e);
          }
          problems.add(uri + ": " + reason(e));
        }
      }
      throw new DownloadException(
          ("%s could not be fetched (%s). Without a connection: %s, put %s into a folder "
                  + "and name it with data.dir, or call it %s and put it into the folder that %s "
                  + "names.")
              .formatted(
                  set.name(),
                  String.join("; ", problems),
                  set.manual(),
                  set.layout().expected(),
                  set.name(),
                  DataLocations.VARIABLE));
    }

    private static DownloadException interrupted(URI uri, Exception cause) {
      return new DownloadException(
          "the download of %s was interrupted; nothing unfinished was kept.".formatted(uri), cause);
    }

    private Path temporary(String name) {
      return folder.resolve("." + name + "." + UUID.randomUUID() + PART);
    }

    private void transfer(URI uri, Path temporary, String name, long expectedBytes, long limit)
        throws IOException, InterruptedException {
      HttpRequest request =
          HttpRequest.newBuilder(uri)
              .timeout(RESPONSE_TIMEOUT)
              .header("User-Agent", "lemniscate")
              .build();
      HttpResponse<InputStream> response =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        if (response.statusCode() != HTTP_OK) {
          throw new IOException("the server answers with HTTP status " + response.statusCode());
        }
        long stated = response.headers().firstValueAsLong("Content-Length").orElse(-1);
        long total = stated >= 0 ? stated : expectedBytes;
        try (FileChannel channel = create(temporary);
            OutputStream out = new ToDisk(Channels.newOutputStream(channel), folder)) {
          byte[] chunk = new byte[CHUNK_BYTES];
          long bytes = 0;
          progress.update(name, 0, total);
          for (int n = body.read(chunk); n >= 0; n = body.read(chunk)) {
            bytes += n;
            if (bytes > limit) {
              throw new IOException(
                  "more than %d bytes arrive, so it is not the right file".formatted(limit));
            }
            out.write(chunk, 0, n);
            progress.update(name, bytes, total);
            if (Thread.interrupted()) {
              throw new InterruptedException();
            }
          }
          if (stated >= 0 && bytes != stated) {
            throw new IOException("%d of %d bytes arrived".formatted(bytes, stated));
          }
          channel.force(true);
        }
      }
    }

    /**
     * Unpacks the files of the set from an archive; all are right before the first gets its name.
     */
    private void unpack(Path archive) throws IOException {
      Map<String, PublicSet.KnownFile> wanted = new HashMap<>();
      set.files().forEach(file -> wanted.put(file.name(), file));
      Map<String, Path> unpacked = new HashMap<>();
      try {
        try (InputStream gzip = new GZIPInputStream(Files.newInputStream(archive), CHUNK_BYTES)) {
          TarInput tar = new TarInput(gzip);
          for (TarInput.Entry entry = tar.next(); entry != null; entry = tar.next()) {
            PublicSet.KnownFile file = wanted.get(entry.fileName());
            if (file == null || unpacked.containsKey(file.name())) {
              continue;
            }
            if (entry.bytes() != file.bytes()) {
              throw new IOException(
                  "%s in the archive has %d bytes, expected %d"
                      .formatted(file.name(), entry.bytes(), file.bytes()));
            }
            Path temporary = temporary(file.name());
            unpacked.put(file.name(), temporary);
            try (FileChannel channel = create(temporary);
                OutputStream out = new ToDisk(Channels.newOutputStream(channel), folder)) {
              tar.copyTo(out);
              channel.force(true);
            }
            String problem = problem(temporary, file);
            if (problem != null) {
              throw new IOException(file.name() + " in the archive: " + problem);
            }
          }
        }
        Set<String> missing = new HashSet<>(wanted.keySet());
        missing.removeAll(unpacked.keySet());
        if (!missing.isEmpty()) {
          throw new IOException(
              "the archive lacks " + String.join(", ", missing.stream().sorted().toList()));
        }
        for (Map.Entry<String, Path> entry : unpacked.entrySet()) {
          rename(entry.getValue(), folder.resolve(entry.getKey()));
        }
      } finally {
        for (Path temporary : unpacked.values()) {
          Files.deleteIfExists(temporary);
        }
      }
    }

    /** Tells a disk that takes no more from a server that gives no more. */
    private static final class ToDisk extends FilterOutputStream {
      private final Path folder;

      ToDisk(OutputStream out, Path folder) {
        super(out);
        this.folder = folder;
      }

      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int count) throws IOException {
        try {
          out.write(bytes, offset, count);
        } catch (ClosedByInterruptException e) {
          throw e;
        } catch (IOException e) {
          throw new DownloadException(
              "cannot write to %s (%s); nothing unfinished was kept: make room there, or name another folder with --data.dir."
                  .formatted(folder, e.getMessage()),
              e);
        }
      }
    }

    private static FileChannel create(Path file) throws IOException {
      return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private static void rename(Path from, Path to) throws IOException {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What is wrong with the content of a file; null if nothing is. */
    private static @Nullable String problem(Path path, PublicSet.KnownFile file) {
      try (StrictInput in = StrictInput.open(path)) {
        String found = in.sha256(ContentHash.sha256());
        return found.equals(file.sha256())
            ? null
            : "its content has SHA-256 %s, expected %s".formatted(found, file.sha256());
      } catch (BadInputException e) {
        return "it cannot be decompressed: it is incomplete or damaged";
      }
    }

    private static String reason(IOException e) {
      return switch (e) {
        case HttpConnectTimeoutException timeout -> "the server does not answer";
        case HttpTimeoutException timeout -> "the server does not answer in time";
        case ConnectException refused -> "the server could not be reached";
        case EOFException early -> "the file is incomplete or damaged";
        case ZipException damaged -> "the file is not a valid archive";
        default -> e.getMessage() == null ? e.toString() : e.getMessage();
      };
    }
  }

  /** What becomes of a file that has arrived. */
  @FunctionalInterface
  private interface Arrival {
    void accept(Path temporary) throws IOException;
  }
}
