package lemniscate.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The folders where public data sets are searched for when no folder is given, in this order: the
 * shared folder, the user's cache, the folders that distributions install to. Set NAME is expected
 * in the subfolder NAME of each, since MNIST and Fashion-MNIST have the same file names; the shared
 * folder may also itself be called NAME.
 *
 * @param shared folder named by the variable {@code LEMNISCATE_DATA}, or null
 * @param cache the user's cache, where downloads go
 * @param installed folders that distributions install to
 */
public record DataLocations(@Nullable Path shared, Path cache, List<Path> installed) {
  /** The variable that names the shared folder. */
  public static final String VARIABLE = "LEMNISCATE_DATA";

  /** Keeps an unmodifiable copy of the list. */
  public DataLocations {
    installed = List.copyOf(installed);
  }

  /**
   * The locations of this user and machine: {@code $LEMNISCATE_DATA}; {@code
   * $XDG_CACHE_HOME/lemniscate}, or {@code ~/.cache/lemniscate} where that is not set to an
   * absolute path; {@code /usr/share/datasets} (where the Debian package {@code
   * dataset-fashion-mnist} installs) and {@code /usr/local/share/datasets}.
   */
  public static DataLocations fromEnvironment() {
    return from(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  static DataLocations from(Map<String, String> environment, Path home) {
    String shared = environment.getOrDefault(VARIABLE, "");
    // The XDG specification has relative paths ignored.
    Path xdg = Path.of(environment.getOrDefault("XDG_CACHE_HOME", ""));
    Path cache = xdg.isAbsolute() ? xdg : home.resolve(".cache");
    return new DataLocations(
        shared.isBlank() ? null : Path.of(shared),
        cache.resolve("lemniscate"),
        List.of(Path.of("/usr/share/datasets"), Path.of("/usr/local/share/datasets")));
  }

  /** Where a download of a set goes unless a folder is given. */
  public Path downloadFolder(String name) {
    return cache.resolve(name);
  }

  /** The folders in which a set is looked for, first choice first. */
  List<Path> candidates(String name) {
    List<Path> folders = new ArrayList<>();
    if (shared != null) {
      folders.add(shared.resolve(name));
      Path own = shared.getFileName();
      if (own != null && own.toString().equals(name)) {
        folders.add(shared);
      }
    }
    folders.add(cache.resolve(name));
    installed.forEach(folder -> folders.add(folder.resolve(name)));
    return folders;
  }
}
