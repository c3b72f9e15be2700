/**
 * Launchers: each operation of the contract as launches of the kernels in {@code kernels/}, with
 * their geometry and the order of their parameters.
 */
@NullMarked
package lemniscate.cuda.kernel;

import org.jspecify.annotations.NullMarked;
