// The functions of the CUDA driver that Lemniscate calls, as libcuda.so.1 exports them.
#include "standin.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "launch_config.h"
#include "parameters.h"

extern "C" {
int lemniscate_host_has_kernel(const char* name);
int lemniscate_host_opt_in(const char* name, std::size_t bytes);
int lemniscate_host_launch(const char* name, unsigned grid_x, unsigned grid_y,
                                unsigned threads, int cooperative, std::size_t shared_bytes,
                                unsigned cluster, void* const* parameters, std::uint64_t seed,
                                char* message, std::size_t room);
void* lemniscate_host_allocate(std::size_t bytes);
int lemniscate_host_free(void* memory);
}

namespace standin {

namespace {

using Graph = std::vector<Work>;

struct Stream {
  std::deque<Work> queue;
  std::uint64_t enqueued = 0;
  std::uint64_t done = 0;
  std::unique_ptr<Graph> capture;
};

struct Event {
  Stream* stream = nullptr;
  std::uint64_t position = 0;
};

struct Function {
  std::string name;
  const Parameters* parameters;
  int shared_limit = 48 * 1024;
  bool any_cluster = false;
};

struct Module {
  std::map<std::string, std::unique_ptr<Function>> functions;
};

struct Failure {
  int status;
  int after;
};

constexpr int kMemoryPattern = 0xFF;  // four or eight of them are a NaN
constexpr std::size_t kTotal = std::size_t{16} << 30;
constexpr int kMultiprocessors = 2;
constexpr int kSharedOptIn = 227 * 1024;
// Of compute capability 9.0; every block has some shared memory that it did not ask for.
constexpr unsigned kThreadsOfMultiprocessor = 2048;
constexpr unsigned kBlocksOfMultiprocessor = 32;
constexpr unsigned kSharedOfSystem = 1024;
constexpr unsigned kPortableCluster = 8;
constexpr unsigned kLargestCluster = 16;
constexpr int kDevices = 2;
constexpr int kVersion = 13000;

std::recursive_mutex lock;
std::map<std::string, Failure> failures;
std::map<std::string, long long> calls;
std::map<std::string, long long> held;
std::map<std::uintptr_t, std::size_t> allocations;
std::size_t used = 0;
std::set<Stream*> streams;
std::string why;
std::uint64_t launches = 0;
int sticky = kSuccess;
bool initialized = false;
int devices = kDevices;
int version = kVersion;
int multiprocessors = kMultiprocessors;
bool clusters = true;
int retained = 0;
char context_of_device[8];
thread_local void* current = nullptr;

// STANDIN_DEVICES, STANDIN_VERSION, STANDIN_FAIL=function:status configure a process from outside.
const bool configured = [] {
  if (const char* text = std::getenv("STANDIN_DEVICES")) {
    devices = std::atoi(text);
  }
  if (const char* text = std::getenv("STANDIN_VERSION")) {
    version = std::atoi(text);
  }
  if (const char* text = std::getenv("STANDIN_FAIL")) {
    std::string both = text;
    std::size_t colon = both.find(':');
    failures[both.substr(0, colon)] = {std::atoi(both.c_str() + colon + 1), 0};
  }
  return true;
}();

void run_until(Stream* stream, std::uint64_t position) {
  while (stream->done < position && !stream->queue.empty()) {
    Work work = std::move(stream->queue.front());
    stream->queue.pop_front();
    stream->done++;
    if (sticky == kSuccess) {
      sticky = work();
    }
  }
}

void run_everything() {
  for (Stream* stream : streams) {
    run_until(stream, stream->enqueued);
  }
}

int needs_context() {
  if (!initialized) {
    return kNotInitialized;
  }
  if (current == nullptr) {
    return kInvalidContext;
  }
  return sticky;
}

// Blocks that a multiprocessor holds at once.
int blocks_held(const Function* function, unsigned threads, std::size_t shared) {
  if (threads == 0 || shared > static_cast<unsigned>(function->shared_limit)) {
    return 0;
  }
  std::size_t by_shared = (kSharedOptIn + kSharedOfSystem) / (shared + kSharedOfSystem);
  std::size_t held = std::min<std::size_t>(kThreadsOfMultiprocessor / threads, by_shared);
  return static_cast<int>(std::min<std::size_t>(held, kBlocksOfMultiprocessor));
}

// What a configuration says beyond its geometry.
struct Attributes {
  unsigned cluster = 1;
  bool cooperative = false;
};

// Returns a status.
int read(const LaunchConfig* config, Attributes& attributes) {
  if (config == nullptr || config->grid_z != 1 || config->block_y != 1 || config->block_z != 1 ||
      (config->count != 0 && config->attributes == nullptr)) {
    explain("a launch configuration with other extents than along x and y");
    return kInvalidValue;
  }
  for (unsigned i = 0; i < config->count; i++) {
    const LaunchAttribute& each = config->attributes[i];
    switch (each.id) {
      case kCooperative: attributes.cooperative = each.value.cooperative != 0; break;
      case kClusterDimension:
        if (each.value.cluster.y != 1 || each.value.cluster.z != 1) {
          explain("a cluster with other extents than along x");
          return kInvalidValue;
        }
        attributes.cluster = each.value.cluster.x;
        break;
      default: explain("launch attribute " + std::to_string(each.id)); return kInvalidValue;
    }
  }
  return kSuccess;
}

unsigned largest_cluster(const Function* function) {
  return !clusters ? 1 : function->any_cluster ? kLargestCluster : kPortableCluster;
}

int clusters_held(const Function* function, const LaunchConfig& config, unsigned cluster) {
  int blocks = blocks_held(function, config.block_x, config.shared) * multiprocessors;
  return blocks / static_cast<int>(cluster);
}

int launch(Function* function, unsigned grid_x, unsigned grid_y, unsigned threads, bool cooperative,
           unsigned shared, void* stream, void** values, unsigned cluster = 1) {
  if (function == nullptr || values == nullptr) {
    return kInvalidHandle;
  }
  if (grid_x == 0 || grid_y == 0 || grid_y > 65535 || threads == 0 || threads > 1024) {
    return kInvalidValue;
  }
  auto copies = std::make_shared<std::vector<std::vector<char>>>();
  for (unsigned i = 0; i < function->parameters->count; i++) {
    const char* from = static_cast<const char*>(values[i]);
    copies->emplace_back(from, from + function->parameters->bytes[i]);
  }
  std::string name = function->name;
  if (shared > static_cast<unsigned>(function->shared_limit)) {
    explain("kernel " + name + " has not opted in to " + std::to_string(shared) +
            " bytes of shared memory");
    return kInvalidValue;
  }
  return enqueue(stream, [=] {
    std::vector<void*> addresses;
    for (auto& copy : *copies) {
      addresses.push_back(copy.data());
    }
    char message[512] = "";
    int failed =
        lemniscate_host_launch(name.c_str(), grid_x, grid_y, threads, cooperative, shared, cluster,
                                    addresses.data(), launches++, message, sizeof message);
    if (failed != 0) {
      explain("kernel " + name + ": " + message);
      return std::strstr(message, "touches") != nullptr ? kIllegalAddress : kLaunchFailed;
    }
    return kSuccess;
  });
}

}  // namespace

int enqueue(void* handle, Work work) {
  std::lock_guard<std::recursive_mutex> hold(lock);
  auto* stream = static_cast<Stream*>(handle);
  if (streams.count(stream) == 0) {
    return kInvalidHandle;
  }
  if (stream->capture) {
    stream->capture->push_back(std::move(work));
  } else {
    stream->queue.push_back(std::move(work));
    stream->enqueued++;
  }
  return kSuccess;
}

int called(const char* function) {
  std::lock_guard<std::recursive_mutex> hold(lock);
  calls[function]++;
  auto found = failures.find(function);
  if (found == failures.end()) {
    return kSuccess;
  }
  if (found->second.after-- > 0) {
    return kSuccess;
  }
  int status = found->second.status;
  failures.erase(found);
  return status;
}

void explain(const std::string& text) {
  std::lock_guard<std::recursive_mutex> hold(lock);
  why = text;
}

void took(const char* what, int count) {
  std::lock_guard<std::recursive_mutex> hold(lock);
  held[what] += count;
}

}  // namespace standin

