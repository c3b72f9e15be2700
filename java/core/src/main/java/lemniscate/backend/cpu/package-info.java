/**
 * The CPU backend: products and loops in C (native/cpu) through the foreign-function API on
 * off-heap memory, with plain Java and a CBLAS library in their place where there is no C, and a
 * pool of threads. The same seed gives the same bits, in C on any number of threads.
 */
@NullMarked
package lemniscate.backend.cpu;

import org.jspecify.annotations.NullMarked;
