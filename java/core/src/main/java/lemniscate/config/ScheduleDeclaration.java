package lemniscate.config;

import java.util.List;

/**
 * What the configuration knows of a schedule of the learning rate; {@code
 * lemniscate.optim.ScheduleFamily} has the rest.
 */
public interface ScheduleDeclaration extends Declaration {

  /** The name that {@code optim.schedule} takes. */
  String name();

  @Override
  default List<String> names() {
    return List.of(name());
  }
}
