package lemniscate.cuda.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.driver.Launch;
import lemniscate.cuda.driver.Occupancy;
import lemniscate.cuda.host.HostCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Launches in clusters and what a device holds of them, on the stand-in driver. */
final class ForeignDriverTest {

  private static final int INVALID_CLUSTER_SIZE = 912;

  /** A block of so much is alone on its multiprocessor. */
  private static final int MOST_SHARED = 200 << 10;

  private StandIn driver = StandIn.driver();

  @BeforeEach
  void loadStandIn() {
    driver = StandIn.driver();
  }

  @AfterEach
  void nothingIsHeld() {
    assertThat(driver.held()).isEmpty();
    driver.recover();
  }

  private JCudaDevice open(boolean checked) {
    CudaDriver found = CudaDriver.start();
    return JCudaDevice.open(
        found,
        found.devices().getFirst(),
        new KernelImage(new byte[] {1}, "13.0", List.of("sm_90a")),
        CublasLibrary.at(driver.cublas(13)).orElseThrow(),
        checked);
  }

  // y[block] = the sum of x over the block's cluster.
  private static Launch clusterSum(int blocks, int cluster, int sharedBytes, long x, long y) {
    return new Launch(
        "cluster_sum",
        blocks,
        1,
        32,
        false,
        sharedBytes,
        cluster,
        List.of(new long[] {x}, new long[] {y}, new long[] {0}),
        List.of());
  }

  private static Launch fill(boolean cooperative, int threads, int sharedBytes) {
    return new Launch("fill_f64", 2, 1, threads, cooperative, sharedBytes, 1, List.of(), List.of());
  }

  private static float[] sums(Device device, int blocks, int cluster, int sharedBytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = arena.allocate(ValueLayout.JAVA_FLOAT, blocks);
      for (int i = 0; i < blocks; i++) {
        values.setAtIndex(ValueLayout.JAVA_FLOAT, i, i + 1);
      }
      long x = device.allocate(values.byteSize());
      long y = device.allocate(values.byteSize());
      device.upload(values, x);
      device.record(List.of(clusterSum(blocks, cluster, sharedBytes, x, y))).run();
      device.download(y, values);
      return values.toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  /** As the C compiler lays them out, by cuda.h where there is one, and by the stand-in. */
  @Test
  void structuresLieAsTheCompilerLaysThemOut(@TempDir Path folder)
      throws IOException, InterruptedException {
    Map<String, Long> expected = new LinkedHashMap<>();
    StructLayout config = LaunchConfig.CONFIG;
    for (String member :
        List.of(
            "gridDimX",
            "gridDimY",
            "gridDimZ",
            "blockDimX",
            "blockDimY",
            "blockDimZ",
            "sharedMemBytes",
            "hStream",
            "attrs",
            "numAttrs")) {
      expected.put(member, config.byteOffset(PathElement.groupElement(member)));
    }
    expected.put("config", config.byteSize());
    StructLayout attribute = LaunchConfig.ATTRIBUTE;
    expected.put("id", attribute.byteOffset(PathElement.groupElement("id")));
    for (String word : List.of("x", "y", "z")) {
      expected.put(
          word,
          attribute.byteOffset(PathElement.groupElement("value"), PathElement.groupElement(word)));
    }
    expected.put("cooperative", expected.get("x"));
    expected.put("attribute", attribute.byteSize());
    expected.put("COOPERATIVE", (long) LaunchConfig.COOPERATIVE);
    expected.put("CLUSTER_DIMENSION", (long) LaunchConfig.CLUSTER_DIMENSION);
    Map<String, Long> standIn = new HashMap<>();
    Map<String, Long> cuda = new HashMap<>();
    for (String line : layouts(folder)) {
      String[] parts = line.split(" ");
      cuda.put(parts[0], Long.parseLong(parts[1]));
      standIn.put(parts[0], Long.parseLong(parts[2]));
    }
    assertThat(expected).containsExactlyInAnyOrderEntriesOf(standIn);
    Assumptions.assumeFalse(cuda.containsValue(-1L), "no cuda.h on this machine");
    assertThat(expected).containsExactlyInAnyOrderEntriesOf(cuda);
  }

  private static List<String> layouts(Path folder) throws IOException, InterruptedException {
    HostCode.obstacle().ifPresent(Assumptions::abort);
    Path root = Path.of("..", "..").toAbsolutePath().normalize();
    Path program = folder.resolve("layouts");
    List<String> command = new ArrayList<>(List.of("g++", "-std=c++17"));
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
      String home = System.getenv(variable);
      if (home != null) {
        command.add("-I" + home + "/include");
      }
    }
    command.add("-I/usr/local/cuda/include");
    command.add("-I" + root.resolve("native/host-driver"));
    command.add(Path.of("src", "test", "cuda", "launch_config.cpp").toAbsolutePath().toString());
    command.addAll(List.of("-o", program.toString()));
    said(folder, command);
    return said(folder, List.of(program.toString())).lines().toList();
  }

