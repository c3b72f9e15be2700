/** Backpropagation: baseline and oracle. */
@NullMarked
package lemniscate.rule.bp;

import org.jspecify.annotations.NullMarked;
