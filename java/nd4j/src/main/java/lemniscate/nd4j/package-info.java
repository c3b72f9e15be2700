/**
 * A backend made of ND4J's array operations, primitives only: it shares no arithmetic with the
 * others, so that the contract and the golden vectors hold it up as an independent check.
 */
@NullMarked
package lemniscate.nd4j;

import org.jspecify.annotations.NullMarked;
