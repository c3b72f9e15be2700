/** Scientific studies: what the engine's rules do as the width grows. */
@NullMarked
package lemniscate.study;

import org.jspecify.annotations.NullMarked;
