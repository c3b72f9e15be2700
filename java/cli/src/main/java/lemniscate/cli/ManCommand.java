package lemniscate.cli;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** {@code lemniscate man}: all helps as a page of the manual, in the man macros of roff. */
@Command(
    name = "man",
    description = "Writes the manual page of all commands.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate man > ~/.local/share/man/man1/lemniscate.1",
      "  lemniscate man | man -l -"
    })
final class ManCommand implements Callable<Integer> {

  @Mixin private final CommonOptions common;
  @Spec private CommandSpec spec;

  ManCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  @Override
  public Integer call() {
    String page = page(spec.root());
    common.document(Map.of("page", page), page);
    return ExitCode.DONE.code();
  }

  /** The page of a program. */
  static String page(CommandSpec program) {
    StringBuilder page = new StringBuilder();
    String name = program.name();
    page.append(".TH ").append(name.toUpperCase(Locale.ROOT)).append(" 1\n");
    page.append(".SH NAME\n").append(text(name)).append(" \\- ");
    page.append(text(plain(program.usageMessage().description()))).append('\n');
    page.append(".SH SYNOPSIS\n.B ").append(text(name)).append("\nCOMMAND [OPTIONS]\n");
    page.append(".SH COMMANDS\n");
    Deque<CommandSpec> commands = new ArrayDeque<>(below(program));
    while (!commands.isEmpty()) {
      CommandSpec command = commands.removeFirst();
      describe(command, page);
      // A command's own stand behind it.
      below(command).reversed().forEach(commands::addFirst);
    }
    page.append(".SH EXIT STATUS\n");
    for (ExitCode code : ExitCode.values()) {
      page.append(".TP\n.B ").append(code.code()).append('\n');
      page.append(text(code.meaning())).append('\n');
    }
    return page.toString();
  }

  private static List<CommandSpec> below(CommandSpec command) {
    Collection<CommandLine> lines = new LinkedHashSet<>(command.subcommands().values());
    return lines.stream()
        .map(CommandLine::getCommandSpec)
        .filter(below -> !below.usageMessage().hidden())
        .toList();
  }

  private static void describe(CommandSpec command, StringBuilder page) {
    page.append(".SS \"").append(text(command.qualifiedName(" "))).append("\"\n");
    page.append(text(plain(command.usageMessage().description()))).append('\n');
    for (ArgSpec argument : command.positionalParameters()) {
      item(argument.paramLabel(), argument, page);
    }
    for (OptionSpec option : command.options()) {
      String label = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
      item(String.join(", ", option.names()) + label, option, page);
    }
    String[] examples = command.usageMessage().footer();
    if (examples.length > 0) {
      page.append(".PP\nExamples:\n.PP\n.nf\n");
      for (String line : examples) {
        page.append(text(String.format(Locale.ROOT, line))).append('\n');
      }
      page.append(".fi\n");
    }
  }

  private static void item(String name, ArgSpec argument, StringBuilder page) {
    if (!argument.hidden()) {
      page.append(".TP\n.B ").append(text(name)).append('\n');
      page.append(text(plain(argument.description()))).append('\n');
    }
  }

  private static String plain(String[] lines) {
    return Arrays.stream(lines)
        .map(line -> String.format(Locale.ROOT, line))
        .collect(Collectors.joining(" "))
        .replaceAll("\\s+", " ")
        .strip();
  }

  /** Text that roff does not take for its own: hyphens stay hyphens, and lines begin as lines. */
  private static String text(String text) {
    StringBuilder ascii = new StringBuilder();
    text.replace("\\", "\\e")
        .replace("-", "\\-")
        .replace("\"", "\\(dq")
        .codePoints()
        .forEach(c -> ascii.append(c < 0x80 ? Character.toString(c) : "\\[u%04X]".formatted(c)));
    String escaped = ascii.toString();
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }
}
