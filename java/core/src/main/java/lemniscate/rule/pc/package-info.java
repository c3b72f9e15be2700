/** Predictive coding: inference by energy relaxation, then local weight updates. */
@NullMarked
package lemniscate.rule.pc;

import org.jspecify.annotations.NullMarked;
