package lemniscate.cuda.kernel;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import lemniscate.backend.Precision;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.driver.Launch;
import lemniscate.cuda.driver.Product;
import lemniscate.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * Neighbouring pieces of work that leave the rows of a batch apart, so that a block can carry a few
 * rows through all of them: relaxations, above all.
 */
final class RowChain {

  /** kInstructionWords of {@code row_program.cu}. */
  static final int WORDS = 16;

  /** Parameters of a product. */
  static final int PRODUCT_TRANSPOSED = 0;

  static final int PRODUCT_K = 1;
  static final int PRODUCT_BETA = 3;
  static final int PRODUCT_A = 4;
  static final int PRODUCT_B = 5;
  static final int PRODUCT_C = 6;

  // Of a product's instruction, after its number and the width of the result.
  private static final List<Launch.Role> OF_A_PRODUCT =
      List.of(
          Launch.Role.VALUE,
          Launch.Role.VALUE,
          Launch.Role.VALUE,
          Launch.Role.VALUE,
          Launch.Role.READS_ROWS,
          Launch.Role.SHARED,
          Launch.Role.WRITES_ROWS);

  private final long rows;
  private final Precision precision;
  private final DType dtype;
  private final List<Device.Work> work = new ArrayList<>();
  private final List<Instruction> instructions = new ArrayList<>();
  private final Set<View> views = new LinkedHashSet<>();
  private final Set<Range> shared = new LinkedHashSet<>();
  private final boolean takesSums;
  private final List<Launch> deferred = new ArrayList<>();
  private final List<Range> totals = new ArrayList<>();
  private long sums;
  private long matrixBytes;
  private long side;

  /**
   * What a block does with its rows.
   *
   * @param words number of the operation, width, parameters; as many as a program has a place for
   * @param roles of the parameters
   */
  record Instruction(long[] words, List<Launch.Role> roles) {

    RowOperation operation() {
      return RowOperation.values()[(int) words[0]];
    }

    long width() {
      return words[1];
    }

    long parameter(int i) {
      return words[2 + i];
    }

    /** Elements of a row of a parameter that is rows. */
    long width(int i) {
      return operation() == RowOperation.PRODUCT && i == PRODUCT_A ? parameter(PRODUCT_K) : width();
    }
  }

  /** Memory without rows. */
  private record Range(long begin, long end) {
    boolean overlaps(Range other) {
      return begin < other.end && other.begin < end;
    }
  }

  /** Rows that an operation touches: so many elements each. */
  private record View(Range range, long width, boolean written) {
    // Row i of one is row i of the other, and nothing else.
    boolean disagrees(View other) {
      return (written || other.written)
          && range.overlaps(other.range)
          && (range.begin != other.range.begin || width != other.width);
    }
  }

