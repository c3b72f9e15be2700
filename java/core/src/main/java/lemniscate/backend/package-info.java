/**
 * What a device must be able to do, and how it is chosen. Two tiers: primitives, which every
 * backend has, and passes, which have a default made of primitives and may be replaced by one fused
 * kernel.
 */
@NullMarked
package lemniscate.backend;

import org.jspecify.annotations.NullMarked;
