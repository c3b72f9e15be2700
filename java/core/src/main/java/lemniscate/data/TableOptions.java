package lemniscate.data;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the columns of a table mean: config keys {@code data.label}, {@code data.drop}, {@code
 * data.header} and {@code data.task}.
 *
 * @param label column that is to be predicted, by name or place from 1; null for one that is called
 *     so
 * @param drop columns that are left out, by name or place from 1
 * @param header whether the first row holds names; null to tell it by the row
 * @param task {@code classification} or {@code regression}; null to tell it by the label column
 */
public record TableOptions(
    @Nullable String label, List<String> drop, @Nullable Boolean header, @Nullable String task) {
  /** Nothing is said. */
  public static final TableOptions NONE = new TableOptions(null, List.of(), null, null);

  /** Copies the list. */
  public TableOptions {
    drop = List.copyOf(drop);
  }
}
