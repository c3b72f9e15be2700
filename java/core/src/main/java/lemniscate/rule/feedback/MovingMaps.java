package lemniscate.rule.feedback;

import java.util.Map;
import lemniscate.backend.Operations;
import lemniscate.tensor.Tensor;

/** What makes feedback weights of what a step knows, before it and after its update. */
interface MovingMaps {

  /** Enqueues what the maps are in this step. */
  void before(Operations ops);

  /** Enqueues what the update does to them, after that of the weights. */
  void after(Operations ops);

  /** What lasts from step to step, by name; the maps follow from it. */
  Map<String, Tensor> state();
}
