package lemniscate.mup;

/** What the learning-rate exponents of feedback weights need to know of how they are trained. */
public enum FeedbackLearning {
  /** Not at all. */
  FIXED,
  /** By reconstruction of activities: residuals and activities are both of order 1. */
  RECONSTRUCTION,
  /** By reconstruction of noise sent through one layer. */
  LOCAL_NOISE,
  /** By reconstruction of noise sent to the output and back. */
  OUTPUT_NOISE
}