using namespace standin;

// Begins a function: counts it and fails it where a test has asked for that.
#define CALL(name)                                          \
  std::lock_guard<std::recursive_mutex> hold(lock);         \
  if (int asked = called(name); asked != kSuccess) return asked
// The same for a function that needs a context.
#define CALL_IN_CONTEXT(name) \
  CALL(name);                 \
  if (int status = needs_context(); status != kSuccess) return status

extern "C" {

// ---- for tests

// The call after `after` more of a function fails with a status.
void standin_fail(const char* function, int status, int after) { failures[function] = {status, after}; }
// How often a function was called.
long long standin_calls(const char* function) { return calls[function]; }
// The last failure in words.
const char* standin_why() { return why.c_str(); }
void standin_version(int value) { version = value; }
void standin_devices(int count) { devices = count; }
void standin_multiprocessors(int count) { multiprocessors = count; }
// Whether devices have clusters.
void standin_clusters(int has) { clusters = has != 0; }
// Forgets failures that have been asked for, the state that a failed kernel leaves a context in, and what was set above.
void standin_recover() {
  failures.clear();
  sticky = kSuccess;
  version = kVersion;
  devices = kDevices;
  multiprocessors = kMultiprocessors;
  clusters = true;
}
// What has not been given back, a line each; empty for nothing.
const char* standin_held() {
  static std::string text;
  text.clear();
  for (const auto& [what, count] : held) {
    if (count != 0) {
      text += what + ": " + std::to_string(count) + "\n";
    }
  }
  return text.c_str();
}

// ---- the driver

int cuInit(unsigned) {
  CALL("cuInit");
  if (devices == 0) {
    return kNoDevice;
  }
  initialized = true;
  return kSuccess;
}

int cuDriverGetVersion(int* value) {
  CALL("cuDriverGetVersion");
  *value = version;
  return kSuccess;
}

int cuGetErrorName(int status, const char** name) {
  switch (status) {
    case kSuccess: *name = "CUDA_SUCCESS"; return kSuccess;
    case kInvalidValue: *name = "CUDA_ERROR_INVALID_VALUE"; return kSuccess;
    case kOutOfMemory: *name = "CUDA_ERROR_OUT_OF_MEMORY"; return kSuccess;
    case kNoDevice: *name = "CUDA_ERROR_NO_DEVICE"; return kSuccess;
    case kNotFound: *name = "CUDA_ERROR_NOT_FOUND"; return kSuccess;
    case kIllegalAddress: *name = "CUDA_ERROR_ILLEGAL_ADDRESS"; return kSuccess;
    case kLaunchFailed: *name = "CUDA_ERROR_LAUNCH_FAILED"; return kSuccess;
    default: *name = nullptr; return kInvalidValue;
  }
}

int cuDeviceGetCount(int* count) {
  CALL("cuDeviceGetCount");
  if (!initialized) {
    return kNotInitialized;
  }
  *count = devices;
  return kSuccess;
}

int cuDeviceGet(int* device, int ordinal) {
  CALL("cuDeviceGet");
  if (ordinal < 0 || ordinal >= devices) {
    return kInvalidDevice;
  }
  *device = ordinal;
  return kSuccess;
}

int cuDeviceGetName(char* name, int room, int device) {
  CALL("cuDeviceGetName");
  std::snprintf(name, static_cast<std::size_t>(room), "Stand-in %c", 'A' + device);
  return kSuccess;
}

int cuDeviceTotalMem_v2(std::size_t* bytes, int) {
  CALL("cuDeviceTotalMem");
  *bytes = kTotal;
  return kSuccess;
}

int cuDeviceGetAttribute(int* value, int attribute, int) {
  CALL("cuDeviceGetAttribute");
  switch (attribute) {
    case 16: *value = multiprocessors; return kSuccess;
    case 75: *value = 9; return kSuccess;
    case 76: *value = 0; return kSuccess;
    case 97: *value = kSharedOptIn; return kSuccess;
    case 120: *value = clusters ? 1 : 0; return kSuccess;
    default: return kInvalidValue;
  }
}

int cuDevicePrimaryCtxRetain(void** context, int device) {
  CALL("cuDevicePrimaryCtxRetain");
  *context = &context_of_device[device];
  retained++;
  took("contexts", 1);
  return kSuccess;
}

int cuDevicePrimaryCtxRelease_v2(int) {
  CALL("cuDevicePrimaryCtxRelease");
  if (retained == 0) {
    return kInvalidContext;
  }
  took("contexts", -1);
  // The last one takes everything along, and what a failure left.
  if (--retained == 0) {
    sticky = kSuccess;
  }
  return kSuccess;
}

int cuCtxSetCurrent(void* context) {
  CALL("cuCtxSetCurrent");
  current = context;
  return kSuccess;
}

int cuModuleLoadData(void** module, const void* image) {
  CALL_IN_CONTEXT("cuModuleLoadData");
  if (image == nullptr) {
    return kInvalidValue;
  }
  *module = new Module;
  took("modules", 1);
  return kSuccess;
}

int cuModuleUnload(void* module) {
  CALL_IN_CONTEXT("cuModuleUnload");
  delete static_cast<Module*>(module);
  took("modules", -1);
  return kSuccess;
}

int cuModuleGetFunction(void** function, void* module, const char* name) {
  CALL_IN_CONTEXT("cuModuleGetFunction");
  if (!lemniscate_host_has_kernel(name)) {
    return kNotFound;
  }
  const Parameters* entry = standin::parameters;
  while (entry != nullptr && std::strcmp(entry->kernel, name) != 0) {
    entry = entry->next;
  }
  if (entry == nullptr) {
    return kNotFound;
  }
  auto& slot = static_cast<Module*>(module)->functions[name];
  if (!slot) {
    slot = std::make_unique<Function>(Function{name, entry});
  }
  *function = slot.get();
  return kSuccess;
}

int cuFuncSetAttribute(void* function, int attribute, int value) {
  CALL_IN_CONTEXT("cuFuncSetAttribute");
  auto* opting = static_cast<Function*>(function);
  switch (attribute) {
    // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES.
    case 8:
      if (lemniscate_host_opt_in(opting->name.c_str(), static_cast<std::size_t>(value)) != 0) {
        return kInvalidValue;
      }
      opting->shared_limit = value;
      return kSuccess;
    // CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED.
    case 14: opting->any_cluster = value != 0; return kSuccess;
    default: return kInvalidValue;
  }
}

int cuFuncGetAttribute(int* value, int attribute, void* function) {
  CALL_IN_CONTEXT("cuFuncGetAttribute");
  auto* asked = static_cast<Function*>(function);
  switch (attribute) {
    // CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES: what the sums of a block take; nothing here knows it better.
    case 1: *value = 264; return kSuccess;
    case 8: *value = asked->shared_limit; return kSuccess;
    case 14: *value = asked->any_cluster ? 1 : 0; return kSuccess;
    default: return kInvalidValue;
  }
}

int cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void* function, int threads,
                                                std::size_t shared) {
  CALL_IN_CONTEXT("cuOccupancyMaxActiveBlocksPerMultiprocessor");
  *blocks = blocks_held(static_cast<Function*>(function), static_cast<unsigned>(threads), shared);
  return kSuccess;
}

