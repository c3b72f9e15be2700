/**
 * Training runs: the loop, evaluation, metrics, checkpoints, run directories, and the way from a
 * configuration to all of them.
 */
@NullMarked
package lemniscate.train;

import org.jspecify.annotations.NullMarked;
