package lemniscate.rule;

/** Colour of a rule in figures, told from the others by its dashes too. */
public enum Hue {
  /** Solid. */
  BLUE,
  /** Dashed. */
  ORANGE,
  /** Dash-dotted. */
  GREEN,
  /** Dotted. */
  PURPLE,
  /** Of context, and of rules without a colour of their own. */
  GREY
}
