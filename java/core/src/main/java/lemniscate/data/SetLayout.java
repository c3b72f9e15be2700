package lemniscate.data;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the files of a set are called and how they are read. */
sealed interface SetLayout permits CifarSet, IdxLayout {
  /**
   * The files of the set in a folder.
   *
   * @param own whether the folder is that of this set alone, so that names without the set's are
   *     taken for it
   * @return null if a file is missing
   */
  @Nullable SetFiles locate(Path folder, boolean own);

  /** What a folder lacks that has some of the files; empty if it has none. */
  List<String> missing(Path folder);

  /** What to call the expected files in a message. */
  String expected();
}
