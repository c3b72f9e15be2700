/**
 * What the backend asks of a device, and no more: memory, kernels by name, products, recordings.
 * Two things implement it: CUDA through JCuda, and the host execution of the tests.
 */
@NullMarked
package lemniscate.cuda.driver;

import org.jspecify.annotations.NullMarked;
