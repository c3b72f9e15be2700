package lemniscate.rule.gnt;

import lemniscate.backend.Operations;

/** How D_{L−1} … D_1 follow from D_L, the feed-forward pass and the Jacobians of each example. */
sealed interface Jacobians permits MatrixJacobians, SeededJacobians {

  /** Enqueues the displacements of all hidden layers. */
  void displace(Operations ops);
}