  /** What one piece of work adds. */
  private record Addition(
      List<Instruction> instructions,
      List<View> views,
      List<Range> shared,
      long matrixBytes,
      long sums) {
    static Addition reading(long matrixBytes, long sums) {
      return new Addition(
          new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), matrixBytes, sums);
    }
  }

  private RowChain(long rows, Precision precision, boolean takesSums) {
    this.takesSums = takesSums;
    this.rows = rows;
    this.precision = precision;
    this.dtype = precision.dtype();
  }

  /**
   * A chain that begins with a product, or null where it cannot.
   *
   * @param takesSums whether its kernel can make the first stage of a sum over the batch, the
   *     second of which then follows the chain
   */
  static @Nullable RowChain startingWith(Product product, boolean takesSums) {
    RowChain chain = new RowChain(product.m(), product.precision(), takesSums);
    return chain.add(product) ? chain : null;
  }

  /** Takes the next piece of work in, or says that the chain ends before it. */
  boolean add(Device.Work next) {
    Addition addition =
        switch (next) {
          case Product product -> of(product);
          case Launch launch -> of(launch);
        };
    if (addition == null) {
      return defers(next);
    }
    if (!fits(addition)) {
      return false;
    }
    sums = addition.sums() != 0 ? addition.sums() : sums;
    instructions.addAll(addition.instructions());
    views.addAll(addition.views());
    shared.addAll(addition.shared());
    matrixBytes += addition.matrixBytes();
    if (next instanceof Product product) {
      side = Math.max(side, Math.min(product.k(), product.n()));
    }
    work.add(next);
    return true;
  }

  // The second stage of a sum can wait until the chain has ended: nobody else reads what it makes.
  private boolean defers(Device.Work next) {
    if (!(next instanceof Launch launch) || sums == 0 || PartialSums.read(launch) != sums) {
      return false;
    }
    Range total = new Range(PartialSums.total(launch), PartialSums.total(launch) + Double.BYTES);
    if (touches(shared, total) || views.stream().anyMatch(view -> view.range().overlaps(total))) {
      return false;
    }
    // Whoever shares it from here on would see the old one.
    totals.add(total);
    deferred.add(launch);
    work.add(launch);
    return true;
  }

  private boolean fits(Addition next) {
    if (next.sums() != 0 && sums != 0
        || next.shared().stream().anyMatch(range -> touches(totals, range))
        || next.views().stream().anyMatch(view -> touches(totals, view.range()))) {
      return false;
    }
    for (View view : next.views()) {
      if (views.stream().anyMatch(view::disagrees)
          || next.views().stream().anyMatch(view::disagrees)
          || view.written() && touches(shared, view.range())
          || view.written() && touches(next.shared(), view.range())) {
        return false;
      }
    }
    return views.stream().noneMatch(view -> view.written() && touches(next.shared(), view.range()));
  }

  private static boolean touches(Iterable<Range> ranges, Range range) {
    for (Range other : ranges) {
      if (range.overlaps(other)) {
        return true;
      }
    }
    return false;
  }

  private @Nullable Addition of(Product product) {
    // That of the element type is no less exact than what any precision allows.
    if (product.precision().dtype() != dtype
        || product.transposeA()
        || product.readsFactors()
        || product.m() != rows) {
      return null;
    }
    long matrix = (long) product.k() * product.n();
    Addition addition = Addition.reading(product.count() * matrix * dtype.bytes(), 0);
    for (int i = 0; i < product.count(); i++) {
      long a = product.a() + i * product.strideA() * dtype.bytes();
      long b = product.b() + i * product.strideB() * dtype.bytes();
      long c = product.c() + i * product.strideC() * dtype.bytes();
      addition
          .instructions()
          .add(
              instruction(
                  RowOperation.PRODUCT,
                  OF_A_PRODUCT,
                  product.n(),
                  product.transposeB() ? 1 : 0,
                  product.k(),
                  CudaOperations.bits(product.alpha()),
                  CudaOperations.bits(product.beta()),
                  a,
                  b,
                  c));
      addition.views().add(view(a, product.k(), false));
      addition.views().add(view(c, product.n(), true));
      addition.shared().add(range(b, matrix));
    }
    return addition;
  }

  private @Nullable Addition of(Launch launch) {
    String suffix = WorkList.entry("", dtype);
    if (!launch.kernel().endsWith(suffix)) {
      return null;
    }
    String kernel = launch.kernel().substring(0, launch.kernel().length() - suffix.length());
    RowOperation operation = RowOperation.of(kernel);
    int count = launch.roles().size();
    if (operation == null || count == 0) {
      return null;
    }
    long size = launch.parameters().get(count)[0];
    long elements = operation.knowsRows() ? size * launch.parameters().get(count + 1)[0] : size;
    if (elements % rows != 0 || operation.knowsRows() && size != rows) {
      return null;
    }
    long width = elements / rows;
    long sumsOfLaunch =
        operation.partialSums(
            launch.parameters().stream().mapToLong(parameter -> parameter[0]).toArray());
    if (sumsOfLaunch != 0 && !takesSums) {
      return null;
    }
    Addition addition = Addition.reading(0, sumsOfLaunch);
    for (int member = 0; member < launch.gridY(); member++) {
      long[] words = new long[count];
      for (int i = 0; i < count; i++) {
        long[] parameter = launch.parameters().get(i);
        words[i] = parameter[0];
        Launch.Role role = launch.roles().get(i);
        if (role == Launch.Role.VALUE || words[i] == 0) {
          continue;
        }
        if (parameter.length > 1) {
          words[i] += member * parameter[1] * dtype.bytes();
        }
        if (role == Launch.Role.SHARED) {
          addition
              .shared()
              .add(new Range(words[i], words[i] + operation.sharedBytes(words, dtype)));
        } else {
          addition.views().add(view(words[i], width, role == Launch.Role.WRITES_ROWS));
        }
      }
      addition.instructions().add(instruction(operation, launch.roles(), width, words));
    }
    return addition;
  }

  private View view(long address, long width, boolean written) {
    return new View(range(address, rows * width), width, written);
  }

  private Range range(long address, long elements) {
    return new Range(address, address + elements * dtype.bytes());
  }

  private static Instruction instruction(
      RowOperation operation, List<Launch.Role> roles, long width, long... parameters) {
    return new Instruction(words(operation, width, parameters), roles);
  }

  /** The words of an instruction. */
  static long[] words(RowOperation operation, long width, long... parameters) {
    long[] words = new long[WORDS];
    words[0] = operation.ordinal();
    words[1] = width;
    System.arraycopy(parameters, 0, words, 2, parameters.length);
    return words;
  }

  // ---------------------------------------------------------------- what came together

  List<Device.Work> work() {
    return work;
  }

  /** Launches and products that one launch saves. */
  long saved() {
    return work.size() - deferred.size() - 1L;
  }

  /** What is left to do after so many blocks. */
  List<Launch> after(int blocks) {
    return deferred.stream().map(launch -> PartialSums.of(launch, blocks)).toList();
  }

  List<Instruction> instructions() {
    return instructions;
  }

  long rows() {
    return rows;
  }

  /** Whether first stages of sums over the batch are taken in. */
  boolean takesSums() {
    return takesSums;
  }

  Precision precision() {
    return precision;
  }

  /** The shorter side of the largest matrix, which is a network's width. */
  long side() {
    return side;
  }

  /** Bytes of matrices that a block reads, each as often as it is multiplied by. */
  long matrixBytes() {
    return matrixBytes;
  }
}
