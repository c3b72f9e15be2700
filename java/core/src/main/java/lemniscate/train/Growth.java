package lemniscate.train;

import org.jspecify.annotations.Nullable;

/**
 * How many times more outputs and inputs a parameter has here than in a file of a narrower network.
 */
record Growth(int outputs, int inputs) {
  static final Growth NONE = new Growth(1, 1);

  /** Of a parameter; null where that of the file does not fit into it. */
  static @Nullable Growth of(ParameterLayout own, SafetensorsEntry entry) {
    if (entry.shape().size() != own.spec().extents().size()) {
      return null;
    }
    long rows = own.spec().isVector() ? 1 : entry.shape().getFirst();
    long columns = rows == 0 ? 0 : entry.elements() / rows;
    int places = own.patch().height() * own.patch().width();
    if (rows == 0 || columns == 0 || columns % places != 0) {
      return null;
    }
    long channels = columns / places;
    if (own.rows() % rows != 0 || own.patch().channels() % channels != 0) {
      return null;
    }
    int outputs = (int) (own.rows() / rows);
    int inputs = (int) (own.patch().channels() / channels);
    boolean vector = own.spec().isVector();
    boolean mayOutputs = vector || outputs == 1 || own.spec().outputsGrow();
    boolean mayInputs =
        inputs == 1 || (vector ? own.spec().outputsGrow() : own.spec().inputsGrow());
    boolean agree = outputs == 1 || inputs == 1 || outputs == inputs;
    // What grows on both sides must have grown on both.
    boolean both =
        vector || !own.spec().outputsGrow() || !own.spec().inputsGrow() || outputs == inputs;
    return mayOutputs && mayInputs && agree && both ? new Growth(outputs, inputs) : null;
  }
}
