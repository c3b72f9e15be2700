package lemniscate.claim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lemniscate.config.BadInputException;
import lemniscate.study.Judgement;
import lemniscate.train.OutputFolder;

/**
 * A measured claim, as it is kept in a file of its own.
 *
 * @param format of the file
 * @param claim its id
 * @param preset its word
 * @param hash of settings and backend
 * @param commit of the program that measured
 * @param finished when, in ISO 8601
 * @param seconds that it took, without what was measured before
 * @param settings what it was measured with
 * @param finding what was measured
 */
public record ClaimResult(
    int format,
    String claim,
    String preset,
    String hash,
    String commit,
    String finished,
    double seconds,
    ClaimSettings settings,
    Finding finding) {

  static final int FORMAT = 1;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** {@return the verdict} */
  public Judgement judgement() {
    return finding.judgement();
  }

  /** {@return the file of a claim in a folder} */
  static Path file(Path folder, String claim, String preset, String hash) {
    return folder.resolve("%s-%s-%s.json".formatted(claim, preset, hash));
  }

  /** Writes the file, whole or not at all. */
  void write(Path folder) {
    Path file = file(folder, claim, preset, hash);
    try {
      OutputFolder.replace(file, MAPPER.writeValueAsString(this) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written", e);
    }
  }

  /**
   * Reads a file.
   *
   * @throws BadInputException if it is none of this version
   */
  static ClaimResult read(Path file) {
    try {
      ClaimResult result = MAPPER.readValue(Files.readString(file), ClaimResult.class);
      if (result.format() != FORMAT) {
        throw new BadInputException(
            "%s has format %d; expected %d. Remove it to measure its claim again."
                .formatted(file, result.format(), FORMAT));
      }
      return result;
    } catch (JsonProcessingException e) {
      throw new BadInputException(
          "%s is no result of a claim (%s); remove it to measure its claim again."
              .formatted(file, e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw new BadInputException(
          "%s cannot be read (%s); name another folder."
              .formatted(file, e.getClass().getSimpleName()),
          e);
    }
  }
}