int cuOccupancyMaxActiveClusters(int* count, void* function, const LaunchConfig* config) {
  CALL_IN_CONTEXT("cuOccupancyMaxActiveClusters");
  Attributes attributes;
  if (int status = read(config, attributes); status != kSuccess) {
    return status;
  }
  auto* asked = static_cast<Function*>(function);
  if (attributes.cluster == 0 || attributes.cluster > largest_cluster(asked)) {
    return kInvalidClusterSize;
  }
  *count = clusters_held(asked, *config, attributes.cluster);
  return kSuccess;
}

int cuOccupancyMaxPotentialClusterSize(int* size, void* function, const LaunchConfig* config) {
  CALL_IN_CONTEXT("cuOccupancyMaxPotentialClusterSize");
  Attributes attributes;
  if (int status = read(config, attributes); status != kSuccess) {
    return status;
  }
  auto* asked = static_cast<Function*>(function);
  *size = static_cast<int>(largest_cluster(asked));
  while (*size > 1 && clusters_held(asked, *config, static_cast<unsigned>(*size)) == 0) {
    *size /= 2;
  }
  return kSuccess;
}

int cuStreamCreate(void** stream, unsigned flags) {
  CALL_IN_CONTEXT("cuStreamCreate");
  if (flags != 1) {
    explain("a stream that waits for the default stream");
    return kInvalidValue;
  }
  auto* created = new Stream;
  streams.insert(created);
  *stream = created;
  took("streams", 1);
  return kSuccess;
}

