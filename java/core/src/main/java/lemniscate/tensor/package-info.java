/** Handles of matrices in a backend's memory: shapes, views, slabs, arenas. No arithmetic. */
@NullMarked
package lemniscate.tensor;

import org.jspecify.annotations.NullMarked;
