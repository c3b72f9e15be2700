/** Closed forms that the engine's results are held against, in plain double precision. */
@NullMarked
package lemniscate.theory;

import org.jspecify.annotations.NullMarked;
