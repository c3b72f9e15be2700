package lemniscate.cuda;

import java.util.List;
import lemniscate.backend.Plan;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.kernel.DeviceStorage;

/** A recording on a device. */
final class CudaPlan implements Plan {

  private final CudaBackend backend;
  private final Device.Recording recording;
  private final List<DeviceStorage.Owner> owners;
  private final List<Long> own;
  private boolean closed;

  CudaPlan(
      CudaBackend backend,
      Device.Recording recording,
      List<DeviceStorage.Owner> owners,
      List<Long> own) {
    this.backend = backend;
    this.recording = recording;
    this.owners = owners;
    this.own = List.copyOf(own);
  }

  @Override
  public void run() {
    if (closed) {
      throw new IllegalStateException("the plan is closed");
    }
    backend.requireOpen();
    for (int i = 0; i < owners.size(); i++) {
      owners.get(i).requireOpen();
    }
    recording.run();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      recording.close();
      backend.release(this, own);
    }
  }
}
