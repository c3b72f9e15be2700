/** Gauss-Newton targets. */
@NullMarked
package lemniscate.rule.gnt;

import org.jspecify.annotations.NullMarked;
