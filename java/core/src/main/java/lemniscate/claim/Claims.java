package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;

/** All claims, in the order of the page. */
public final class Claims {

  private static final List<Claim> ALL =
      List.of(
          new PcTransfersOverWidth(),
          new PcTransfersJointly(),
          new StandardParameterizationDrifts(),
          new PcNeedsItsOwnExponents(),
          new LargePrecisionHurtsWideNetworks(),
          new WiderIsBetter(),
          new PcIsBackpropagation(),
          new PcBecomesFirstOrder(),
          new PcBetweenFirstOrderAndGaussNewton(),
          new TpHasNoKernelRegime(),
          new TpTransfersOverWidth(),
          new ConvolutionalNetworksMoveAlike(),
          new RulesAreInOrder(),
          new PepitaIsAdaptiveFeedback(),
          new PepitaFollowsItsEquations(),
          new HebbianPepitaIsForwardForward(),
          new MirroringAligns(),
          new MirroringHelps(),
          new DecayHelps(),
          new NormalisationHelps(),
          new PepitaInDepth(),
          new SequentialInferenceTurns(),
          new StreamsTendToAConstant(),
          new InferenceTakesTheSquareOfDepth(),
          new CreditReachesByErrorCoordinates(),
          new DisplacementsKeepSinglePrecision());

  private Claims() {}

  /** {@return all claims} */
  public static List<Claim> all() {
    return ALL;
  }

  /** {@return their ids} */
  public static List<String> ids() {
    return ALL.stream().map(claim -> claim.card().id()).toList();
  }

  /** {@return a row for each claim, for the documentation} */
  public static String markdownTable() {
    StringBuilder table = new StringBuilder("| claim | sentence | source |\n| --- | --- | --- |\n");
    for (Claim claim : ALL) {
      Claim.Card card = claim.card();
      table.append("| `%s` | %s | %s |\n".formatted(card.id(), card.sentence(), card.source()));
    }
    return table.toString();
  }

  /**
   * The claims of some ids, in the order of the page; {@code all} names all of them.
   *
   * @throws BadInputException if there is no such claim
   */
  public static List<Claim> named(List<String> names) {
    List<String> wanted = new ArrayList<>(names);
    if (wanted.isEmpty() || wanted.remove("all")) {
      wanted.addAll(ids());
    }
    for (String name : wanted) {
      if (!ids().contains(name)) {
        throw new BadInputException(
            "CLAIM is %s; expected all or some of %s. `lemniscate reproduce --list` says what they claim."
                .formatted(Shown.quoted(name), String.join(", ", ids())));
      }
    }
    return ALL.stream().filter(claim -> wanted.contains(claim.card().id())).toList();
  }
}
