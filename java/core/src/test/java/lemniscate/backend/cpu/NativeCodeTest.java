package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import lemniscate.backend.BackendProvider.Part;
import lemniscate.config.BadInputException;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NativeCodeTest {

  private static final SymbolLookup NO_SYMBOLS = name -> Optional.empty();
  private static final NativeBuild WIDE =
      NativeBuild.of(NO_SYMBOLS, List.of("avx512", "avx2"), List.of("avx512", "avx2"));
  private static final NativeBuild NARROW =
      NativeBuild.of(NO_SYMBOLS, List.of("avx512", "avx2"), List.of("avx2"));
  private static final NativeBuild NONE =
      NativeBuild.without("built without a C compiler", "install one");

  private static String chosen(String asked, NativeBuild build) {
    return NativeCode.chosen(asked, build).map(NativeCode::instructionSet).orElse("");
  }

  @Test
  void theBestThatTheProcessorHas() {
    for (String asked : new String[] {null, "", "auto"}) {
      assertThat(chosen(asked, WIDE)).isEqualTo("avx512");
      assertThat(chosen(asked, NARROW)).isEqualTo("avx2");
      assertThat(chosen(asked, NONE)).isEmpty();
      assertThat(NativeCode.absence(asked, WIDE)).isEmpty();
      assertThat(NativeCode.remedy(asked, WIDE)).isEmpty();
      assertThat(NativeCode.absence(asked, NONE)).isEqualTo("built without a C compiler");
      assertThat(NativeCode.remedy(asked, NONE)).isEqualTo("install one");
    }
  }

  @Test
  void theOneThatIsAskedFor() {
    assertThat(chosen("avx2", WIDE)).isEqualTo("avx2");
    assertThat(chosen("avx512", WIDE)).isEqualTo("avx512");
  }

  @Test
  void off() {
    assertThat(chosen("off", WIDE)).isEmpty();
    assertThat(NativeCode.absence("off", WIDE)).isEqualTo("LEMNISCATE_NATIVE=off");
    assertThat(NativeCode.remedy("off", WIDE)).isEqualTo("unset LEMNISCATE_NATIVE");
  }

  @Test
  void refusesWhatIsNotThere() {
    assertThatThrownBy(() -> NativeCode.chosen("avx512", NARROW))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("LEMNISCATE_NATIVE is avx512: this processor does not have it")
        .hasMessageContaining("expected one of auto, off, avx2;");
    NativeBuild old = NativeBuild.of(NO_SYMBOLS, List.of("avx2"), List.of("avx512", "avx2"));
    assertThat(chosen(null, old)).isEqualTo("avx2");
    assertThatThrownBy(() -> NativeCode.chosen("avx512", old))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("this build's compiler did not know it");
    assertThatThrownBy(() -> NativeCode.chosen("sse9", WIDE))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("LEMNISCATE_NATIVE is sse9: not known here")
        .hasMessageContaining("expected one of auto, off, avx512, avx2;");
    assertThatThrownBy(() -> NativeCode.chosen("avx2", NONE))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("built without a C compiler; install one")
        .hasMessageContaining("expected one of auto, off;");
  }

  @Test
  void saysWhatIsMissing() {
    NativeBuild old = NativeBuild.of(NO_SYMBOLS, List.of("avx512", "avx2"), List.of());
    assertThat(chosen(null, old)).isEmpty();
    assertThat(old.reason()).isEqualTo("a processor without AVX2");
    assertThat(old.remedy()).isNotEmpty();
    NativeBuild compiler = NativeBuild.of(NO_SYMBOLS, List.of(), List.of("avx512", "avx2"));
    assertThat(compiler.reason()).contains("knows none of avx512, avx2");
    assertThat(compiler.remedy()).contains("newer gcc or clang");
    Properties facts = new Properties();
    assertThat(NativeBuild.notBuilt(facts).reason()).contains("scripts/build-native.sh");
    facts.setProperty("platform", "amiga-m68k");
    assertThat(NativeBuild.notBuilt(facts).reason())
        .isEqualTo("built for amiga-m68k, and this is " + NativeLibraries.platform());
    facts.setProperty("platform", NativeLibraries.platform());
    assertThat(NativeBuild.notBuilt(facts).reason()).contains("missing");
    facts.setProperty("reason", "built without a C compiler");
    assertThat(NativeBuild.notBuilt(facts).reason()).isEqualTo("built without a C compiler");
    assertThat(NativeBuild.notBuilt(facts).remedy()).contains("install gcc or clang");
  }

  @Test
  void forPeople() {
    assertThat(NativeCode.part(null, NARROW))
        .isEqualTo(new Part("native loops", true, "instruction set avx2", ""));
    assertThat(NativeCode.part("avx2", WIDE).detail())
        .isEqualTo("instruction set avx2 (possible too: avx512)");
    assertThat(NativeCode.part("auto", NONE))
        .isEqualTo(new Part("native loops", false, "built without a C compiler", "install one"));
    assertThat(NativeCode.part("off", WIDE))
        .isEqualTo(
            new Part("native loops", false, "LEMNISCATE_NATIVE=off", "unset LEMNISCATE_NATIVE"));
    Part wrong = NativeCode.part("sse9", WIDE);
    assertThat(wrong.used()).isFalse();
    assertThat(wrong.detail()).contains("LEMNISCATE_NATIVE is sse9");
    assertThat(wrong.remedy()).isNotEmpty();
    assertThat(new CpuProvider().parts()).extracting(Part::name).containsExactly("native loops");
  }

  @Test
  void eitherCodeOrAReason() {
    assertThat(NativeBuild.here().reason().isEmpty())
        .as(NativeBuild.here().toString())
        .isEqualTo(!NativeCode.available().isEmpty())
        .isEqualTo(NativeBuild.here().remedy().isEmpty());
    assertThat(NativeBuild.here()).isSameAs(NativeBuild.here());
    assertThatThrownBy(() -> NativeCode.of("sse9"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sse9");
  }

  @ParameterizedTest
  @ValueSource(strings = {"avx512", "avx2", "neon"})
  void functionsByName(String set) {
    Assumptions.assumeTrue(NativeCode.available().contains(set), set + " is not to be had here");
    NativeCode code = NativeCode.of(set);
    assertThat(code.instructionSet()).isEqualTo(set);
    assertThat(code.function(DType.FLOAT32, "fill").address())
        .isNotZero()
        .isNotEqualTo(code.function(DType.FLOAT64, "fill").address());
    assertThatThrownBy(() -> code.function(DType.FLOAT64, "nothing"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("lemniscate_" + set + "_f64_nothing");
  }
}
