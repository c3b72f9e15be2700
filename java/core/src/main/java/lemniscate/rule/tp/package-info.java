/** Target propagation. */
@NullMarked
package lemniscate.rule.tp;

import org.jspecify.annotations.NullMarked;
