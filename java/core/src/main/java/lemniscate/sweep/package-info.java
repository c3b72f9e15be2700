/** Many trainings of one file: their list, the store of their results, and what runs them. */
@NullMarked
package lemniscate.sweep;

import org.jspecify.annotations.NullMarked;
