package lemniscate.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lemniscate completion}: the script that completes commands and options in a shell. */
@Command(
    name = "completion",
    description = "Writes a completion script for bash or zsh.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate completion bash > ~/.local/share/bash-completion/completions/lemniscate",
      "  source <(lemniscate completion zsh)"
    })
final class CompletionCommand implements Callable<Integer> {

  @Mixin private final CommonOptions common;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  private String shell;

  CompletionCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  @Override
  public Integer call() {
    String opening =
        switch (shell) {
          case "bash" -> "";
          case "zsh" -> "autoload -U +X bashcompinit && bashcompinit\n";
          default ->
              throw new BadInputException(
                  "completion: "
                      + Shown.quoted(shell)
                      + " is not a shell that is supported; expected bash or zsh.");
        };
    String script = opening + AutoComplete.bash(Main.NAME, spec.root().commandLine());
    common.document(Map.of("script", script), script);
    return ExitCode.DONE.code();
  }
}
