package lemniscate.rule;

/** Where the first step of a rule moves activities, against the activities themselves. */
public enum ActivityMotion {
  /** In a direction of its own: their scalar product is a sum of random terms. */
  ACROSS,
  /** Along themselves in part: that sum is aligned. */
  ALONG,
  /** Along themselves in some examples and against in others, which nearly cancel. */
  CONTRASTED
}
