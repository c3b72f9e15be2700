/** PEPITA: learning from two forward passes, the second with the output error in the input. */
@NullMarked
package lemniscate.rule.pepita;

import org.jspecify.annotations.NullMarked;
