/**
 * How long training steps take: beside the products that they are made of, and beside other
 * programs. Nothing here decides anything but what is shown.
 */
@NullMarked
package lemniscate.timing;

import org.jspecify.annotations.NullMarked;
