// x[b, c] = labels[b, c] for c below the number of classes; what lies right of it stays.
//
// labels: (batch, classes), n elements in all. x: (batch, features), features at least classes.
// Writes: =. Aliases: none.
// Grid: x over the labels in strides. Deterministic. Twin: ReferenceGoodnessPasses.embed.
#include "../common/kernel.cuh"

namespace lemniscate {

template <typename T>
__device__ void goodness_embed(const T* labels, T* x, long long n, long long classes,
                               long long features) {
  each_element(n, [&](long long i) { x[i / classes * features + i % classes] = labels[i]; });
}

}  // namespace lemniscate

#define GOODNESS_EMBED_PARAMETERS(T) \
  (const T* labels, T* x, long long n, long long classes, long long features)
LEMNISCATE_ENTRIES(goodness_embed, GOODNESS_EMBED_PARAMETERS, (labels, x, n, classes, features))
