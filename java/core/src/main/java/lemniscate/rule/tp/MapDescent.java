package lemniscate.rule.tp;

import java.util.List;
import lemniscate.backend.Operations;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Slabs;
import lemniscate.rule.LocalTargets;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Tensor;

/** Displacements through maps with weights of their own. */
final class MapDescent implements Descent {

  private final Pathway pathway;
  private final FeedbackMaps maps;
  private final LocalTargets targets;
  private final List<Tensor> shifts;
  private final List<Tensor> slopes;

  MapDescent(Pathway pathway, FeedbackMaps maps, RuleContext context, LocalTargets targets) {
    this.pathway = pathway;
    this.maps = maps;
    this.targets = targets;
    NetworkSpec spec = context.network().spec();
    this.shifts = Slabs.activities(context.arena(), spec, context.batch(), 1, spec.layers() - 1);
    this.slopes = Slabs.activities(context.arena(), spec, context.batch(), 1, spec.layers() - 1);
  }

  @Override
  public void record(Operations ops) {
    maps.applyHidden(ops);
    Tensor output = targets.displacement(maps.all().getLast().target() + 1);
    Tensor move = maps.isDirect() ? maps.sourceMove(ops, output) : output;
    for (FeedbackMap map : maps.all().reversed()) {
      Tensor result = targets.displacement(map.target());
      if (pathway == Pathway.PLAIN || !map.isLinear()) {
        map.apply(ops, maps.source(map));
      }
      map.difference(
          ops,
          maps.isDirect() ? move : targets.displacement(map.source()),
          shifts.get(map.target() - 1),
          result,
          slopes.get(map.target() - 1));
      if (pathway == Pathway.PLAIN) {
        // g(t) − h = [g(t) − g(h)] + [g(h) − h].
        ops.axpy(1, map.value(), result);
        ops.axpy(-1, targets.forward().activity(map.target()), result);
      }
    }
  }
}
