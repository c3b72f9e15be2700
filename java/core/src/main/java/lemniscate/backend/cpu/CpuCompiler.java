package lemniscate.backend.cpu;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operation;
import lemniscate.tensor.DType;

/**
 * Makes what is run of a recording: the order of the passes over it.
 *
 * @param panels where packed matrices are multiplied, if anywhere
 */
record CpuCompiler(
    DType dtype,
    int threads,
    MatrixProduct engine,
    CpuOperations.KernelChoice kernels,
    PackedWeights.Rule packing,
    TransposedProducts.Rule transposing,
    Optional<PanelSource> panels) {

  /**
   * Compiles.
   *
   * @param arena what is packed goes there
   */
  List<CpuOperation> compile(List<Operation> recording, CpuArena arena) {
    List<OperationGroup> groups = groups(recording);
    Convolutions convolutions =
        convolving().length == 0 ? null : new Convolutions(convolving(), recording, arena);
    List<CpuOperations.Lowered> lowered =
        CpuOperations.lower(groups, engine, kernels, convolutions);
    List<CpuOperation> operations =
        panels
            .map(source -> packed(lowered, source, arena))
            .orElseGet(() -> lowered.stream().map(CpuOperations.Lowered::operation).toList());
    return RowChain.link(ElementwiseLoops.link(operations), threads);
  }

  private NativePanels[] convolving() {
    return panels.map(PanelSource::convolving).orElseGet(() -> new NativePanels[0]);
  }

  private List<OperationGroup> groups(List<Operation> recording) {
    boolean convolves = convolving().length > 0;
    return OperationGroup.of(
        BiasedActivations.link(recording),
        operation -> convolves && Convolutions.isQuicker(operation));
  }

  private List<CpuOperation> packed(
      List<CpuOperations.Lowered> lowered, PanelSource source, CpuArena arena) {
    return TransposedProducts.link(
        PackedWeights.link(
            packing, lowered, gemm -> new PackedWeight(gemm, source.byPart(gemm), arena)),
        gemm -> transposes(source, gemm),
        gemm -> PackedWeight.batchOf(gemm, source.byPart(gemm), arena));
  }

  private boolean transposes(PanelSource source, Gemm gemm) {
    return transposing.admits(gemm, source::transposing);
  }

  /** Bytes of what {@link #compile} would pack. */
  long packedBytes(List<Operation> recording) {
    return panels.map(source -> packedBytes(source, recording)).orElse(0L);
  }

  private long packedBytes(PanelSource source, List<Operation> recording) {
    PackedWeights.Found found = PackedWeights.find(packing, groups(recording));
    LongStream weights =
        found.packed().stream()
            .mapToLong(gemm -> source.byPart(gemm)[0].elements(gemm.k(), gemm.n()));
    LongStream batches =
        found.others().stream()
            .filter(gemm -> transposes(source, gemm))
            .mapToLong(gemm -> source.byPart(gemm)[0].elements(gemm.k(), gemm.m()));
    LongStream convolved =
        source.convolving().length == 0
            ? LongStream.empty()
            : LongStream.of(Convolutions.elements(source.convolving(), recording));
    return LongStream.concat(convolved, LongStream.concat(weights, batches))
        .map(elements -> Math.multiplyExact(elements, dtype.bytes()))
        .reduce(0, Math::addExact);
  }
}
