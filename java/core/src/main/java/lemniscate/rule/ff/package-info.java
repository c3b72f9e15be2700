/** Forward-Forward: layers that tell right labels from wrong ones, each for itself. */
@NullMarked
package lemniscate.rule.ff;

import org.jspecify.annotations.NullMarked;
