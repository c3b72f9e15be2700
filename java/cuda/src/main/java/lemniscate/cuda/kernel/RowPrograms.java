package lemniscate.cuda.kernel;

import java.util.ArrayList;
import java.util.List;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.driver.Launch;
import lemniscate.cuda.driver.Product;
import org.jspecify.annotations.Nullable;

/**
 * Puts one launch in the place of many where a batch and its weights are small: a relaxation of T
 * steps, whose products and elementwise loops would each take less time than starting them, becomes
 * one program that blocks of {@value #ROWS} rows run through without waiting for each other.
 *
 * <p>Its sums are those of the products in another order, so that results differ from the ones of
 * single launches by rounding.
 */
public final class RowPrograms {

  /** Rows of a block: kProgramRows of {@code row_product.cuh}. */
  private static final int ROWS = 8;

  /** kProgramThreads of {@code row_product.cuh}. */
  private static final int THREADS = 256;

  /** Below this the saving is not worth another shape of launch. */
  private static final int FEWEST = 6;

  /**
   * What a block may read of matrices for every launch saved. A launch in a graph costs about 2.5
   * µs; in that time a multiprocessor takes some 280 kB from the second-level cache, at 64 bytes a
   * cycle of 1.75 GHz.
   */
  private static final long BYTES_A_LAUNCH = 256 << 10;

  /**
   * The widest network that programs serve until they have been measured. A multiply-add of theirs
   * takes about four instructions and a batch of 64 rows uses 8 multiprocessors, so that by the
   * model of {@code benchmarks/gpu/model.md} the library's products win above.
   */
  private static final int WIDEST = 224;

  /** Where programs are kept. */
  @FunctionalInterface
  public interface Memory {

    /** Copies words to the device and returns their address. */
    long store(long[] words);
  }

  private final int multiprocessors;
  private final Memory memory;

  /**
   * For a device.
   *
   * @param multiprocessors of the device; with more blocks than these, each would read the weights
   *     again
   * @param memory asked once, and only where there are programs
   */
  public RowPrograms(int multiprocessors, Memory memory) {
    this.multiprocessors = multiprocessors;
    this.memory = memory;
  }

  /** The same work, with programs where they are quicker. */
  public List<Device.Work> fuse(List<Device.Work> work) {
    List<RowChain> chains = new ArrayList<>();
    int instructions = 0;
    for (int i = 0; i < work.size(); ) {
      RowChain chain = chainAt(work, i);
      if (chain == null) {
        i++;
        continue;
      }
      i += chain.work().size();
      if (isWorthIt(chain)) {
        chains.add(chain);
        instructions += chain.instructions().size();
      }
    }
    if (chains.isEmpty()) {
      return work;
    }
    long[] words = new long[instructions * RowChain.WORDS];
    int at = 0;
    for (RowChain chain : chains) {
      for (long[] instruction : chain.instructions()) {
        System.arraycopy(instruction, 0, words, at, RowChain.WORDS);
        at += RowChain.WORDS;
      }
    }
    return replace(work, chains, memory.store(words));
  }

  private static @Nullable RowChain chainAt(List<Device.Work> work, int first) {
    if (!(work.get(first) instanceof Product product)) {
      return null;
    }
    RowChain chain = RowChain.startingWith(product);
    if (chain != null) {
      for (int i = first + 1; i < work.size() && chain.add(work.get(i)); i++) {}
    }
    return chain;
  }

  private boolean isWorthIt(RowChain chain) {
    long saved = chain.work().size() - 1L;
    return saved >= FEWEST
        && chain.side() <= WIDEST
        && chain.rows() <= (long) ROWS * multiprocessors
        && chain.matrixBytes() <= saved * BYTES_A_LAUNCH;
  }

  private static List<Device.Work> replace(
      List<Device.Work> work, List<RowChain> chains, long address) {
    List<Device.Work> replaced = new ArrayList<>();
    long program = address;
    int next = 0;
    for (int i = 0; i < work.size(); ) {
      RowChain chain = next < chains.size() ? chains.get(next) : null;
      if (chain == null || chain.work().getFirst() != work.get(i)) {
        replaced.add(work.get(i));
        i++;
        continue;
      }
      replaced.add(launch(chain, program));
      program += (long) chain.instructions().size() * RowChain.WORDS * Long.BYTES;
      i += chain.work().size();
      next++;
    }
    return replaced;
  }

  private static Launch launch(RowChain chain, long program) {
    int blocks = Math.toIntExact((chain.rows() + ROWS - 1) / ROWS);
    return new Launch(
        WorkList.entry("row_program", chain.dtype()),
        blocks,
        1,
        THREADS,
        false,
        List.of(
            new long[] {program},
            new long[] {chain.instructions().size()},
            new long[] {chain.rows()}));
  }
}
