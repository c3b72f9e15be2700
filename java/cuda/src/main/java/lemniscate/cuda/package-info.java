/**
 * The CUDA backend: tensors in the memory of a device, recordings that are replayed as one graph.
 */
@NullMarked
package lemniscate.cuda;

import org.jspecify.annotations.NullMarked;
