package lemniscate.sweep.slurm;

/**
 * A task of an array as Slurm lists it.
 *
 * @param job number of the array's job
 * @param index in the array
 * @param state in Slurm's words
 * @param name of the job
 */
record QueuedTask(String job, int index, String state, String name) {}
