#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/result.h"
#include "sim/scenario.h"
#include "sim/sketch.h"
#include "sim/workload/request.h"

namespace plimsoll {

/// A request still in the system when the run stops. Dates in seconds; negative: not yet.
struct UnfinishedRequest {
    std::int32_t class_index = 0;
    std::int32_t output_tokens = 0;
    std::int32_t preemptions = 0;
    double arrival_s = 0.0;
    double admitted_s = -1.0;
    double first_token_s = -1.0;
};

/// Gaps between output tokens: first_s + i * slope_s for i < count.
struct ItlLine {
    double date_s = 0.0;
    double first_s = 0.0;
    double slope_s = 0.0;
    std::int64_t count = 0;
};

/// What one class of requests took and got: busy time on prompts and on output tokens, and the
/// tokens. Of a mixed step, what its decodes would have taken alone is output, the rest is prompt,
/// shared out by sequences and by prompt tokens.
struct ClassShare {
    double prompt_s = 0.0;
    double output_s = 0.0;
    double prompt_tokens = 0.0;
    double output_tokens = 0.0;
};

/// One gap of one sequence, ended at date_s.
struct ItlGap {
    std::int32_t class_index = 0;
    double date_s = 0.0;
    double gap_s = 0.0;
};

/// What a pool did, summed over its replicas; plain facts, additive.
struct PoolFacts {
    std::string name;
    double replicas = 0.0;
    double gpus_per_replica = 1.0;
    /// Time that replicas were provided, and time in a step.
    double replica_s = 0.0;
    double busy_s = 0.0;
    double steps = 0.0;
    /// Prompt tokens asked for, and those of them found in a cache.
    double prompt_tokens = 0.0;
    double cached_prompt_tokens = 0.0;
    double output_tokens = 0.0;
    /// Work of each GPU, summed over steps: model FLOPs and minimal bytes.
    double flops_per_gpu = 0.0;
    double bytes_per_gpu = 0.0;
    /// Of one GPU: dense peak FLOP/s and bytes per second.
    double peak_flops_per_s = 0.0;
    double peak_bytes_per_s = 0.0;
    /// Occupied share of the KV pool integrated over time, and its greatest value.
    double kv_fraction_s = 0.0;
    double kv_peak_fraction = 0.0;
    /// Sequences in the running step, integrated over time.
    double sequence_s = 0.0;
    std::vector<ClassShare> by_class;
    /// Time of the steps by what it was spent on; gap_s lies between steps.
    StepBreakdown breakdown;

    /// Adds the facts of another part of the same pool.
    void merge(const PoolFacts& other);
};

/// What the run itself knows.
struct RunFacts {
    /// Date of the end of the run.
    double simulated_s = 0.0;
    /// Date after which nothing arrived any more.
    double arrivals_end_s = 0.0;
    bool saturated = false;
    bool peak_overload = false;
    std::vector<PoolFacts> pools;
};

/// Folds finished requests into counts and sketches and forgets them. Requests that arrive before
/// the warm-up's end are counted but not scored. Order matters only to the last bits of means.
class MetricsCollector {
public:
    MetricsCollector(std::span<const RequestClass> classes, Seconds warm_up);

    /// Takes a request that has left.
    void fold(const RequestRecord& record);
    /// Takes a request that is still inside at `now_s`, the end of the run. It misses an SLO term
    /// when already past its limit, meets one that is already settled, else stays out of it.
    void fold_unfinished(const UnfinishedRequest& request, double now_s);
    /// Takes gaps that weights[c] sequences of class c each saw. Expects a weight per class, or one
    /// where there is one class.
    void fold_itl_line(const ItlLine& line, std::span<const std::int64_t> weights) {
        if (line.date_s < warm_up_s_) return;
        for (std::size_t c = 0; c < weights.size(); ++c)
            tallies_[c].itl.add_line({.first_value = line.first_s,
                                      .slope = line.slope_s,
                                      .count = line.count,
                                      .weight = weights[c]});
    }
    /// Takes one gap of one sequence.
    void fold_itl(const ItlGap& gap) {
        if (gap.date_s < warm_up_s_) return;
        tallies_[static_cast<std::size_t>(gap.class_index)].itl.add(gap.gap_s);
    }
    /// Adds what another part of the same run has folded. Expects the same classes.
    void merge(const MetricsCollector& other);

    /// Requests folded so far.
    [[nodiscard]] std::int64_t folded() const;

private:
    friend Summary summarize(const MetricsCollector& metrics, const RunFacts& facts);

    /// One SLO term: its limit and how many requests it was decided for.
    struct Term {
        SloMetric metric = SloMetric::ttft;
        double quantile = 0.0;
        double limit_s = 0.0;
        std::int64_t met = 0;
        std::int64_t decided = 0;
    };
    struct Tally {
        std::string name;
        std::array<std::int64_t, 3> by_outcome{};
        std::int64_t queued = 0;
        std::int64_t running = 0;
        std::int64_t preemptions = 0;
        /// Of scored requests: arrivals, decisions on the whole SLO, and those that met it.
        std::int64_t scored = 0;
        std::int64_t decided = 0;
        std::int64_t met = 0;
        /// Of requests that ended after the warm-up.
        std::int64_t ended = 0;
        std::int64_t ended_good = 0;
        std::int64_t prompt_tokens = 0;
        std::int64_t output_tokens = 0;
        std::vector<Term> terms;
        QuantileSketch ttft;
        QuantileSketch tpot;
        QuantileSketch itl;
        QuantileSketch e2e;
        QuantileSketch queue;

        void merge(const Tally& other);
        [[nodiscard]] std::int64_t arrived() const;
    };

    [[nodiscard]] static RequestCounts counts_of(const Tally& tally);
    [[nodiscard]] static Latency latency_of(const Tally& tally);
    [[nodiscard]] static SloSummary slo_of(const Tally& tally);
    [[nodiscard]] Rates rates_of(const Tally& tally, const RunFacts& facts) const;

    double warm_up_s_;
    std::vector<Tally> tallies_;
};

/// The summary of a run: everything that follows from requests and pools. Names, hashes, energy and
/// cost are left to the caller.
[[nodiscard]] Summary summarize(const MetricsCollector& metrics, const RunFacts& facts);

}  // namespace plimsoll
