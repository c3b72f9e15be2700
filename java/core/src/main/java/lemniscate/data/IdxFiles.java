package lemniscate.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Four IDX files that were found.
 *
 * @param layout what they are
 * @param paths images and labels of training, images and labels of test
 */
record IdxFiles(IdxLayout layout, List<Path> paths) implements SetFiles {
  IdxFiles {
    paths = List.copyOf(paths);
  }

  @Override
  public Path path() {
    return Objects.requireNonNull(
        paths.getFirst().toAbsolutePath().getParent(), "a file has a folder");
  }

  @Override
  public DataSplits read(String name, boolean coarse) {
    return new DataSplits(
        name,
        IdxReader.read(name + "/train", paths.get(0), paths.get(1), layout),
        IdxReader.read(name + "/test", paths.get(2), paths.get(3), layout));
  }

  @Override
  public Counts counts() {
    return new Counts(IdxReader.count(paths.get(0)), IdxReader.count(paths.get(2)));
  }

  @Override
  public List<Path> plain() {
    return paths;
  }
}
