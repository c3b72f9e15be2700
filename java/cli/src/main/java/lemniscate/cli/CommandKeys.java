package lemniscate.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import lemniscate.config.Aspect;
import lemniscate.config.ConfigKey;

/**
 * The keys of the configuration that have a meaning for a command: those of some aspects, so that a
 * new key reaches every command that it concerns, but for single ones.
 */
record CommandKeys(Set<Aspect> aspects, List<ConfigKey<?>> without, List<ConfigKey<?>> with)
    implements Predicate<ConfigKey<?>> {

  /** All keys. */
  static final CommandKeys ALL = new CommandKeys(EnumSet.allOf(Aspect.class), List.of(), List.of());

  /** The keys of some aspects. */
  static CommandKeys of(Aspect first, Aspect... others) {
    return new CommandKeys(EnumSet.of(first, others), List.of(), List.of());
  }

  /** The same without some aspects. */
  CommandKeys without(Aspect... other) {
    Set<Aspect> fewer = EnumSet.copyOf(aspects);
    List.of(other).forEach(fewer::remove);
    return new CommandKeys(fewer, without, with);
  }

  /** The same without some keys. */
  CommandKeys without(ConfigKey<?>... keys) {
    return without(List.of(keys));
  }

  /** The same without some keys. */
  CommandKeys without(Collection<ConfigKey<?>> keys) {
    return new CommandKeys(aspects, Stream.concat(without.stream(), keys.stream()).toList(), with);
  }

  /** The same with some keys of other aspects. */
  CommandKeys with(ConfigKey<?>... keys) {
    List<ConfigKey<?>> more = new ArrayList<>(with);
    more.addAll(List.of(keys));
    return new CommandKeys(aspects, without, List.copyOf(more));
  }

  @Override
  public boolean test(ConfigKey<?> key) {
    return !without.contains(key) && (aspects.contains(key.aspect()) || with.contains(key));
  }
}
