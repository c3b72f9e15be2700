package lemniscate.rule.tp;

import lemniscate.backend.Operations;

/** How D_{l−1} follows from D_l at one unit by a regression. */
sealed interface RidgeMap permits FlatRidge, ChannelRidge, SkippedUnit {

  /** Enqueues what follows from the activities alone. */
  void kernel(Operations ops);

  /** Enqueues the displacement below. */
  void descend(Operations ops);
}
