package lemniscate.timing;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;

/**
 * The engine's step, its floor and the same step by other programs, timed in turns. A program whose
 * first update is not the engine's, or that cannot run, is skipped.
 *
 * @param engine times of the step
 * @param floor times of its floor
 * @param peers the other programs, in the order in which they were asked for
 */
public record PeerComparison(Times engine, Times floor, List<Peer> peers) {

  /**
   * Another program and what became of it.
   *
   * @param name that users type
   * @param version name and version
   * @param blas the library that multiplies for it; empty where unknown
   * @param difference of its first update from the engine's, relatively; NaN where it made none
   * @param skipped why it was not timed, or an empty text
   * @param lacksRule whether it was skipped because it has no such rule
   * @param times none where it was skipped
   */
  public record Peer(
      String name,
      String version,
      String blas,
      double difference,
      String skipped,
      boolean lacksRule,
      Times times) {

    private static Peer of(String name, PeerProgram program, Times times) {
      return new Peer(
          name,
          program.version(),
          program.blas(),
          program.difference(),
          program.skipped(),
          program.lacksRule(),
          times);
    }
  }

  private static final Times NONE = new Times(List.of(), List.of());

  /**
   * Refuses names of programs that there are not.
   *
   * @param source where the names were given, such as {@code --peer}
   * @throws BadInputException if one is not among the known ones; the message lists these
   */
  public static void requireKnown(String source, List<String> names, Collection<String> known) {
    for (String name : names) {
      if (!known.contains(name)) {
        throw new BadInputException(
            "%s names %s; expected some of %s, separated by commas."
                .formatted(source, Shown.quoted(name), String.join(", ", new TreeSet<>(known))));
      }
    }
  }

  /**
   * Starts the other programs, lets all take their turns, and ends the others.
   *
   * @param names of other programs
   * @param start starts one by its name; its problem has been written
   * @param onSkipped told at once of every program that is skipped
   */
  public static PeerComparison take(
      Turns turns,
      Program engine,
      Program floor,
      List<String> names,
      Function<String, PeerProgram> start,
      Consumer<Peer> onSkipped) {
    Map<String, PeerProgram> running = new LinkedHashMap<>();
    Map<String, Peer> peers = new LinkedHashMap<>();
    try {
      for (String name : names) {
        PeerProgram program = start.apply(name);
        Peer peer = Peer.of(name, program, NONE);
        peers.put(name, peer);
        if (peer.skipped().isEmpty()) {
          running.put(name, program);
        } else {
          program.close();
          onSkipped.accept(peer);
        }
      }
      List<Program> programs = new ArrayList<>(List.of(engine, floor));
      programs.addAll(running.values());
      List<Times> taken = turns.take(programs);
      int at = 2;
      for (Map.Entry<String, PeerProgram> entry : running.entrySet()) {
        Peer peer = Peer.of(entry.getKey(), entry.getValue(), taken.get(at));
        at++;
        peers.put(peer.name(), peer);
        if (!peer.skipped().isEmpty()) {
          onSkipped.accept(peer);
        }
      }
      return new PeerComparison(taken.get(0), taken.get(1), List.copyOf(peers.values()));
    } finally {
      running.values().forEach(PeerProgram::close);
    }
  }
}