  private static String said(Path folder, List<String> command)
      throws IOException, InterruptedException {
    Path log = folder.resolve("said");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    int status = process.waitFor();
    String said = Files.readString(log, StandardCharsets.UTF_8);
    assertThat(status).as(said).isZero();
    return said;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void clustersOfAGraphAreThoseOfTheLaunch(boolean checked) {
    try (JCudaDevice device = open(checked)) {
      long before = driver.calls("cuLaunchKernelEx");
      long ordinary = driver.calls("cuLaunchKernel");
      assertThat(sums(device, 8, 4, 0)).containsExactly(10, 10, 10, 10, 26, 26, 26, 26);
      assertThat(sums(device, 6, 2, 0)).containsExactly(3, 3, 7, 7, 11, 11);
      assertThat(driver.calls("cuLaunchKernelEx") - before).isEqualTo(2);
      assertThat(driver.calls("cuLaunchKernel")).isEqualTo(ordinary);
    }
  }

  /** A graph has its own copy of the parameters and attributes: the program's are long gone. */
  @Test
  void aClusterLaunchIsCapturedAndReplayed() {
    try (JCudaDevice device = open(false);
        Arena arena = Arena.ofConfined()) {
      MemorySegment values = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 4);
      long x = device.allocate(values.byteSize());
      long graphs = driver.calls("cuGraphLaunch");
      long launches = driver.calls("cuLaunchKernelEx");
      Device.Recording recording = device.record(List.of(clusterSum(4, 2, 0, x, x)));
      device.upload(values, x);
      recording.run();
      recording.run();
      device.download(x, values);
      assertThat(values.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(6, 6, 14, 14);
      assertThat(driver.calls("cuLaunchKernelEx") - launches).isEqualTo(1);
      assertThat(driver.calls("cuGraphLaunch") - graphs).isEqualTo(2);
    }
  }

  @Test
  void theConfigurationSaysThatALaunchIsCooperative() {
    try (Arena arena = Arena.ofConfined()) {
      Launch launch = fill(true, 96, 1000);
      MemorySegment config = LaunchConfig.of(launch, 77, arena);
      int[] words = config.toArray(ValueLayout.JAVA_INT);
      assertThat(Arrays.copyOf(words, 7)).containsExactly(2, 1, 1, 96, 1, 1, 1000);
      assertThat(config.get(ValueLayout.JAVA_LONG, 32)).isEqualTo(77);
      assertThat(words[12]).as("attributes").isEqualTo(1);
      MemorySegment attribute =
          MemorySegment.ofAddress(config.get(ValueLayout.JAVA_LONG, 40)).reinterpret(72);
      assertThat(attribute.get(ValueLayout.JAVA_INT, 0)).isEqualTo(LaunchConfig.COOPERATIVE);
      assertThat(attribute.get(ValueLayout.JAVA_INT, 8)).isEqualTo(1);
    }
  }

  @Test
  void aClusterBringsItsSharedMemory() {
    driver.multiprocessors(8);
    try (JCudaDevice device = open(false)) {
      assertThat(sums(device, 8, 8, MOST_SHARED)).containsOnly(36);
    }
  }

  /** 2048 threads, 32 blocks and 228 KB a multiprocessor, of which a block takes 1 KB more. */
  @ParameterizedTest
  @CsvSource({"256, 0, 8", "64, 0, 32", "32, 0, 32", "256, 50000, 4", "256, 204800, 1"})
  void blocksOfAMultiprocessorAreTheDriversAnswer(int threads, int sharedBytes, int each) {
    driver.multiprocessors(5);
    Launch launch = fill(false, threads, sharedBytes);
    assertThat(new Occupancy(5, 227 << 10).residentBlocks(launch)).isEqualTo(5 * each);
    try (JCudaDevice device = open(false)) {
      assertThat(device.multiprocessors()).isEqualTo(5);
      assertThat(device.residentBlocks(launch)).isEqualTo(5 * each);
    }
  }

  @Test
  void clustersAreHeldWhole() {
    driver.multiprocessors(11);
    try (JCudaDevice device = open(false)) {
      assertThat(device.residentBlocks(clusterSum(8, 4, MOST_SHARED, 0, 0))).isEqualTo(8);
      assertThat(device.residentBlocks(clusterSum(8, 2, MOST_SHARED, 0, 0))).isEqualTo(10);
      assertThat(device.largestCluster(clusterSum(8, 1, MOST_SHARED, 0, 0))).isEqualTo(8);
    }
    driver.multiprocessors(3);
    try (JCudaDevice device = open(false)) {
      assertThat(device.largestCluster(clusterSum(8, 1, MOST_SHARED, 0, 0))).isEqualTo(2);
      assertThat(device.residentBlocks(clusterSum(8, 4, MOST_SHARED, 0, 0))).isZero();
    }
  }

  /** More than eight blocks a cluster a kernel must be allowed. */
  @Test
  void largeClustersAreAskedFor() {
    driver.multiprocessors(16);
    try (JCudaDevice device = open(false)) {
      Launch large = clusterSum(16, 16, MOST_SHARED, 0, 0);
      assertThat(device.residentBlocks(large)).isEqualTo(16);
      assertThat(device.largestCluster(large)).isEqualTo(16);
    }
  }

  @Test
  void aDeviceWithoutClustersSaysSo() {
    driver.clusters(false);
    try (JCudaDevice device = open(false)) {
      assertThat(device.largestCluster(clusterSum(8, 1, 0, 0, 0))).isEqualTo(1);
      assertThatThrownBy(() -> sums(device, 8, 4, 0))
          .isInstanceOf(CudaException.class)
          .hasMessageContainingAll("clusters of 4", "Stand-in A", "no clusters");
    }
  }

  @Test
  void clustersThatTheDeviceCannotHoldFailByName() {
    try (JCudaDevice device = open(false)) {
      assertThatThrownBy(() -> sums(device, 8, 8, MOST_SHARED))
          .isInstanceOfSatisfying(
              CudaException.class,
              failure -> {
                assertThat(failure.code()).isEqualTo(INVALID_CLUSTER_SIZE);
                assertThat(failure.operation())
                    .isEqualTo(
                        "kernel cluster_sum of (8, 1) blocks of 32 threads in clusters of 8");
              });
    }
  }

  /** What the kernel declares itself comes on top. */
  @Test
  void sharedMemoryBeyondTheDevicesIsNamed() {
    try (JCudaDevice device = open(false)) {
      assertThat(device.sharedBytes()).isEqualTo(227 << 10);
      assertThatThrownBy(() -> device.residentBlocks(fill(false, 256, (227 << 10) - 100)))
          .isInstanceOf(CudaException.class)
          .hasMessageContainingAll("fill_f64", "232348 + 264 bytes", "232448 a block");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cuFuncGetAttribute",
        "cuFuncSetAttribute",
        "cuOccupancyMaxActiveClusters",
        "cuOccupancyMaxPotentialClusterSize",
        "cuOccupancyMaxActiveBlocksPerMultiprocessor"
      })
  void aCallThatFailsIsNamed(String function) {
    driver.multiprocessors(8);
    try (JCudaDevice device = open(false)) {
      driver.fail(function, 999, 0);
      assertThatThrownBy(
              () -> {
                device.residentBlocks(clusterSum(8, 4, MOST_SHARED, 0, 0));
                device.largestCluster(clusterSum(8, 1, MOST_SHARED, 0, 0));
                device.residentBlocks(fill(false, 256, 0));
              })
          .isInstanceOf(CudaException.class)
          .hasMessageContainingAll(function, "999");
    }
  }
}
