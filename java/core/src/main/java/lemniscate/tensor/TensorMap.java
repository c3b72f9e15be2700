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

  /** So many are looked through one by one in less time than they are put in order. */
  private static final int FEW = 16;

  private final List<Entry<V>> few = new ArrayList<>();
  private final Map<Storage, Views<V>> byStorage = new IdentityHashMap<>();

  /** Adds a value; others may be under the same view. */
  public void put(Tensor view, V value) {
    Entry<V> entry = new Entry<>(view, value);
    if (byStorage.isEmpty() && few.size() < FEW) {
      few.add(entry);
      return;
    }
    few.forEach(this::order);
    few.clear();
    order(entry);
  }

  private void order(Entry<V> entry) {
    byStorage.computeIfAbsent(entry.view().storage(), _ -> new Views<>()).put(entry);
  }

  private Iterable<List<Entry<V>>> near(Tensor view) {
    Views<V> views = byStorage.get(view.storage());
    return views == null ? List.of(few) : views.near(view);
  }

  /** Whether there is a value under a view that shares an element with this one. */
  public boolean overlaps(Tensor view) {
    for (List<Entry<V>> entries : near(view)) {
      for (Entry<V> entry : entries) {
        if (entry.view().overlaps(view)) {
          return true;
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
    List<V> found = new ArrayList<>(0);
    for (List<Entry<V>> entries : near(view)) {
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
    for (List<Entry<V>> entries : near(view)) {
      entries.removeIf(entry -> entry.view().overlaps(view));
    }
  }

  /** Takes everything away. */
  public void clear() {
    few.clear();
    byStorage.clear();
  }
}
