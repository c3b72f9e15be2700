/** Configuration and the refusal of bad input. */
@NullMarked
package lemniscate.config;

import org.jspecify.annotations.NullMarked;
