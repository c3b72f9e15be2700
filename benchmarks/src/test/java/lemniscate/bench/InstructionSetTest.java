package lemniscate.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class InstructionSetTest {

  @Test
  void theWidestThatTheProcessorHas() {
    List<String> wide = List.of("processor\t: 0", "flags\t\t: fpu avx avx2 avx512f avx512bw");
    List<String> narrow = List.of("flags\t\t: fpu avx avx2 fma", "vmx flags\t: avx512f");
    assertThat(InstructionSet.of(wide, "amd64")).isEqualTo("avx512");
    assertThat(InstructionSet.of(narrow, "amd64")).isEqualTo("avx2");
    assertThat(InstructionSet.of(List.of("flags : fpu sse2"), "amd64")).isEqualTo("amd64");
    assertThat(InstructionSet.of(List.of("Features\t: asimd"), "aarch64")).isEqualTo("aarch64");
    assertThat(InstructionSet.ofProcessor()).isNotEmpty();
  }
}
