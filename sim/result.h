#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll {

// The answer of a run as plain values, in the shape and under the names of `run --json`
// (sim/result_fields.h lists them once for writing, reading and averaging). Numbers are in the unit
// that their name ends with; absent is what was not simulated or has no value (the p99 of nothing).

/// Values by name, in the order of the scenario.
template <class T>
using Named = std::vector<std::pair<std::string, T>>;

/// What made the result, and from what settings.
struct MadeBy {
    std::string version;
    std::string model_revision;
    std::string fidelity;
    std::uint64_t seed = 1;
    std::int64_t replications = 1;
};

/// Which question was answered.
struct ScenarioId {
    std::string name;
    std::string as_of;
    std::string sha256;
    std::string catalog_sha256;
    /// Empty without a trace.
    std::string trace_sha256;
};

/// The load at which the SLO is just met.
struct LoadAnswer {
    double load_at_slo_rps = 0.0;
    /// Share of that load that the scenario leaves free; negative when overloaded.
    double headroom = 0.0;
    std::string binding;
};

/// What became of the requests, warm-up included; the first equals the sum of the next five.
struct RequestCounts {
    double arrived = 0.0;
    double completed = 0.0;
    double rejected = 0.0;
    double timed_out = 0.0;
    double queued = 0.0;
    double running = 0.0;
    /// Not an outcome: times that a running request lost its KV blocks.
    double preemptions = 0.0;
};

/// Mean, order statistics and greatest of scored values.
struct Distribution {
    double mean = 0.0;
    double p50 = 0.0;
    double p90 = 0.0;
    double p95 = 0.0;
    double p99 = 0.0;
    double max = 0.0;
};

/// Latencies of scored, completed requests; absent where nothing was measured.
struct Latency {
    std::optional<Distribution> ttft_s;
    std::optional<Distribution> tpot_s;
    std::optional<Distribution> itl_s;
    std::optional<Distribution> e2e_s;
    std::optional<Distribution> queue_s;
    std::optional<Distribution> client_ttft_s;
    std::optional<Distribution> first_audio_s;
    std::optional<Distribution> real_time_factor;
};

/// Scored requests and their tokens per second: offered over the time of arrivals, the rest over
/// the whole time from the warm-up's end to the last event (so a drain counts).
struct Rates {
    double offered_rps = 0.0;
    double completed_rps = 0.0;
    double goodput_rps = 0.0;
    double prompt_throughput_tok_s = 0.0;
    double output_throughput_tok_s = 0.0;
    double total_throughput_tok_s = 0.0;
};

/// An SLO term and how it fared.
struct SloVerdict {
    std::string class_name;
    /// ttft, tpot, e2e or queue.
    std::string metric;
    double quantile = 0.0;
    /// Seconds.
    double limit = 0.0;
    /// The latency at that quantile over completed requests, seconds.
    std::optional<double> value;
    /// Share of decided requests within the limit; rejected ones are outside.
    std::optional<double> attainment;
    /// attainment >= quantile.
    bool met = true;
};

/// A 95 % interval.
struct Interval {
    double low = 0.0;
    double high = 0.0;
};

struct SloSummary {
    /// Share of decided scored requests that meet every term of their class; absent without terms
    /// or requests.
    std::optional<double> attainment;
    /// Clopper-Pearson, from a single run; several replications have `intervals` instead.
    std::optional<Interval> attainment_interval;
    std::vector<SloVerdict> terms;
};

/// How busy the fleet was.
struct Utilization {
    /// Share of replica time in a step.
    double busy_fraction = 0.0;
    /// Model FLOPs and minimal bytes over dense peak and peak bandwidth, while busy.
    double mfu = 0.0;
    double mbu = 0.0;
    /// KV occupancy, share of capacity, over all replica time.
    double kv_mean_fraction = 0.0;
    double kv_peak_fraction = 0.0;
    /// Sequences in a step, over busy time.
    double mean_batch = 0.0;
    /// Share of prompt tokens found in a cache.
    double prefix_hit_fraction = 0.0;
};

struct FleetSize {
    double gpus = 0.0;
    double replicas = 0.0;
    double gpu_hours = 0.0;
};

struct Energy {
    double kwh = 0.0;
    std::optional<double> j_per_output_token;
    std::optional<double> kg_co2e;
};

/// One account of the ledger.
struct LedgerLine {
    std::string site;
    std::string pool;
    std::string component;
    std::string class_name;
    std::string phase;
    double usd = 0.0;
    double kwh = 0.0;
    double kg_co2e = 0.0;
    double gpu_hours = 0.0;
    double tokens = 0.0;
};

struct Cost {
    double usd_total = 0.0;
    double usd_per_hour = 0.0;
    double usd_per_month = 0.0;
    std::optional<double> usd_per_mtok_output;
    std::optional<double> usd_per_mtok_total;
    std::optional<double> attributed_usd_per_mtok_prompt;
    std::optional<double> attributed_usd_per_mtok_output;
    std::optional<double> usd_per_request;
    std::optional<double> idle_share;
    std::vector<LedgerLine> ledger;
};

/// Where the time of a pool's steps went, seconds over all replicas.
struct StepBreakdown {
    double compute_s = 0.0;
    double memory_s = 0.0;
    double communication_s = 0.0;
    double launch_s = 0.0;
    double host_s = 0.0;
    /// Between steps, the GPU waiting for the engine.
    double gap_s = 0.0;
    double idle_s = 0.0;
    double steps = 0.0;
};

struct ClassSummary {
    RequestCounts requests;
    Latency latency;
    Rates rates;
    SloSummary slo;
    std::optional<Cost> cost;
};

struct PoolSummary {
    FleetSize fleet;
    Utilization utilization;
    std::optional<Cost> cost;
    StepBreakdown step_breakdown;
};

/// What a site or a class of devices was used for.
struct PlaceSummary {
    RequestCounts requests;
    std::optional<Energy> energy;
    std::optional<Cost> cost;
};

/// The answer of one run, or the mean over replications.
struct Summary {
    std::int64_t format = 1;
    MadeBy made_by;
    ScenarioId scenario;
    double simulated_s = 0.0;
    /// The backlog grew without bound.
    bool saturated = false;
    /// The backlog grew for a while and drained again.
    bool peak_overload = false;
    std::optional<LoadAnswer> answer;
    RequestCounts requests;
    Latency latency;
    Rates rates;
    SloSummary slo;
    Utilization utilization;
    FleetSize fleet;
    std::optional<Energy> energy;
    std::optional<Cost> cost;
    Named<ClassSummary> classes;
    Named<PoolSummary> pools;
    Named<PlaceSummary> sites;
    Named<PlaceSummary> devices;
};

/// A summary with the ends of the 95 % interval of each of its numbers, in the same shape.
struct ReplicatedSummary {
    Summary mean;
    struct Ends {
        Summary low;
        Summary high;
    };
    /// Absent with a single replication.
    std::optional<Ends> intervals;
};

}  // namespace plimsoll
