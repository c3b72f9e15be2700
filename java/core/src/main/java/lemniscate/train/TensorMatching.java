package lemniscate.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;

/**
 * Finds which tensor of a PyTorch network is which parameter, where only one way is possible: by
 * shape, and among equal shapes by the number in names that differ in nothing else ({@code
 * 2.weight}, {@code 10.weight}). A bias belongs to the weight whose name it shares. A file has
 * tensors in no order that means something.
 */
final class TensorMatching {

  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

  private final Path file;
  private final Map<String, ParameterLayout> layouts;
  private final List<SafetensorsEntry> left;
  private final String remedy;
  private final Map<String, String> pairs = new LinkedHashMap<>();

  TensorMatching(
      Path file,
      Map<String, ParameterLayout> layouts,
      Collection<SafetensorsEntry> entries,
      String remedy) {
    this.file = file;
    this.layouts = layouts;
    this.left = new ArrayList<>(entries);
    this.remedy = remedy;
  }

  /**
   * The name of a tensor for every parameter.
   *
   * @throws BadInputException if there is none, or more than one way
   */
  Map<String, String> pairs() {
    match(layouts.values().stream().filter(own -> !own.spec().isVector()).toList());
    biases();
    match(
        layouts.values().stream()
            .filter(own -> own.spec().isVector() && !pairs.containsKey(own.name()))
            .toList());
    if (!left.isEmpty()) {
      throw new BadInputException(
          "%s also has %s, which the network has no parameters for; describe the same network (net.bias true, if they are biases).%s"
              .formatted(file, shown(left), remedy));
    }
    return pairs;
  }

  private void match(List<ParameterLayout> parameters) {
    Set<List<Integer>> shapes = new LinkedHashSet<>();
    parameters.forEach(own -> shapes.add(own.torchExtents()));
    for (List<Integer> shape : shapes) {
      List<ParameterLayout> own =
          parameters.stream().filter(one -> one.torchExtents().equals(shape)).toList();
      List<SafetensorsEntry> candidates =
          left.stream()
              .filter(e -> e.shape().equals(shape.stream().map(Integer::longValue).toList()))
              .sorted(Comparator.comparingLong(e -> number(e.name())))
              .toList();
      boolean ordered =
          own.size() == 1
              || candidates.stream().map(e -> pattern(e.name())).distinct().count() == 1
                  && candidates.stream().map(e -> number(e.name())).distinct().count()
                      == candidates.size();
      if (candidates.size() != own.size() || !ordered) {
        throw new BadInputException(
            "%s: which tensors are %s, of shape %s in PyTorch, is not clear: it has %s of that shape, among %s.%s"
                .formatted(
                    file,
                    Shown.list(own.stream().map(ParameterLayout::name).toList()),
                    shape,
                    candidates.isEmpty()
                        ? "none"
                        : Shown.list(candidates.stream().map(SafetensorsEntry::name).toList()),
                    shown(left),
                    remedy));
      }
      for (int i = 0; i < own.size(); i++) {
        take(own.get(i), candidates.get(i));
      }
    }
  }

  // X.bias of X.weight.
  private void biases() {
    for (ParameterLayout own : layouts.values()) {
      String weight = pairs.get(own.name().replaceFirst("bias$", "weight"));
      if (own.spec().isBias() && weight != null && weight.endsWith("weight")) {
        String name = weight.replaceFirst("weight$", "bias");
        left.stream()
            .filter(
                entry ->
                    entry.name().equals(name)
                        && entry.shape().equals(List.of((long) own.columns())))
            .findFirst()
            .ifPresent(entry -> take(own, entry));
      }
    }
  }

  private static String shown(List<SafetensorsEntry> entries) {
    return Shown.list(
        entries.stream().map(entry -> entry.name() + " " + entry.describe()).toList());
  }

  private void take(ParameterLayout own, SafetensorsEntry entry) {
    pairs.put(own.name(), entry.name());
    left.remove(entry);
  }

  private static long number(String name) {
    Matcher matcher = NUMBER.matcher(name);
    return matcher.find() ? Long.parseLong(matcher.group()) : -1;
  }

  private static String pattern(String name) {
    return NUMBER.matcher(name).replaceFirst("#");
  }
}
