#pragma once

#include <optional>

#include "models/contract.h"
#include "models/llm.h"
#include "models/units.h"

namespace plimsoll {

/// How one replica is spread over GPUs: tp x pp x dp of them. With dp > 1 the attention is
/// data-parallel (each rank has its own KV pool). Experts are spread over ep = tp * dp GPUs
/// where ep > 1, and sharded like dense layers (tensor-parallel) where ep = 1.
struct Parallelism {
    int tp = 1;
    int pp = 1;
    int ep = 1;
    int dp = 1;

    [[nodiscard]] int gpus() const { return tp * pp * dp; }
    bool operator==(const Parallelism&) const = default;
};

/// Why `parallelism` cannot serve `llm`, if so: heads, KV heads, layers and experts must divide.
[[nodiscard]] std::optional<Infeasible> illegal(const Llm& llm, const Parallelism& parallelism);

/// KV heads that each tensor-parallel rank holds; at least one, so they are replicated when
/// tp exceeds them.
[[nodiscard]] double kv_heads_per_rank(const Attention& attention, const Parallelism& parallelism);

/// KV bytes that one more token adds on each GPU that holds it (the largest pipeline stage;
/// latent caches are replicated on every tensor-parallel rank), windowed layers included.
[[nodiscard]] Bytes kv_bytes_per_token_per_gpu(const Llm& llm,
                                               Precision kv,
                                               const Parallelism& parallelism);

/// Weight bytes on the fullest GPU: the heaviest layers that fill one pipeline stage, with what
/// every tensor-parallel rank repeats (norms, router, latent down-projections, sparse indexer, KV
/// heads beyond tp). Embedding and output projection stay in 16 bit where weights are quantised
/// below it.
[[nodiscard]] Bytes weight_bytes_per_gpu(const Llm& llm,
                                         const Precisions& precisions,
                                         const Parallelism& parallelism);
/// Weight bytes of the whole model, one copy.
[[nodiscard]] Bytes weight_bytes(const Llm& llm, const Precisions& precisions);

}  // namespace plimsoll
