/**
 * What units are made of beside a single weight matrix: layers, one file for each kind, and the
 * unit that is a stack of them.
 */
@NullMarked
package lemniscate.network.layer;

import org.jspecify.annotations.NullMarked;
