package lemniscate.rule.tp;

import lemniscate.backend.Operations;

/** How D_{L−1} … D_1 follow from D_L and the feed-forward pass. */
sealed interface Descent permits RidgeDescent, WeightDescent, MapDescent {

  /** Enqueues the displacements of all hidden layers. */
  void record(Operations ops);
}
