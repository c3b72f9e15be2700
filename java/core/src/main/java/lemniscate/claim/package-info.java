/** Claims of the papers and of this project's theory, each measured and judged. */
@NullMarked
package lemniscate.claim;

import org.jspecify.annotations.NullMarked;
