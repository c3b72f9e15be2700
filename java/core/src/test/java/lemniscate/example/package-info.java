/** Examples for users of the library; the README shows them as they stand here. */
@NullMarked
package lemniscate.example;

import org.jspecify.annotations.NullMarked;
