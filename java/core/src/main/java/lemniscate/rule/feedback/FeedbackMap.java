package lemniscate.rule.feedback;

import java.util.List;
import lemniscate.mup.FeedbackRole;
import lemniscate.tensor.Shape;

/**
 * Fixed weights of the feedback before they are drawn.
 *
 * @param name as in checkpoints
 * @param layer l, the first layer that an error reaches through them
 * @param stream of the seed, counted from that of the rule
 * @param role place in the network
 * @param extents as tables have them
 * @param shape in memory
 * @param fanIn number of terms that reach an element, n in the deviation σ/√n
 */
record FeedbackMap(
    String name,
    int layer,
    long stream,
    FeedbackRole role,
    List<Integer> extents,
    Shape shape,
    int fanIn) {}
