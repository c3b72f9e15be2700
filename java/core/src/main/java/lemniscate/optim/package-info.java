/** Optimisers and learning-rate schedules. */
@NullMarked
package lemniscate.optim;

import org.jspecify.annotations.NullMarked;
