package lemniscate.rule.tp;

/** How the target of the output reaches the hidden layers, through feedback maps g. */
public enum Pathway {
  /** t_{l−1} = g_l(t_l) (Bengio, arXiv 1407.7906). */
  PLAIN,
  /** t_{l−1} = h_{l−1} + g_l(t_l) − g_l(h_l) (Lee et al., arXiv 1412.7525). */
  DIFFERENCE,
  /** t_l = h_l + g_l(t_L) − g_l(h_L) (Meulemans et al., arXiv 2006.14331). */
  DIRECT
}
