package lemniscate.rule.pc;

import lemniscate.backend.Operations;

/** An inference that runs before the recording of gradients and update, with a look at data. */
interface Relaxation extends AutoCloseable {

  /** Relaxes on the batch that is in the inputs and targets; leaves the energy. */
  void run();

  /** Enqueues the gradients of all layers at what {@link #run} leaves. */
  void gradients(Operations ops);

  @Override
  void close();
}
