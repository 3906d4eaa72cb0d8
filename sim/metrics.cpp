#include "sim/metrics.h"

#include <algorithm>
#include <limits>

#include "models/contract.h"
#include "sim/intervals.h"

namespace plimsoll {
namespace {

constexpr double kUnknown = -1.0;

/// What is known of a request's latencies at some date, seconds.
struct Latencies {
    double ttft = kUnknown;
    double tpot = kUnknown;
    double e2e = kUnknown;
    double queue = kUnknown;

    [[nodiscard]] double of(SloMetric metric) const {
        switch (metric) {
            case SloMetric::ttft:
                return ttft;
            case SloMetric::tpot:
                return tpot;
            case SloMetric::e2e:
                return e2e;
            case SloMetric::queue:
                return queue;
        }
        return kUnknown;
    }
};

/// Requests without a second token have no TPOT and cannot miss it.
double tpot_of(const RequestRecord& record) {
    if (record.output_tokens < 2) return kUnknown;
    return (record.end_s - record.first_token_s) / static_cast<double>(record.output_tokens - 1);
}

std::optional<Distribution> distribution_of(const QuantileSketch& sketch) {
    if (sketch.count() == 0) return std::nullopt;
    return Distribution{.mean = sketch.mean(),
                        .p50 = sketch.quantile(0.50),
                        .p90 = sketch.quantile(0.90),
                        .p95 = sketch.quantile(0.95),
                        .p99 = sketch.quantile(0.99),
                        .max = sketch.max()};
}

double per(double amount, double base) { return base > 0.0 ? amount / base : 0.0; }

Utilization utilization_of(const PoolFacts& facts) {
    return {.busy_fraction = per(facts.busy_s, facts.replica_s),
            .mfu = per(facts.flops_per_gpu, facts.busy_s * facts.peak_flops_per_s),
            .mbu = per(facts.bytes_per_gpu, facts.busy_s * facts.peak_bytes_per_s),
            .kv_mean_fraction = per(facts.kv_fraction_s, facts.replica_s),
            .kv_peak_fraction = facts.kv_peak_fraction,
            .mean_batch = per(facts.sequence_s, facts.busy_s),
            .prefix_hit_fraction = per(facts.cached_prompt_tokens, facts.prompt_tokens)};
}

FleetSize fleet_of(const PoolFacts& facts) {
    return {.gpus = facts.replicas * facts.gpus_per_replica,
            .replicas = facts.replicas,
            .gpu_hours = facts.replica_s * facts.gpus_per_replica / 3600.0};
}

/// The whole fleet as one pool: work and peaks weighted by GPUs, so that MFU and MBU are shares of
/// what all busy GPUs could have done.
PoolFacts whole_fleet(const std::vector<PoolFacts>& pools) {
    PoolFacts all;
    double gpu_peak_flops = 0.0;
    double gpu_peak_bytes = 0.0;
    for (const PoolFacts& pool : pools) {
        PoolFacts part = pool;
        part.flops_per_gpu *= pool.gpus_per_replica;
        part.bytes_per_gpu *= pool.gpus_per_replica;
        all.merge(part);
        const double busy_gpu_s = pool.busy_s * pool.gpus_per_replica;
        gpu_peak_flops += busy_gpu_s * pool.peak_flops_per_s;
        gpu_peak_bytes += busy_gpu_s * pool.peak_bytes_per_s;
    }
    all.peak_flops_per_s = per(gpu_peak_flops, all.busy_s);
    all.peak_bytes_per_s = per(gpu_peak_bytes, all.busy_s);
    return all;
}

StepBreakdown breakdown_of(const PoolFacts& facts) {
    StepBreakdown breakdown = facts.breakdown;
    breakdown.idle_s = std::max(0.0, facts.replica_s - facts.busy_s - breakdown.gap_s);
    breakdown.steps = facts.steps;
    return breakdown;
}

}  // namespace

void PoolFacts::merge(const PoolFacts& other) {
    replicas += other.replicas;
    replica_s += other.replica_s;
    busy_s += other.busy_s;
    steps += other.steps;
    prompt_tokens += other.prompt_tokens;
    cached_prompt_tokens += other.cached_prompt_tokens;
    output_tokens += other.output_tokens;
    flops_per_gpu += other.flops_per_gpu;
    bytes_per_gpu += other.bytes_per_gpu;
    kv_fraction_s += other.kv_fraction_s;
    kv_peak_fraction = std::max(kv_peak_fraction, other.kv_peak_fraction);
    sequence_s += other.sequence_s;
    by_class.resize(std::max(by_class.size(), other.by_class.size()));
    for (std::size_t c = 0; c < other.by_class.size(); ++c) {
        by_class[c].prompt_s += other.by_class[c].prompt_s;
        by_class[c].output_s += other.by_class[c].output_s;
        by_class[c].prompt_tokens += other.by_class[c].prompt_tokens;
        by_class[c].output_tokens += other.by_class[c].output_tokens;
    }
    breakdown.compute_s += other.breakdown.compute_s;
    breakdown.memory_s += other.breakdown.memory_s;
    breakdown.communication_s += other.breakdown.communication_s;
    breakdown.launch_s += other.breakdown.launch_s;
    breakdown.host_s += other.breakdown.host_s;
    breakdown.gap_s += other.breakdown.gap_s;
}

MetricsCollector::MetricsCollector(std::span<const RequestClass> classes, Seconds warm_up)
    : warm_up_s_(warm_up.value()), tallies_(classes.size()) {
    PLIMSOLL_EXPECTS(!classes.empty());
    for (std::size_t c = 0; c < classes.size(); ++c) {
        tallies_[c].name = classes[c].name;
        for (const SloTerm& term : classes[c].slo)
            tallies_[c].terms.push_back(
                {.metric = term.metric, .quantile = term.quantile, .limit_s = term.limit.value()});
    }
}

void MetricsCollector::fold(const RequestRecord& record) {
    Tally& tally = tallies_[static_cast<std::size_t>(record.class_index)];
    const bool completed = record.outcome == Outcome::completed;
    const bool scored = record.arrival_s >= warm_up_s_;
    ++tally.by_outcome[static_cast<std::size_t>(record.outcome)];
    tally.preemptions += record.preemptions;
    if (!completed) {
        if (!scored) return;
        ++tally.scored;
        tally.decided += tally.terms.empty() ? 0 : 1;
        for (Term& term : tally.terms) ++term.decided;
        return;
    }
    PLIMSOLL_EXPECTS(record.arrival_s <= record.admitted_s &&
                     record.admitted_s <= record.first_token_s &&
                     record.first_token_s <= record.end_s);
    const Latencies latencies{.ttft = record.first_token_s - record.arrival_s,
                              .tpot = tpot_of(record),
                              .e2e = record.end_s - record.arrival_s,
                              .queue = record.admitted_s - record.arrival_s};
    bool good = true;
    for (Term& term : tally.terms) {
        const bool met = latencies.of(term.metric) <= term.limit_s;
        good = good && met;
        if (!scored) continue;
        ++term.decided;
        term.met += met ? 1 : 0;
    }
    if (record.end_s >= warm_up_s_) {
        ++tally.ended;
        tally.ended_good += good ? 1 : 0;
        tally.prompt_tokens += record.prompt_tokens;
        tally.output_tokens += record.output_tokens;
    }
    if (!scored) return;
    ++tally.scored;
    // A class without an SLO must not dilute the attainment of the others.
    if (!tally.terms.empty()) {
        ++tally.decided;
        tally.met += good ? 1 : 0;
    }
    tally.ttft.add(latencies.ttft);
    tally.e2e.add(latencies.e2e);
    tally.queue.add(latencies.queue);
    if (record.output_tokens > 1) tally.tpot.add(latencies.tpot);
}

void MetricsCollector::fold_unfinished(const UnfinishedRequest& request, double now_s) {
    Tally& tally = tallies_[static_cast<std::size_t>(request.class_index)];
    const bool admitted = request.admitted_s >= 0.0;
    const bool started = request.first_token_s >= 0.0;
    ++(admitted ? tally.running : tally.queued);
    tally.preemptions += request.preemptions;
    if (request.arrival_s < warm_up_s_) return;
    ++tally.scored;
    // What each latency is at least by now, and whether it is settled.
    const double age_s = now_s - request.arrival_s;
    const double gaps = static_cast<double>(std::max(1, request.output_tokens - 1));
    const bool has_tpot = request.output_tokens > 1;
    const Latencies least{
        .ttft = started ? request.first_token_s - request.arrival_s : age_s,
        .tpot = started && has_tpot ? (now_s - request.first_token_s) / gaps : kUnknown,
        .e2e = age_s,
        .queue = admitted ? request.admitted_s - request.arrival_s : age_s};
    bool missed = false;
    bool open = false;
    for (Term& term : tally.terms) {
        const bool settled = term.metric == SloMetric::queue  ? admitted
                             : term.metric == SloMetric::ttft ? started
                             : term.metric == SloMetric::tpot ? !has_tpot
                                                              : false;
        const bool past = least.of(term.metric) > term.limit_s;
        missed = missed || past;
        open = open || !(past || settled);
        if (!past && !settled) continue;
        ++term.decided;
        term.met += past ? 0 : 1;
    }
    if (missed || (!open && !tally.terms.empty())) {
        ++tally.decided;
        tally.met += missed ? 0 : 1;
    }
}

void MetricsCollector::Tally::merge(const Tally& other) {
    for (std::size_t i = 0; i < by_outcome.size(); ++i) by_outcome[i] += other.by_outcome[i];
    queued += other.queued;
    running += other.running;
    preemptions += other.preemptions;
    scored += other.scored;
    decided += other.decided;
    met += other.met;
    ended += other.ended;
    ended_good += other.ended_good;
    prompt_tokens += other.prompt_tokens;
    output_tokens += other.output_tokens;
    ttft.merge(other.ttft);
    tpot.merge(other.tpot);
    itl.merge(other.itl);
    e2e.merge(other.e2e);
    queue.merge(other.queue);
}

std::int64_t MetricsCollector::Tally::arrived() const {
    return by_outcome[0] + by_outcome[1] + by_outcome[2] + queued + running;
}

void MetricsCollector::merge(const MetricsCollector& other) {
    PLIMSOLL_EXPECTS(tallies_.size() == other.tallies_.size());
    for (std::size_t c = 0; c < tallies_.size(); ++c) {
        Tally& mine = tallies_[c];
        const Tally& theirs = other.tallies_[c];
        PLIMSOLL_EXPECTS(mine.name == theirs.name && mine.terms.size() == theirs.terms.size());
        mine.merge(theirs);
        for (std::size_t t = 0; t < mine.terms.size(); ++t) {
            mine.terms[t].met += theirs.terms[t].met;
            mine.terms[t].decided += theirs.terms[t].decided;
        }
    }
}

std::int64_t MetricsCollector::folded() const {
    std::int64_t count = 0;
    for (const Tally& tally : tallies_) count += tally.arrived();
    return count;
}

RequestCounts MetricsCollector::counts_of(const Tally& tally) {
    const auto ended_as = [&](Outcome outcome) {
        return static_cast<double>(tally.by_outcome[static_cast<std::size_t>(outcome)]);
    };
    return {.arrived = static_cast<double>(tally.arrived()),
            .completed = ended_as(Outcome::completed),
            .rejected = ended_as(Outcome::rejected),
            .timed_out = ended_as(Outcome::timed_out),
            .queued = static_cast<double>(tally.queued),
            .running = static_cast<double>(tally.running),
            .preemptions = static_cast<double>(tally.preemptions)};
}

Latency MetricsCollector::latency_of(const Tally& tally) {
    Latency latency;
    latency.ttft_s = distribution_of(tally.ttft);
    latency.tpot_s = distribution_of(tally.tpot);
    latency.itl_s = distribution_of(tally.itl);
    latency.e2e_s = distribution_of(tally.e2e);
    latency.queue_s = distribution_of(tally.queue);
    return latency;
}

SloSummary MetricsCollector::slo_of(const Tally& tally) {
    SloSummary slo;
    if (!tally.terms.empty() && tally.decided > 0) {
        slo.attainment = static_cast<double>(tally.met) / static_cast<double>(tally.decided);
        slo.attainment_interval = clopper_pearson(tally.met, tally.decided);
    }
    for (const Term& term : tally.terms) {
        const QuantileSketch& sketch = term.metric == SloMetric::ttft   ? tally.ttft
                                       : term.metric == SloMetric::tpot ? tally.tpot
                                       : term.metric == SloMetric::e2e  ? tally.e2e
                                                                        : tally.queue;
        SloVerdict verdict{.class_name = tally.name,
                           .metric = std::string(to_string(term.metric)),
                           .quantile = term.quantile,
                           .limit = term.limit_s,
                           .value = std::nullopt,
                           .attainment = std::nullopt};
        if (sketch.count() > 0) verdict.value = sketch.quantile(term.quantile);
        if (term.decided > 0) {
            verdict.attainment = static_cast<double>(term.met) / static_cast<double>(term.decided);
            verdict.met = *verdict.attainment >= term.quantile;
        }
        slo.terms.push_back(verdict);
    }
    return slo;
}

Rates MetricsCollector::rates_of(const Tally& tally, const RunFacts& facts) const {
    const double arrivals_s = facts.arrivals_end_s - warm_up_s_;
    const double window_s = facts.simulated_s - warm_up_s_;
    const auto rate = [](std::int64_t count, double time_s) {
        return per(static_cast<double>(count), time_s);
    };
    return {.offered_rps = rate(tally.scored, arrivals_s),
            .completed_rps = rate(tally.ended, window_s),
            .goodput_rps = rate(tally.ended_good, window_s),
            .prompt_throughput_tok_s = rate(tally.prompt_tokens, window_s),
            .output_throughput_tok_s = rate(tally.output_tokens, window_s),
            .total_throughput_tok_s = rate(tally.prompt_tokens + tally.output_tokens, window_s)};
}

Summary summarize(const MetricsCollector& metrics, const RunFacts& facts) {
    using Collector = MetricsCollector;
    Summary summary;
    summary.simulated_s = facts.simulated_s;
    summary.saturated = facts.saturated;
    summary.peak_overload = facts.peak_overload;
    Collector::Tally all;
    bool any_terms = false;
    for (const Collector::Tally& tally : metrics.tallies_) {
        all.merge(tally);
        any_terms = any_terms || !tally.terms.empty();
        ClassSummary one{.requests = Collector::counts_of(tally),
                         .latency = Collector::latency_of(tally),
                         .rates = metrics.rates_of(tally, facts),
                         .slo = Collector::slo_of(tally),
                         .cost = std::nullopt};
        for (const SloVerdict& verdict : one.slo.terms) summary.slo.terms.push_back(verdict);
        summary.classes.emplace_back(tally.name, std::move(one));
    }
    summary.requests = Collector::counts_of(all);
    summary.latency = Collector::latency_of(all);
    summary.rates = metrics.rates_of(all, facts);
    if (any_terms && all.decided > 0) {
        summary.slo.attainment = static_cast<double>(all.met) / static_cast<double>(all.decided);
        summary.slo.attainment_interval = clopper_pearson(all.met, all.decided);
    }
    summary.utilization = utilization_of(whole_fleet(facts.pools));
    for (const PoolFacts& pool : facts.pools) {
        const FleetSize fleet = fleet_of(pool);
        summary.fleet.gpus += fleet.gpus;
        summary.fleet.replicas += fleet.replicas;
        summary.fleet.gpu_hours += fleet.gpu_hours;
        summary.pools.emplace_back(pool.name,
                                   PoolSummary{.fleet = fleet,
                                               .utilization = utilization_of(pool),
                                               .cost = std::nullopt,
                                               .step_breakdown = breakdown_of(pool)});
    }
    return summary;
}

}  // namespace plimsoll
