package lemniscate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lemniscate theory}: closed theories of learning beside simulations. */
@Command(
    name = TheoryCommand.NAME,
    synopsisSubcommandLabel = "COMMAND",
    description = "Solves equations of learning and holds simulations against them.",
    footerHeading = "%nExample:%n",
    footer = "  lemniscate theory pepita-ode")
final class TheoryCommand implements Runnable {

  static final String NAME = "theory";

  @SuppressWarnings("unused") // picocli reads the options
  @Mixin
  private final CommonOptions common;

  @Spec private CommandSpec spec;

  TheoryCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given; expected pepita-ode");
  }
}
