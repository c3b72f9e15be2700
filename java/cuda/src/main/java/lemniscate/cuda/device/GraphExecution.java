package lemniscate.cuda.device;

import static lemniscate.cuda.device.DriverStatus.check;

import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;

/** Work that was captured on a stream and is launched as a whole. */
final class GraphExecution {

  private final WorkStream stream;
  private final CUgraphExec execution;

  private GraphExecution(WorkStream stream, CUgraphExec execution) {
    this.stream = stream;
    this.execution = execution;
  }

  /** Captures what a piece of code enqueues on the stream; nothing of it is done yet. */
  static GraphExecution capture(WorkStream stream, Runnable work) {
    // Relaxed: cuBLAS may load a kernel at its first use, which the stricter modes refuse.
    check(
        "cuStreamBeginCapture",
        JCudaDriver.cuStreamBeginCapture(
            stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED));
    CUgraph graph = new CUgraph();
    try {
      work.run();
    } catch (RuntimeException | Error failure) {
      // The stream must leave the capture; the graph, if there is one, is of no use.
      if (JCudaDriver.cuStreamEndCapture(stream, graph) == 0) {
        JCudaDriver.cuGraphDestroy(graph);
      }
      throw failure;
    }
    check("cuStreamEndCapture", JCudaDriver.cuStreamEndCapture(stream, graph));
    CUgraphExec execution = new CUgraphExec();
    int status = JCudaDriver.cuGraphInstantiate(execution, graph, 0);
    check("cuGraphDestroy", JCudaDriver.cuGraphDestroy(graph));
    check("cuGraphInstantiate", status);
    return new GraphExecution(stream, execution);
  }

  void launch() {
    check("cuGraphLaunch", JCudaDriver.cuGraphLaunch(execution, stream));
  }

  void destroy() {
    check("cuGraphExecDestroy", JCudaDriver.cuGraphExecDestroy(execution));
  }
}
