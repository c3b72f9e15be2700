// The functions of cuBLAS that Lemniscate calls, as libcublas.so.12 and .13 export them: plain loops, column by column. Written
// apart from the products of native/host, so that an operand in the wrong place shows.
#include <cstdint>
#include <functional>
#include <string>

#include "fault.h"
#include "standin.h"

namespace {

enum Status { kSuccess = 0, kInvalidValue = 7, kExecutionFailed = 13, kNotSupported = 15 };
enum { kHostPointers = 0, kDevicePointers = 1 };
enum { kReal32 = 0, kReal64 = 1 };
enum { kCompute32 = 68, kCompute64 = 70, kComputeBf16 = 75, kComputeTf32 = 77 };

// What a program can set; a new handle has what CUDA's has, and atomics, so that it has to say no.
struct Handle {
  void* stream = nullptr;
  bool workspace = false;
  int math = 2;
  int atomics = 1;
  int pointers = kHostPointers;
};

constexpr std::size_t kWorkspace = std::size_t{32} << 20;
constexpr std::size_t kWorkspaceAlignment = 256;

int refuse(int status, const std::string& why) {
  standin::explain(why);
  return status;
}

int status_of(int driver) { return driver == 0 ? kSuccess : kExecutionFailed; }

template <typename T>
struct Matrix {
  const T* first;
  bool transposed;
  long long leading;

  T at(long long row, long long column) const {
    return transposed ? first[row * leading + column] : first[column * leading + row];
  }
};

template <typename T>
void multiply(long long m, long long n, long long k, T alpha, Matrix<T> a, Matrix<T> b, T beta,
              T* c, long long ldc) {
  for (long long j = 0; j < n; j++) {
    for (long long i = 0; i < m; i++) {
      T sum = 0;
      for (long long l = 0; l < k; l++) {
        sum += a.at(i, l) * b.at(l, j);
      }
      T& result = c[j * ldc + i];
      result = beta == 0 ? alpha * sum : alpha * sum + beta * result;
    }
  }
}

struct Call {
  int transa, transb, m, n, k;
  const void* a;
  int lda;
  long long stride_a;
  const void* b;
  int ldb;
  long long stride_b;
  void* c;
  int ldc;
  long long stride_c;
  int count;
};

// Factors of the host are read now, those of the device when the product runs.
template <typename T>
int enqueue(Handle* handle, Call call, const void* alpha_at, const void* beta_at) {
  bool late = handle->pointers == kDevicePointers;
  auto* alpha_there = static_cast<const T*>(alpha_at);
  auto* beta_there = static_cast<const T*>(beta_at);
  T alpha_now = late ? T(0) : *alpha_there;
  T beta_now = late ? T(0) : *beta_there;
  return status_of(standin::enqueue(handle->stream, [=] {
    std::string fault = host::guarded([&] {
      T alpha = late ? *alpha_there : alpha_now;
      T beta = late ? *beta_there : beta_now;
      for (long long i = 0; i < call.count; i++) {
        multiply<T>(
            call.m, call.n, call.k, alpha,
            {static_cast<const T*>(call.a) + i * call.stride_a, call.transa == 1, call.lda},
            {static_cast<const T*>(call.b) + i * call.stride_b, call.transb == 1, call.ldb}, beta,
            static_cast<T*>(call.c) + i * call.stride_c, call.ldc);
      }
    });
    if (!fault.empty()) {
      standin::explain("product: " + fault);
      return static_cast<int>(standin::kIllegalAddress);
    }
    return static_cast<int>(standin::kSuccess);
  }));
}

int check(Handle* handle, const Call& call, int type_a, int type_b, int type_c, int compute,
          int algorithm) {
  if (handle == nullptr || handle->stream == nullptr) {
    return refuse(1, "no stream was set");
  }
  if (!handle->workspace || handle->math != 0 || handle->atomics != 0 ||
      handle->pointers < 0 || handle->pointers > kDevicePointers) {
    return refuse(kNotSupported, "workspace, math, atomics or pointer mode were left to chance");
  }
  bool real64 = compute == kCompute64;
  if (!real64 && compute != kCompute32 && compute != kComputeBf16 && compute != kComputeTf32) {
    return refuse(kNotSupported, "compute type " + std::to_string(compute));
  }
  standin::called(("compute type " + std::to_string(compute)).c_str());
  int type = real64 ? kReal64 : kReal32;
  if (type_a != type || type_b != type || type_c != type || algorithm != -1) {
    return refuse(kNotSupported, "types of the operands");
  }
  if (call.m < 1 || call.n < 1 || call.k < 1 || call.count < 1 || call.transa < 0 ||
      call.transa > 1 || call.transb < 0 || call.transb > 1 ||
      call.lda < (call.transa == 0 ? call.m : call.k) ||
      call.ldb < (call.transb == 0 ? call.k : call.n) || call.ldc < call.m ||
      (call.count > 1 && call.stride_c < static_cast<long long>(call.ldc) * call.n)) {
    return refuse(kInvalidValue, "shapes of the operands");
  }
  return kSuccess;
}

int gemm(Handle* handle, const Call& call, const void* alpha, int type_a, int type_b,
         const void* beta, int type_c, int compute, int algorithm) {
  if (int status = check(handle, call, type_a, type_b, type_c, compute, algorithm)) {
    return status;
  }
  if (compute == kCompute64) {
    return enqueue<double>(handle, call, alpha, beta);
  }
  return enqueue<float>(handle, call, alpha, beta);
}

}  // namespace

