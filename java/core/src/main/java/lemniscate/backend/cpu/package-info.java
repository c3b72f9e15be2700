/**
 * The CPU backend: a CBLAS library through the foreign-function API on off-heap memory, elementwise
 * passes in C, a pool of threads. The same seed and thread count give the same bits.
 */
@NullMarked
package lemniscate.backend.cpu;

import org.jspecify.annotations.NullMarked;
