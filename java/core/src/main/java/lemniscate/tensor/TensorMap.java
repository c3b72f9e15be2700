package lemniscate.tensor;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Values under views, found by what overlaps a view in about the time that the answer takes,
 * however many there are: a step of a deep network has hundreds of thousands of operands.
 *
 * @param <V> what is kept
 */
public final class TensorMap<V> {

  private record Entry<V>(Tensor view, V value) {}

  /** The views in a piece of memory by their offsets. */
  private static final class Views<V> {
    private final TreeMap<Long, List<Entry<V>>> byOffset = new TreeMap<>();
    private long longest;

    void put(Entry<V> entry) {
      byOffset.computeIfAbsent(entry.view().offset(), _ -> new ArrayList<>(1)).add(entry);
      longest = Math.max(longest, entry.view().elements());
    }

    // What starts so far before a view that it cannot reach it is left out.
    Iterable<List<Entry<V>>> near(Tensor view) {
      return byOffset
          .subMap(view.offset() - longest, false, view.offset() + view.elements(), false)
          .values();
    }
  }

  private final Map<Storage, Views<V>> byStorage = new IdentityHashMap<>();

  /** Adds a value; others may be under the same view. */
  public void put(Tensor view, V value) {
    byStorage.computeIfAbsent(view.storage(), _ -> new Views<>()).put(new Entry<>(view, value));
  }

  /** Whether there is a value under a view that shares an element with this one. */
  public boolean overlaps(Tensor view) {
    Views<V> views = byStorage.get(view.storage());
    if (views != null) {
      for (List<Entry<V>> entries : views.near(view)) {
        for (Entry<V> entry : entries) {
          if (entry.view().overlaps(view)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /** The values under views that share an element with this one; those of one view in order. */
  public List<V> overlapping(Tensor view) {
    return found(view, entry -> entry.view().overlaps(view));
  }

  /** The values under this very view, in the order in which they came. */
  public List<V> at(Tensor view) {
    return found(view, entry -> entry.view().isSameView(view));
  }

  private List<V> found(Tensor view, Predicate<Entry<V>> wanted) {
    Views<V> views = byStorage.get(view.storage());
    if (views == null) {
      return List.of();
    }
    List<V> found = new ArrayList<>();
    for (List<Entry<V>> entries : views.near(view)) {
      for (Entry<V> entry : entries) {
        if (wanted.test(entry)) {
          found.add(entry.value());
        }
      }
    }
    return found;
  }

  /** Takes away what is under views that share an element with this one. */
  public void removeOverlapping(Tensor view) {
    Views<V> views = byStorage.get(view.storage());
    if (views != null) {
      for (List<Entry<V>> entries : views.near(view)) {
        entries.removeIf(entry -> entry.view().overlaps(view));
      }
    }
  }

  /** Takes everything away. */
  public void clear() {
    byStorage.clear();
  }
}