#define CALL(name) \
  if (int asked = standin::called(name); asked != 0) return asked

extern "C" {

int cublasGetProperty(int type, int* value) {
  CALL("cublasGetProperty");
  *value = type == 0 ? STANDIN_CUBLAS_MAJOR : type == 1 ? 4 : 5;
  return kSuccess;
}

int cublasCreate_v2(void** handle) {
  CALL("cublasCreate");
  *handle = new Handle;
  standin::took("cuBLAS handles", 1);
  return kSuccess;
}

int cublasDestroy_v2(void* handle) {
  CALL("cublasDestroy");
  delete static_cast<Handle*>(handle);
  standin::took("cuBLAS handles", -1);
  return kSuccess;
}

int cublasGetVersion_v2(void*, int* version) {
  CALL("cublasGetVersion");
  *version = STANDIN_CUBLAS_MAJOR * 10000 + 405;
  return kSuccess;
}

int cublasSetStream_v2(void* handle, void* stream) {
  CALL("cublasSetStream");
  static_cast<Handle*>(handle)->stream = stream;
  // The library takes its own workspace again.
  static_cast<Handle*>(handle)->workspace = false;
  return kSuccess;
}

int cublasSetWorkspace_v2(void* handle, void* workspace, std::size_t bytes) {
  CALL("cublasSetWorkspace");
  if (reinterpret_cast<std::uintptr_t>(workspace) % kWorkspaceAlignment != 0 ||
      bytes < kWorkspace) {
    return refuse(kInvalidValue, "workspace");
  }
  static_cast<Handle*>(handle)->workspace = true;
  return kSuccess;
}

int cublasSetMathMode(void* handle, int mode) {
  CALL("cublasSetMathMode");
  static_cast<Handle*>(handle)->math = mode;
  return kSuccess;
}

int cublasSetAtomicsMode(void* handle, int mode) {
  CALL("cublasSetAtomicsMode");
  static_cast<Handle*>(handle)->atomics = mode;
  return kSuccess;
}

int cublasSetPointerMode_v2(void* handle, int mode) {
  CALL("cublasSetPointerMode");
  static_cast<Handle*>(handle)->pointers = mode;
  return kSuccess;
}

int cublasGemmEx(void* handle, int transa, int transb, int m, int n, int k, const void* alpha,
                 const void* a, int type_a, int lda, const void* b, int type_b, int ldb,
                 const void* beta, void* c, int type_c, int ldc, int compute, int algorithm) {
  CALL("cublasGemmEx");
  return gemm(static_cast<Handle*>(handle),
              {transa, transb, m, n, k, a, lda, 0, b, ldb, 0, c, ldc, 0, 1}, alpha, type_a, type_b,
              beta, type_c, compute, algorithm);
}

int cublasGemmStridedBatchedEx(void* handle, int transa, int transb, int m, int n, int k,
                               const void* alpha, const void* a, int type_a, int lda,
                               long long stride_a, const void* b, int type_b, int ldb,
                               long long stride_b, const void* beta, void* c, int type_c, int ldc,
                               long long stride_c, int count, int compute, int algorithm) {
  CALL("cublasGemmStridedBatchedEx");
  return gemm(static_cast<Handle*>(handle),
              {transa, transb, m, n, k, a, lda, stride_a, b, ldb, stride_b, c, ldc, stride_c,
               count},
              alpha, type_a, type_b, beta, type_c, compute, algorithm);
}

}  // extern "C"
