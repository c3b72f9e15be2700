package lemniscate.backend.reference;

import java.util.ArrayList;
import java.util.List;

/** What has been enqueued while a plan is recorded. */
final class Recording {

  private final List<Runnable> steps = new ArrayList<>();
  private boolean finished;

  void add(Runnable step) {
    if (finished) {
      throw new IllegalStateException("operation after the end of its recording");
    }
    steps.add(step);
  }

  List<Runnable> finish() {
    finished = true;
    return List.copyOf(steps);
  }
}
