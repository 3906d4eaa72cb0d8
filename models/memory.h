#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "models/contract.h"
#include "models/deployment.h"

namespace plimsoll {

/// Where the memory of the fullest GPU of a replica goes.
struct MemoryPlan {
    Bytes visible;
    Bytes budget;
    Bytes weights;
    Bytes activations;
    Bytes logits;
    Bytes reserve;
    /// What is left for KV, per GPU.
    Bytes kv_pool;
    /// Bytes of one block of `block_tokens` tokens, per GPU that holds it.
    Bytes kv_block;
    /// Blocks that one sequence takes whatever its length (sliding windows, linear states).
    std::int64_t blocks_per_sequence = 0;
    /// Blocks of the whole replica (all dp ranks).
    std::int64_t kv_blocks = 0;
    /// Tokens of one sequence per block.
    std::int64_t block_tokens = 16;

    /// Blocks that a sequence of `tokens` tokens occupies.
    [[nodiscard]] std::int64_t blocks_for(std::int64_t tokens) const {
        return blocks_per_sequence + (tokens + block_tokens - 1) / block_tokens;
    }
    [[nodiscard]] std::int64_t kv_tokens() const { return kv_blocks * block_tokens; }
};

/// The memory plan of a replica, or why it does not fit (weights, activations and at least one
/// block of KV must; how long a request the pool holds is another question). vLLM's convention:
/// pool = utilisation x visible - weights - activations - logits - reserve; models/README.md, KV
/// pool.
[[nodiscard]] std::variant<MemoryPlan, Infeasible> plan_memory(const Deployment& deployment);

/// The longest request a replica accepts: the engine's limit or the model's context, tokens.
[[nodiscard]] std::int64_t max_request_tokens(const Deployment& deployment);

}  // namespace plimsoll
