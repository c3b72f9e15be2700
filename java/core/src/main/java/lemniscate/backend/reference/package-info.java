/**
 * The oracle: every primitive and every pass as a plain scalar loop in double precision, never
 * tuned. Each kernel of another backend has its twin here.
 */
@NullMarked
package lemniscate.backend.reference;

import org.jspecify.annotations.NullMarked;
