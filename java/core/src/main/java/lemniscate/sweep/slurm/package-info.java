/** Sweeps as job arrays of a Slurm cluster: submitted, watched, requeued and collected. */
@NullMarked
package lemniscate.sweep.slurm;

import org.jspecify.annotations.NullMarked;