int cuStreamDestroy_v2(void* stream) {
  CALL_IN_CONTEXT("cuStreamDestroy");
  auto* ended = static_cast<Stream*>(stream);
  if (streams.count(ended) == 0) {
    return kInvalidHandle;
  }
  run_until(ended, ended->enqueued);
  streams.erase(ended);
  delete ended;
  took("streams", -1);
  return kSuccess;
}

int cuStreamSynchronize(void* handle) {
  CALL_IN_CONTEXT("cuStreamSynchronize");
  auto* stream = static_cast<Stream*>(handle);
  if (streams.count(stream) == 0) {
    return kInvalidHandle;
  }
  if (stream->capture) {
    return kCaptureUnsupported;
  }
  run_until(stream, stream->enqueued);
  return sticky;
}

int cuStreamBeginCapture_v2(void* handle, int mode) {
  CALL_IN_CONTEXT("cuStreamBeginCapture");
  auto* stream = static_cast<Stream*>(handle);
  if (mode < 0 || mode > 2 || stream->capture) {
    return kInvalidValue;
  }
  stream->capture = std::make_unique<Graph>();
  return kSuccess;
}

int cuStreamEndCapture(void* handle, void** graph) {
  // Before the failure that a test may ask for: a stream always leaves the capture.
  auto* stream = static_cast<Stream*>(handle);
  std::unique_ptr<Graph> captured = std::move(stream->capture);
  CALL_IN_CONTEXT("cuStreamEndCapture");
  if (!captured) {
    return kInvalidValue;
  }
  *graph = captured.release();
  took("graphs", 1);
  return kSuccess;
}

