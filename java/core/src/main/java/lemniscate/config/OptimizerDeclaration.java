package lemniscate.config;

import java.util.List;

/**
 * What the configuration knows of an optimiser; {@code lemniscate.optim.OptimizerFamily} has the
 * rest.
 */
public interface OptimizerDeclaration extends Declaration {

  /** The name that {@code optim.name} takes. */
  String name();

  @Override
  default List<String> names() {
    return List.of(name());
  }
}
