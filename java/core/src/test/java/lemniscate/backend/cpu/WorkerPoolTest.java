package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerPoolTest {

  // Many more tasks than a worker's turn, so that late workers meet later tasks.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void everyPartRunsOnceAndBeforeTheCallReturns(int threads) {
    AtomicIntegerArray runs = new AtomicIntegerArray(threads);
    try (WorkerPool pool = new WorkerPool(threads)) {
      for (int round = 1; round <= 20_000; round++) {
        pool.run((part, parts) -> runs.addAndGet(part, parts));
        for (int part = 0; part < threads; part++) {
          assertThat(runs.get(part)).isEqualTo(round * threads);
        }
      }
    }
  }

  @Test
  void sleepingWorkersWakeUp() {
    AtomicIntegerArray runs = new AtomicIntegerArray(2);
    try (WorkerPool pool = new WorkerPool(2)) {
      for (int round = 1; round <= 20; round++) {
        LockSupport.parkNanos(3_000_000);
        pool.run((part, parts) -> runs.incrementAndGet(part));
        assertThat(runs.get(0) + runs.get(1)).isEqualTo(2 * round);
      }
    }
  }

  @Test
  void aFailedPartIsReportedAndThePoolGoesOn() {
    try (WorkerPool pool = new WorkerPool(2)) {
      assertThatThrownBy(
              () ->
                  pool.run(
                      (part, parts) -> {
                        if (part == 1) {
                          throw new ArithmeticException("planted");
                        }
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasRootCauseMessage("planted");
      AtomicIntegerArray runs = new AtomicIntegerArray(2);
      pool.run((part, parts) -> runs.incrementAndGet(part));
      assertThat(runs.get(0) + runs.get(1)).isEqualTo(2);
    }
  }
}
