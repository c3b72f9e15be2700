/** Feedback alignment: errors or targets reach the hidden layers through fixed random weights. */
@NullMarked
package lemniscate.rule.feedback;

import org.jspecify.annotations.NullMarked;
