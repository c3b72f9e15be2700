package lemniscate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import lemniscate.backend.Backend;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import lemniscate.tensor.TensorSlab;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Arenas, slabs and transfers. */
public interface MemoryContract extends OpensBackend {

  @ParameterizedTest
  @EnumSource(DType.class)
  default void backendAndTensorsHaveTheElementType(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      assertThat(backend.dtype()).isEqualTo(dtype);
      assertThat(backend.name()).isNotBlank();
      assertThat(backend.description()).isNotBlank();
      assertThat(arena.allocate(new Shape(3, 7)).dtype()).isEqualTo(dtype);
      assertThat(arena.allocateSlab(2, new Shape(3, 7)).at(1).dtype()).isEqualTo(dtype);
      assertThat(arena.allocateScalars(5).dtype()).isEqualTo(DType.FLOAT64);
      assertThat(arena.allocateScalars(5).shape()).isEqualTo(new Shape(1, 5));
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void freshMemoryIsZero(DType dtype) {
    try (Backend backend = open(dtype)) {
      // The second round may get the memory that the first one dirtied and gave back.
      for (int round = 0; round < 2; round++) {
        try (Arena arena = backend.newArena()) {
          Tensor matrix = arena.allocate(new Shape(33, 65));
          TensorSlab slab = arena.allocateSlab(3, new Shape(5, 7));
          Tensor scalars = arena.allocateScalars(11);
          assertThat(backend.read(matrix)).containsOnly(0);
          assertThat(backend.read(scalars)).containsOnly(0);
          for (int i = 0; i < 3; i++) {
            assertThat(backend.read(slab.at(i))).containsOnly(0);
          }
          backend.run(
              ops -> {
                ops.fill(matrix, Double.NaN);
                ops.fill(scalars, Double.NaN);
                for (int i = 0; i < 3; i++) {
                  ops.fill(slab.at(i), Double.NaN);
                }
              });
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void slabMembersLieAtConstantStrideWithoutOverlap(DType dtype) {
    int count = 5;
    Shape shape = new Shape(3, 7);
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      TensorSlab slab = arena.allocateSlab(count, shape);
      assertThat(slab.count()).isEqualTo(count);
      assertThat(slab.shape()).isEqualTo(shape);
      for (int i = 0; i < count; i++) {
        Tensor member = slab.at(i);
        assertThat(member.storage()).isSameAs(slab.at(0).storage());
        assertThat(member.offset()).isEqualTo(slab.at(0).offset() + i * slab.stride());
        double[] values = new double[21];
        Arrays.fill(values, i + 1);
        backend.upload(values, member);
      }
      for (int i = 0; i < count; i++) {
        assertThat(backend.read(slab.at(i))).hasSize(21).containsOnly(i + 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void allocatedBytesCount(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      assertThat(arena.allocatedBytes()).isZero();
      arena.allocate(new Shape(3, 7));
      long matrix = arena.allocatedBytes();
      // At least: a backend may pad for alignment, and counts what it padded.
      assertThat(matrix).isGreaterThanOrEqualTo(21L * dtype.bytes());
      arena.allocateSlab(4, new Shape(5, 5));
      long slab = arena.allocatedBytes();
      assertThat(slab - matrix).isGreaterThanOrEqualTo(100L * dtype.bytes());
      arena.allocateScalars(3);
      assertThat(arena.allocatedBytes() - slab).isGreaterThanOrEqualTo(24);
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void transfersConvertAndKeepTheSurroundings(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      Tensor whole = arena.allocate(new Shape(5, 3));
      Tensor view = whole.rows(1, 2);
      double third = 1.0 / 3;
      backend.upload(new double[] {third, -third, 1e-3, 4, 5, 6}, view);
      double stored = dtype == DType.FLOAT32 ? (float) third : third;
      assertThat(backend.read(view))
          .containsExactly(
              stored, -stored, dtype == DType.FLOAT32 ? (double) 1e-3f : 1e-3, 4, 5, 6);
      assertThat(backend.read(whole.rows(0, 1))).containsOnly(0);
      assertThat(backend.read(whole.rows(3, 2))).containsOnly(0);

      float[] floats = new float[7];
      floats[6] = 9;
      backend.download(view, floats);
      assertThat(floats).containsExactly((float) third, (float) -third, 1e-3f, 4, 5, 6, 9);

      backend.upload(new float[] {0.1f, 2, 3, 4, 5, 6}, view);
      assertThat(backend.read(view)).containsExactly(0.1f, 2, 3, 4, 5, 6);
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void scalarsAreFloat64(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      Tensor scalars = arena.allocateScalars(3);
      backend.setScalar(0.1, scalars.element(1));
      assertThat(backend.scalar(scalars.element(1))).isEqualTo(0.1);
      assertThat(backend.read(scalars)).containsExactly(0, 0.1, 0);
      Tensor matrix = arena.allocate(new Shape(2, 3));
      backend.setScalar(0.5, matrix.element(4));
      assertThat(backend.scalar(matrix.element(4))).isEqualTo(0.5);
      assertThat(backend.read(matrix)).containsExactly(0, 0, 0, 0, 0.5, 0);
    }
  }
}
