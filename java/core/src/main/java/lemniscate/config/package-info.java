/**
 * The typed configuration of a run. {@link lemniscate.config.ConfigSchema} declares every key once
 * (name, type, default, range, description); reading YAML, {@code --set}, long options, the
 * resolved YAML and the table in the docs all follow from those declarations.
 */
@NullMarked
package lemniscate.config;

import org.jspecify.annotations.NullMarked;
