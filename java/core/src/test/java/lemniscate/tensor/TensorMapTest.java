package lemniscate.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is found by place is what a look through all would find. */
final class TensorMapTest {

  private record Memory(long elements) implements Storage {
    @Override
    public DType dtype() {
      return DType.FLOAT32;
    }
  }

  private record Kept(Tensor view, int value) {}

  @Test
  void findsWhatALookThroughAllFinds() {
    Random random = new Random(7);
    for (int size : new int[] {3, 16, 17, 18, 200}) {
      List<Storage> storages = List.of(new Memory(300), new Memory(300), new Memory(300));
      TensorMap<Integer> map = new TensorMap<>();
      List<Kept> all = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        Tensor view = view(random, storages);
        map.put(view, i);
        all.add(new Kept(view, i));
      }
      Tensor removed = view(random, storages);
      map.removeOverlapping(removed);
      all.removeIf(kept -> kept.view().overlaps(removed));
      for (int i = 0; i < 100; i++) {
        Tensor asked = view(random, storages);
        List<Integer> expected =
            all.stream().filter(k -> k.view().overlaps(asked)).map(Kept::value).toList();
        assertThat(map.overlaps(asked)).isEqualTo(!expected.isEmpty());
        assertThat(map.overlapping(asked)).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(map.at(asked))
            .containsExactlyElementsOf(
                all.stream().filter(k -> k.view().isSameView(asked)).map(Kept::value).toList());
      }
    }
  }

  private static Tensor view(Random random, List<Storage> storages) {
    int columns = 1 + random.nextInt(random.nextInt(4) == 0 ? 90 : 5);
    return new Tensor(
        storages.get(random.nextInt(storages.size())), random.nextInt(200), new Shape(1, columns));
  }
}
