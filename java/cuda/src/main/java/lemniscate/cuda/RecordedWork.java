package lemniscate.cuda;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.driver.Launch;
import lemniscate.cuda.driver.Product;

/** What a recording enqueues, in words: above all, in which way a relaxation runs. */
final class RecordedWork {

  /** What the names of kernels have in common that run a chain of operations as a program. */
  private static final String PROGRAM = "_program_";

  private static final int KIBIBYTE = 1 << 10;

  private RecordedWork() {}

  /**
   * As in {@code 7 nodes: resident_program_tf32 (4 blocks, 199 KiB of shared memory each), 4
   * products, 2 launches}. Programs that are alike are counted.
   */
  static String described(List<Device.Work> work) {
    Map<String, Integer> programs = new LinkedHashMap<>();
    int products = 0;
    int launches = 0;
    for (Device.Work item : work) {
      switch (item) {
        case Product _ -> products++;
        case Launch launch when launch.kernel().contains(PROGRAM) ->
            programs.merge(program(launch), 1, Integer::sum);
        case Launch _ -> launches++;
      }
    }
    List<String> parts = new ArrayList<>();
    programs.forEach((program, count) -> parts.add((count == 1 ? "" : count + " x ") + program));
    if (products > 0) {
      parts.add(counted(products, "product"));
    }
    if (launches > 0) {
      parts.add(counted(launches, "launch"));
    }
    return counted(work.size(), "node") + (parts.isEmpty() ? "" : ": " + String.join(", ", parts));
  }

  private static String program(Launch launch) {
    String text = launch.kernel() + " (" + counted(launch.gridX(), "block");
    if (launch.cluster() > 1) {
      text += " in clusters of " + launch.cluster();
    }
    if (launch.sharedBytes() > 0) {
      text += ", " + Math.ceilDiv(launch.sharedBytes(), KIBIBYTE) + " KiB of shared memory each";
    }
    return text + ")";
  }

  private static String counted(int count, String what) {
    return count + " " + what + (count == 1 ? "" : what.endsWith("ch") ? "es" : "s");
  }
}
