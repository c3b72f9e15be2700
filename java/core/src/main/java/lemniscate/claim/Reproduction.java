package lemniscate.claim;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lemniscate.train.BuildInfo;

/**
 * Measures claims one after the other. Each leaves a file by claim, preset and hash of its
 * settings; claims that have theirs are not measured again.
 *
 * @param claims in the order of the page
 * @param preset how much work
 */
public record Reproduction(List<Claim> claims, ClaimPreset preset) {

  private static final double NANOS = 1e9;

  /** Copies the list. */
  public Reproduction {
    claims = List.copyOf(claims);
  }

  /** Told of the progress. */
  public interface Progress {
    /** A claim is begun. */
    void begins(Claim claim);

    /**
     * A claim has its result.
     *
     * @param known whether it was there before
     */
    void done(ClaimResult result, boolean known);
  }

  /**
   * Measures what the folder lacks.
   *
   * @param folder of the results; exists
   * @return in the order of the claims; empty if a stop was asked for first
   */
  public Optional<List<ClaimResult>> run(Laboratory laboratory, Path folder, Progress progress) {
    List<ClaimResult> results = new ArrayList<>();
    for (Claim claim : claims) {
      ClaimSettings settings = claim.settings(preset);
      String hash = hash(settings, laboratory);
      Path file = file(claim, laboratory, folder);
      boolean known = Files.exists(file);
      ClaimResult result;
      if (known) {
        result = ClaimResult.read(file);
      } else {
        progress.begins(claim);
        try {
          laboratory.requireGoingOn();
          result = measured(claim, settings, hash, laboratory);
        } catch (Laboratory.StoppedException e) {
          return Optional.empty();
        }
        result.write(folder);
      }
      results.add(result);
      progress.done(result, known);
    }
    return Optional.of(results);
  }

  /** The file of a claim's result in a folder, which is there once it is measured. */
  public Path file(Claim claim, Laboratory laboratory, Path folder) {
    String hash = hash(claim.settings(preset), laboratory);
    return ClaimResult.file(folder, claim.card().id(), preset.word(), hash);
  }

  private static String hash(ClaimSettings settings, Laboratory laboratory) {
    return ClaimSettings.hash(settings.hash() + " " + laboratory.id());
  }

  private ClaimResult measured(
      Claim claim, ClaimSettings settings, String hash, Laboratory laboratory) {
    long start = System.nanoTime();
    Finding finding = claim.measure(settings, laboratory);
    return new ClaimResult(
        ClaimResult.FORMAT,
        claim.card().id(),
        preset.word(),
        hash,
        BuildInfo.current().commit(),
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        (System.nanoTime() - start) / NANOS,
        settings,
        finding);
  }
}
