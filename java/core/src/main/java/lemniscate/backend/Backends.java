package lemniscate.backend;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import lemniscate.config.BadInputException;

/** Finds and opens backends. */
public final class Backends {

  /** The name that lets the program choose. */
  public static final String AUTO = "auto";

  /** Backends outside the default build, with what brings them in. */
  private static final Map<String, String> OPTIONAL =
      Map.of(
          "nd4j",
          "build it with `mvn -Pnd4j -DskipTests package` in the project's folder (downloads 150"
              + " MB)");

  private Backends() {}

  /** Backends that are not part of the default build, with what to do for each. */
  public static Map<String, String> optional() {
    return OPTIONAL;
  }

  /** All providers on the class path, the preferred first. */
  public static List<BackendProvider> providers() {
    return ServiceLoader.load(BackendProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .sorted(
            Comparator.comparingInt(BackendProvider::rank)
                .reversed()
                .thenComparing(BackendProvider::name))
        .toList();
  }

  /** Opens the preferred usable backend with default options. */
  public static Backend open() {
    return open(AUTO, BackendOptions.defaults());
  }

  /**
   * Opens a backend.
   *
   * @param name a provider's name, or {@link #AUTO} for the usable one of the highest rank
   * @throws BadInputException for a name that is unknown or not usable here; only {@code auto}
   *     chooses
   */
  public static Backend open(String name, BackendOptions options) {
    if (name.equals(AUTO)) {
      return choose().open(options);
    }
    List<BackendProvider> providers = providers();
    BackendProvider chosen =
        providers.stream()
            .filter(provider -> provider.name().equals(name))
            .findFirst()
            .orElseThrow(() -> unknown(name, providers));
    BackendProvider.Availability availability = chosen.availability();
    if (!availability.usable()) {
      throw new BadInputException(
          "backend "
              + name
              + " is not usable here: "
              + availability.detail()
              + ". "
              + availability.remedy());
    }
    return chosen.open(options);
  }

  /** What {@link BackendProvider#warnings} says of a backend that is open. */
  public static List<String> warnings(String name, BackendOptions options) {
    return providers().stream()
        .filter(provider -> provider.name().equals(name))
        .flatMap(provider -> provider.warnings(options).stream())
        .toList();
  }

  /**
   * What {@link #AUTO} takes.
   *
   * @throws BadInputException when nothing is usable
   */
  public static Choice choose() {
    Map<String, String> unusable = new LinkedHashMap<>();
    for (BackendProvider provider : providers()) {
      BackendProvider.Availability availability = provider.availability();
      if (availability.usable()) {
        return new Choice(provider, unusable);
      }
      unusable.put(provider.name(), availability.detail());
    }
    throw new BadInputException("backend auto: none is usable here; `lemniscate doctor` says why.");
  }

  /**
   * A choice among the providers.
   *
   * @param provider the one chosen, usable
   * @param unusable those that would have been preferred, with the reason against each
   */
  public record Choice(BackendProvider provider, Map<String, String> unusable) {

    /** Name of the one chosen. */
    public String name() {
      return provider.name();
    }

    /** As {@link BackendProvider#open}. */
    public Backend open(BackendOptions options) {
      return provider.open(options);
    }

    /** Those that would have been preferred, in parentheses after a space; empty without any. */
    public String passedOver() {
      return unusable.isEmpty()
          ? ""
          : unusable.entrySet().stream()
              .map(entry -> entry.getKey() + " is not: " + entry.getValue())
              .collect(Collectors.joining("; ", " (", ")"));
    }
  }

  private static BadInputException unknown(String name, List<BackendProvider> providers) {
    String installed =
        providers.stream().map(BackendProvider::name).sorted().collect(Collectors.joining(", "));
    return new BadInputException(
        "backend "
            + name
            + " is not installed; "
            + (OPTIONAL.containsKey(name) ? OPTIONAL.get(name) + ", or choose" : "expected")
            + " "
            + AUTO
            + " or one of: "
            + installed
            + ". `lemniscate doctor` shows what works here");
  }
}
