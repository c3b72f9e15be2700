package lemniscate.rule.tp;

/** What learned feedback descends; ε and η are normal noise of standard deviation s. */
public enum Reconstruction {
  /**
   * ½‖g_l(f_l(h_{l−1} + ε)) − (h_{l−1} + ε)‖², an autoencoder in every layer (Lee et al., arXiv
   * 1412.7525).
   */
  ACTIVITY,
  /**
   * DRL, ½‖g_l(h̃_l) − g_l(h_l) − ε‖²/s²: h_{l−1} + ε goes to the output and comes back to layer l,
   * as h̃_l, through the maps above with their difference correction; direct maps take it from the
   * output (Meulemans et al., arXiv 2006.14331).
   */
  OUTPUT_NOISE,
  /**
   * L-DRL, [−ε·(g_l(f_l(h_{l−1} + ε)) − g_l(h_l)) + ½‖g_l(h_l + η) − g_l(h_l)‖²]/s², of which the
   * optimum is the transposed Jacobian of f_l (Ernoult et al., arXiv 2201.13415).
   */
  LOCAL_NOISE
}
