/**
 * Learning rules: what they are bound to and what a training step is. One package per family below.
 */
@NullMarked
package lemniscate.rule;

import org.jspecify.annotations.NullMarked;
