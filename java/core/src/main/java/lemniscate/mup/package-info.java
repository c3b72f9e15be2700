/**
 * Width scaling, as pure arithmetic: the only source of weight multipliers, initial standard
 * deviations and learning rates.
 *
 * <p>Every trained array has a {@link lemniscate.mup.ParameterRole role}. A {@link
 * lemniscate.mup.Parameterization} maps the role to {@link lemniscate.mup.AbcExponents three
 * exponents} and, at a given width, to the numbers of a {@link lemniscate.mup.ParameterScaling}.
 */
@NullMarked
package lemniscate.mup;

import org.jspecify.annotations.NullMarked;
