/**
 * Counter-based random numbers: every number is a pure function of seed, stream and index, so it
 * does not depend on the order of calls, on threads or on the backend.
 */
@NullMarked
package lemniscate.random;

import org.jspecify.annotations.NullMarked;
