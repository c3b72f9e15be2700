// A stand-in for the CUDA driver and cuBLAS, on the host execution of the kernels: for tests only.
//
// Streams are lazy: what is enqueued runs when somebody waits for it, as late as CUDA would allow. A program that reads a
// result before it waits, or writes to memory that a copy has not read yet, shows that here.
#pragma once

#include <functional>
#include <string>

namespace standin {

// Statuses of the driver.
enum Status {
  kSuccess = 0,
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kNotInitialized = 3,
  kNoDevice = 100,
  kInvalidDevice = 101,
  kInvalidContext = 201,
  kInvalidHandle = 400,
  kNotFound = 500,
  kIllegalAddress = 700,
  kLaunchFailed = 719,
  kCaptureUnsupported = 900,
  kInvalidClusterSize = 912,
};

// Something that a stream does; returns a status.
using Work = std::function<int()>;

// Enqueues work on a stream, or adds it to the graph that the stream captures.
int enqueue(void* stream, Work work);
// Counts a call; returns the status that a test has asked it to fail with, or 0.
int called(const char* function);
// Keeps a sentence that says why a call failed.
void explain(const std::string& why);
// Counts things that are to be given back.
void took(const char* what, int count);

}  // namespace standin
