package lemniscate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lemniscate reproduce}: published results, run again. */
@Command(
    name = ReproduceCommand.NAME,
    synopsisSubcommandLabel = "COMMAND",
    description = "Runs published comparisons again, beside the published numbers.",
    footerHeading = "%nExample:%n",
    footer = "  lemniscate reproduce rules-table")
final class ReproduceCommand implements Runnable {

  static final String NAME = "reproduce";

  @SuppressWarnings("unused") // picocli reads the options
  @Mixin
  private final CommonOptions common;

  @Spec private CommandSpec spec;

  ReproduceCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given; expected rules-table");
  }
}