int cuGraphDestroy(void* graph) {
  CALL("cuGraphDestroy");
  delete static_cast<Graph*>(graph);
  took("graphs", -1);
  return kSuccess;
}

int cuGraphInstantiateWithFlags(void** execution, void* graph, unsigned long long) {
  CALL_IN_CONTEXT("cuGraphInstantiate");
  *execution = new Graph(*static_cast<Graph*>(graph));
  took("executions", 1);
  return kSuccess;
}

int cuGraphExecDestroy(void* execution) {
  CALL("cuGraphExecDestroy");
  delete static_cast<Graph*>(execution);
  took("executions", -1);
  return kSuccess;
}

int cuGraphLaunch(void* execution, void* stream) {
  CALL_IN_CONTEXT("cuGraphLaunch");
  auto* graph = static_cast<Graph*>(execution);
  // Not copied: a graph that is destroyed before it has run is a defect that shows.
  return enqueue(stream, [graph] {
    for (const Work& work : *graph) {
      if (int status = work(); status != kSuccess) {
        return status;
      }
    }
    return static_cast<int>(kSuccess);
  });
}

int cuLaunchKernel(void* function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                   unsigned threads, unsigned block_y, unsigned block_z, unsigned shared,
                   void* stream, void** values, void** extra) {
  CALL_IN_CONTEXT("cuLaunchKernel");
  if (grid_z != 1 || block_y != 1 || block_z != 1 || extra != nullptr) {
    return kInvalidValue;
  }
  return launch(static_cast<Function*>(function), grid_x, grid_y, threads, false, shared, stream,
                values);
}

int cuLaunchCooperativeKernel(void* function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                              unsigned threads, unsigned block_y, unsigned block_z, unsigned shared,
                              void* stream, void** values) {
  CALL_IN_CONTEXT("cuLaunchCooperativeKernel");
  if (grid_z != 1 || block_y != 1 || block_z != 1) {
    return kInvalidValue;
  }
  return launch(static_cast<Function*>(function), grid_x, grid_y, threads, true, shared, stream,
                values);
}

int cuLaunchKernelEx(const LaunchConfig* config, void* function, void** values, void** extra) {
  CALL_IN_CONTEXT("cuLaunchKernelEx");
  Attributes attributes;
  if (int status = read(config, attributes); status != kSuccess) {
    return status;
  }
  auto* launched = static_cast<Function*>(function);
  if (extra != nullptr || config->grid_x % (attributes.cluster == 0 ? 1 : attributes.cluster) != 0) {
    explain("a grid that is not of whole clusters");
    return kInvalidValue;
  }
  if (attributes.cluster == 0 || attributes.cluster > largest_cluster(launched) ||
      (attributes.cluster > 1 && clusters_held(launched, *config, attributes.cluster) == 0)) {
    explain("clusters of " + std::to_string(attributes.cluster) + " blocks");
    return kInvalidClusterSize;
  }
  return launch(launched, config->grid_x, config->grid_y, config->block_x, attributes.cooperative,
                config->shared, config->stream, values, attributes.cluster);
}

int cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
  CALL_IN_CONTEXT("cuMemGetInfo");
  *free = kTotal - used;
  *total = kTotal;
  return kSuccess;
}

int cuMemAlloc_v2(std::uintptr_t* address, std::size_t bytes) {
  CALL_IN_CONTEXT("cuMemAlloc");
  if (bytes == 0) {
    return kInvalidValue;
  }
  if (bytes > kTotal - used) {
    return kOutOfMemory;
  }
  void* memory = lemniscate_host_allocate(bytes);
  if (memory == nullptr) {
    return kOutOfMemory;
  }
  // Much of it is as much as the system has: a large piece stays as it is.
  std::memset(memory, kMemoryPattern, bytes < (1u << 20) ? bytes : (1u << 20));
  *address = reinterpret_cast<std::uintptr_t>(memory);
  allocations[*address] = bytes;
  used += bytes;
  took("allocations", 1);
  return kSuccess;
}

int cuMemFree_v2(std::uintptr_t address) {
  CALL_IN_CONTEXT("cuMemFree");
  auto found = allocations.find(address);
  if (found == allocations.end()) {
    return kInvalidValue;
  }
  run_everything();
  used -= found->second;
  allocations.erase(found);
  took("allocations", -1);
  return lemniscate_host_free(reinterpret_cast<void*>(address)) == 0 ? kSuccess : kInvalidValue;
}

int cuMemsetD8Async(std::uintptr_t address, unsigned char value, std::size_t bytes, void* stream) {
  CALL_IN_CONTEXT("cuMemsetD8Async");
  return enqueue(stream, [=] {
    std::memset(reinterpret_cast<void*>(address), value, bytes);
    return kSuccess;
  });
}

int cuMemcpyHtoDAsync_v2(std::uintptr_t target, const void* source, std::size_t bytes,
                         void* stream) {
  CALL_IN_CONTEXT("cuMemcpyHtoDAsync");
  return enqueue(stream, [=] {
    std::memcpy(reinterpret_cast<void*>(target), source, bytes);
    return kSuccess;
  });
}

int cuMemcpyDtoHAsync_v2(void* target, std::uintptr_t source, std::size_t bytes, void* stream) {
  CALL_IN_CONTEXT("cuMemcpyDtoHAsync");
  return enqueue(stream, [=] {
    std::memcpy(target, reinterpret_cast<void*>(source), bytes);
    return kSuccess;
  });
}

int cuMemHostAlloc(void** memory, std::size_t bytes, unsigned) {
  CALL_IN_CONTEXT("cuMemHostAlloc");
  *memory = std::malloc(bytes);
  took("pinned", 1);
  return kSuccess;
}

int cuMemFreeHost(void* memory) {
  CALL_IN_CONTEXT("cuMemFreeHost");
  std::free(memory);
  took("pinned", -1);
  return kSuccess;
}

int cuEventCreate(void** event, unsigned) {
  CALL_IN_CONTEXT("cuEventCreate");
  *event = new Event;
  took("events", 1);
  return kSuccess;
}

int cuEventDestroy_v2(void* event) {
  CALL_IN_CONTEXT("cuEventDestroy");
  delete static_cast<Event*>(event);
  took("events", -1);
  return kSuccess;
}

int cuEventRecord(void* handle, void* stream) {
  CALL_IN_CONTEXT("cuEventRecord");
  auto* event = static_cast<Event*>(handle);
  event->stream = static_cast<Stream*>(stream);
  event->position = event->stream->enqueued;
  return kSuccess;
}

int cuEventSynchronize(void* handle) {
  CALL_IN_CONTEXT("cuEventSynchronize");
  auto* event = static_cast<Event*>(handle);
  if (event->stream != nullptr) {
    run_until(event->stream, event->position);
  }
  return sticky;
}

}  // extern "C"
