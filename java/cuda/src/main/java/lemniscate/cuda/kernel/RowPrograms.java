package lemniscate.cuda.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.ToIntFunction;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.driver.Launch;
import lemniscate.cuda.driver.Product;
import org.jspecify.annotations.Nullable;

/**
 * Puts one launch in the place of many where a batch and its weights are small: a relaxation of T
 * steps, whose products and elementwise loops would each take less time than starting them, becomes
 * one program that blocks of a few rows run through without waiting for each other.
 *
 * <p>Its sums are those of the products in another order, so that results differ from the ones of
 * single launches by rounding.
 */
public final class RowPrograms {

  private final List<RowForm> forms;
  private final Memory memory;

  /** Where programs are kept. */
  @FunctionalInterface
  public interface Memory {

    /** Copies words to the device and returns their address. */
    long store(long[] words);
  }

  /** A kernel that runs programs. */
  interface RowForm {

    /** Whether it can make the first stage of a sum over the batch. */
    boolean takesSums();

    /** The program of a chain, or null where it has none that is quicker. */
    @Nullable Program program(RowChain chain);
  }

  /**
   * A program of a kernel.
   *
   * @param instructions of {@link RowChain#WORDS} words
   * @param launch that runs those at an address
   */
  record Program(List<long[]> instructions, LongFunction<Launch> launch) {}

  private record Replacement(RowChain chain, Program program) {}

  /**
   * For a device.
   *
   * @param relaxations which kernels there are for them
   * @param multiprocessors of the device; with more blocks than these, each would read the weights
   *     again
   * @param sharedBytes that a block can have
   * @param largestCluster blocks of a cluster of a launch's blocks, at most
   * @param memory asked once, and only where there are programs
   */
  public RowPrograms(
      Relaxations relaxations,
      int multiprocessors,
      int sharedBytes,
      ToIntFunction<Launch> largestCluster,
      Memory memory) {
    StreamedRows streamed = new StreamedRows(multiprocessors);
    this.forms =
        switch (relaxations) {
          case ORDINARY -> List.of(streamed);
          case RESIDENT ->
              List.of(
                  new ResidentRows(multiprocessors, sharedBytes, true, true),
                  new ClusterRows(multiprocessors, sharedBytes, largestCluster, true),
                  new ResidentRows(multiprocessors, sharedBytes, true, false),
                  new ResidentRows(multiprocessors, sharedBytes, false, true),
                  new ClusterRows(multiprocessors, sharedBytes, largestCluster, false),
                  new ResidentRows(multiprocessors, sharedBytes, false, false),
                  streamed);
        };
    this.memory = memory;
  }

  /** The same work, with programs where they are quicker. */
  public List<Device.Work> fuse(List<Device.Work> work) {
    List<Replacement> replacements = new ArrayList<>();
    List<long[]> instructions = new ArrayList<>();
    for (int i = 0; i < work.size(); ) {
      Replacement replacement = null;
      RowChain chain = null;
      int length = 1;
      for (RowForm form : forms) {
        if (chain == null || chain.takesSums() != form.takesSums()) {
          chain = chainAt(work, i, form.takesSums());
        }
        if (chain == null) {
          break;
        }
        length = chain.work().size();
        Program program = form.program(chain);
        if (program != null) {
          replacement = new Replacement(chain, program);
          break;
        }
      }
      if (replacement != null) {
        replacements.add(replacement);
        instructions.addAll(replacement.program().instructions());
      }
      i += length;
    }
    if (replacements.isEmpty()) {
      return work;
    }
    long[] words = new long[instructions.size() * RowChain.WORDS];
    for (int i = 0; i < instructions.size(); i++) {
      System.arraycopy(instructions.get(i), 0, words, i * RowChain.WORDS, RowChain.WORDS);
    }
    return replace(work, replacements, memory.store(words));
  }

  private static @Nullable RowChain chainAt(List<Device.Work> work, int first, boolean takesSums) {
    if (!(work.get(first) instanceof Product product)) {
      return null;
    }
    RowChain chain = RowChain.startingWith(product, takesSums);
    if (chain != null) {
      for (int i = first + 1; i < work.size() && chain.add(work.get(i)); i++) {}
    }
    return chain;
  }

  private static List<Device.Work> replace(
      List<Device.Work> work, List<Replacement> replacements, long address) {
    List<Device.Work> replaced = new ArrayList<>();
    long at = address;
    int next = 0;
    for (int i = 0; i < work.size(); ) {
      Replacement here = next < replacements.size() ? replacements.get(next) : null;
      if (here == null || here.chain().work().getFirst() != work.get(i)) {
        replaced.add(work.get(i));
        i++;
        continue;
      }
      Program program = here.program();
      Launch launch = program.launch().apply(at);
      replaced.add(launch);
      replaced.addAll(here.chain().after(launch.gridX()));
      at += (long) program.instructions().size() * RowChain.WORDS * Long.BYTES;
      i += here.chain().work().size();
      next++;
    }
    return replaced;
  }

  /** A launch of a kernel of programs. */
  static Launch launch(
      String kernel, RowChain chain, int rows, int threads, int sharedBytes, int count, long at) {
    int blocks = Math.toIntExact((chain.rows() + rows - 1) / rows);
    return new Launch(
        kernel,
        blocks,
        1,
        threads,
        false,
        sharedBytes,
        1,
        List.of(new long[] {at}, new long[] {count}, new long[] {chain.rows()}),
        List.of());
  }

  /** A launch of a kernel of programs whose groups of rows have a cluster each. */
  static Launch inClusters(
      String kernel,
      RowChain chain,
      int cluster,
      int sharedBytes,
      int count,
      long at,
      long... besides) {
    int groups = Math.toIntExact(Math.ceilDiv(chain.rows(), (long) SharedRoom.ROWS));
    List<long[]> parameters = new ArrayList<>();
    for (long parameter : new long[] {at, count, chain.rows()}) {
      parameters.add(new long[] {parameter});
    }
    for (long parameter : besides) {
      parameters.add(new long[] {parameter});
    }
    return new Launch(
        kernel,
        groups * cluster,
        1,
        SharedRoom.THREADS,
        false,
        sharedBytes,
        cluster,
        parameters,
        List.of());
  }
}
