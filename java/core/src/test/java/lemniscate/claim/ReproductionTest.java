package lemniscate.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.study.Judgement;
import lemniscate.sweep.SeedMean;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReproductionTest {

  @TempDir private Path folder;
  private final StopSignal stop = new StopSignal();
  private final List<String> seen = new ArrayList<>();

  private Optional<List<ClaimResult>> run(List<Claim> claims) throws IOException {
    Path measured = Files.createDirectories(folder.resolve("measured"));
    Path results = Files.createDirectories(folder.resolve("claims"));
    Laboratory laboratory = new Laboratory(Config.defaults(), measured, 1, stop);
    return new Reproduction(claims, ClaimPreset.MINUTES)
        .run(
            laboratory,
            results,
            new Reproduction.Progress() {
              @Override
              public void begins(Claim claim) {
                seen.add("begins " + claim.card().id());
              }

              @Override
              public void done(ClaimResult result, boolean known) {
                seen.add((known ? "known " : "measured ") + result.claim());
              }
            });
  }

  /** A claim whose number is a constant, with an interval that has no lower end. */
  private record Constant(String id, double value, Runnable before) implements Claim {
    @Override
    public Card card() {
      return new Card(id, "A constant is at most 1.", "this test", "none", "Another constant.");
    }

    @Override
    public ClaimSettings settings(ClaimPreset preset) {
      return ClaimSettings.of("value", String.valueOf(value), "train.batch", "3");
    }

    @Override
    public Finding measure(ClaimSettings settings, Laboratory laboratory) {
      before.run();
      laboratory.requireGoingOn();
      return new Finding(
          List.of(
              new Check(
                  "value",
                  settings.number("value"),
                  Double.NEGATIVE_INFINITY,
                  settings.number("value"),
                  Double.NEGATIVE_INFINITY,
                  1)),
          new Finding.Plot(
              "x",
              false,
              "y",
              false,
              List.of(
                  new Finding.Curve(
                      "line", List.of(new Finding.Point(0, 1, Double.NaN, Double.NaN))))));
    }
  }

  private static Constant constant(String id, double value) {
    return new Constant(id, value, () -> {});
  }

  @Test
  void measuresOnceAndReadsAfterwards() throws IOException {
    List<Claim> claims = List.of(constant("low", 0.5), constant("high", 2));
    List<ClaimResult> first = run(claims).orElseThrow();
    assertThat(first)
        .extracting(ClaimResult::judgement)
        .containsExactly(Judgement.PASS, Judgement.INCONCLUSIVE);
    assertThat(first.getFirst().settings().keys()).containsOnlyKeys("train.batch");
    List<ClaimResult> again = run(claims).orElseThrow();
    assertThat(again).isEqualTo(first);
    assertThat(seen)
        .containsExactly(
            "begins low",
            "measured low",
            "begins high",
            "measured high",
            "known low",
            "known high");
  }

  @Test
  void otherSettingsAreAnotherResult() throws IOException {
    run(List.of(constant("low", 0.5)));
    run(List.of(constant("low", 0.25)));
    assertThat(seen).filteredOn(line -> line.startsWith("measured")).hasSize(2);
  }

  @Test
  void goesOnAfterAStop() throws IOException {
    List<Claim> claims = List.of(constant("low", 0.5), new Constant("stopped", 0.5, stop::raise));
    assertThat(run(claims)).isEmpty();
    assertThat(seen).containsExactly("begins low", "measured low", "begins stopped");
    seen.clear();
    assertThat(run(List.of(constant("low", 0.5)))).isPresent();
    assertThat(seen).containsExactly("known low");
  }

  @Test
  void damagedResultsAreRefused() throws IOException {
    run(List.of(constant("low", 0.5)));
    try (var files = Files.list(folder.resolve("claims"))) {
      Files.writeString(files.findFirst().orElseThrow(), "{");
    }
    assertThatThrownBy(() -> run(List.of(constant("low", 0.5))))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("low-minutes")
        .hasMessageContaining("remove it");
  }

  @Test
  void verdictsGoByTheInterval() {
    // With the 0.975 quantile of t of two degrees of freedom.
    SeedMean within = new SeedMean(3, 0.5, 0.3 / 4.3027);
    assertThat(Check.between("x", within, 0, 1).judgement()).isEqualTo(Judgement.PASS);
    assertThat(Check.between("x", within, 0.5, 1).judgement()).isEqualTo(Judgement.INCONCLUSIVE);
    assertThat(Check.between("x", within, 0.9, 1).judgement()).isEqualTo(Judgement.FAIL);
    assertThat(Check.exact("x", Double.NaN, 0, 1).judgement()).isEqualTo(Judgement.FAIL);
  }

  /** Every claim has what a card shows, an id of its own, and settings of every preset. */
  @Test
  void claimsAreWhole() {
    List<Claim> all = Claims.all();
    assertThat(new HashSet<>(Claims.ids())).hasSize(all.size());
    for (Claim claim : all) {
      Claim.Card card = claim.card();
      assertThat(card.id()).matches("[a-z0-9]+(-[a-z0-9]+)*");
      assertThat(List.of(card.sentence(), card.source(), card.command(), card.change()))
          .as(card.id())
          .allMatch(text -> !text.isBlank());
      for (ClaimPreset preset : ClaimPreset.values()) {
        assertThat(claim.settings(preset).values()).as(card.id()).isNotEmpty();
      }
    }
  }

  /** docs/studies/reproduction.md has the table as it is. */
  @Test
  void theDocumentationListsTheClaims() throws IOException {
    assertThat(Files.readString(Path.of("..", "..", "docs", "studies", "reproduction.md")))
        .contains(Claims.markdownTable());
  }

  @Test
  void namesAreChecked() {
    assertThat(Claims.named(List.of())).hasSameSizeAs(Claims.all());
    assertThat(Claims.named(List.of("all"))).hasSameSizeAs(Claims.all());
    assertThat(Claims.named(List.of("kappa", "pc-is-bp")))
        .extracting(claim -> claim.card().id())
        .containsExactly("pc-is-bp", "kappa");
    assertThatThrownBy(() -> Claims.named(List.of("kapa")))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("'kapa'")
        .hasMessageContaining("--list");
    assertThatThrownBy(() -> ClaimPreset.named("day", "--preset"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("minutes, hours, full");
  }
}
