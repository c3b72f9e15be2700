/**
 * What people, shells and spreadsheets read: texts from outside, written so that they do no harm.
 */
@NullMarked
package lemniscate.text;

import org.jspecify.annotations.NullMarked;
