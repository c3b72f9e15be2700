/** Reader of the golden vectors: small float64 examples made by an independent program. */
@NullMarked
package lemniscate.golden;

import org.jspecify.annotations.NullMarked;
