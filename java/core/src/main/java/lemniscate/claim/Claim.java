package lemniscate.claim;

/** A sentence that can be true or false, and how it is measured; a file for each. */
public interface Claim {

  /** {@return what people read of it} */
  Card card();

  /** {@return what it is measured with} */
  ClaimSettings settings(ClaimPreset preset);

  /**
   * Measures and compares with what is expected. The same settings in the same laboratory give the
   * same numbers; what earlier calls have measured there is not measured again.
   *
   * @throws Laboratory.StoppedException if a stop was asked for first
   */
  Finding measure(ClaimSettings settings, Laboratory laboratory);

  /**
   * What people read of a claim.
   *
   * @param id name on the command line
   * @param sentence what is claimed
   * @param source paper with equation or figure, or page of the documentation
   * @param command that shows the same alone, by a study's own page
   * @param change what would change the verdict, and what stands against it where it fails
   * @param published numbers of the paper with their source and whether they are confirmed; empty
   *     for none. They are never what is expected
   */
  record Card(
      String id, String sentence, String source, String command, String change, String published) {

    /** A claim without published numbers. */
    Card(String id, String sentence, String source, String command, String change) {
      this(id, sentence, source, command, change, "");
    }
  }
}
