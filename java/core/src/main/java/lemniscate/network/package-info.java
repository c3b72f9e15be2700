/** Networks: their architecture, their parameters in a backend's memory, the feed-forward pass. */
@NullMarked
package lemniscate.network;

import org.jspecify.annotations.NullMarked;
