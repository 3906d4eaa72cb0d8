#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/deployment.h"
#include "models/price.h"
#include "sim/params.h"

namespace plimsoll {

/// What an SLO term limits, per request.
enum class SloMetric { ttft, tpot, e2e, queue };

/// "The `quantile` of `metric` is at most `limit`."
struct SloTerm {
    SloMetric metric = SloMetric::ttft;
    /// In (0, 1): 0.99 for p99.
    double quantile = 0.99;
    Seconds limit;
};

/// Requests of one kind: how they arrive, how long they are, what they are promised.
struct RequestClass {
    std::string name;
    /// poisson, gamma, diurnal, trace ...; see arrival_kinds().
    PolicySpec arrival;
    /// fixed, lognormal, quantiles, trace ...; see length_kinds().
    PolicySpec prompt_tokens;
    PolicySpec output_tokens;
    /// Both at once, instead: joint; see joint_length_kinds(). No kind: not given.
    PolicySpec lengths{};
    /// Of the standard normal numbers from which prompt_tokens and output_tokens are drawn.
    double length_correlation = 0.0;
    std::vector<SloTerm> slo;
    std::string tenant;
};

struct Workload {
    std::vector<RequestClass> classes;
};

/// Identical replicas of one deployment.
struct Pool {
    std::string name;
    /// Catalog ids, or empty where the scenario describes the thing itself.
    std::string model_id;
    std::string gpu_id;
    std::string server_id;
    Deployment deployment;
    std::int64_t replicas = 1;

    [[nodiscard]] std::int64_t gpus() const { return replicas * deployment.parallelism.gpus(); }
};

/// Where a value came from: R read at the source, R2 read second-hand, D derived, M unverified.
enum class Mark { r, r2, d, m };

/// One catalog number that a scenario uses.
struct Provenance {
    /// "gpus/h100_sxm" and "hbm_bandwidth".
    std::string item;
    std::string field;
    Mark mark = Mark::m;
    std::string source;
    /// ISO date on which the source was read or dated.
    std::string date;
};

/// How the fleet is paid for.
struct Prices {
    std::string book_id;
    PriceBook book;
    Tenure tenure = Tenure::on_demand;
};

/// One question: this model, this fleet, this traffic, these prices, this SLO.
struct Scenario {
    std::string name;
    /// ISO date at which prices are read; the newest of the catalog entries used by default.
    std::string as_of;
    std::uint64_t seed = 1;
    int replications = 1;
    /// The run stops here; 0: when all that was to arrive (max_requests, a trace) has been served.
    Seconds horizon;
    /// Arrivals stop after this many requests, over all classes; 0: only the horizon counts.
    std::int64_t max_requests = 0;
    /// Requests that arrive earlier are served and conserved, but not scored.
    Seconds warm_up;
    Workload workload;
    std::vector<Pool> pools;
    /// round_robin, least_loaded, central_queue; see router_kinds().
    PolicySpec routing;
    Prices prices;
    /// Every catalog number used, and the SHA-256 of the catalog files they came from.
    std::vector<Provenance> provenance;
    std::string catalog_sha256;
};

[[nodiscard]] std::string_view to_string(SloMetric metric);
[[nodiscard]] std::string_view to_string(Mark mark);

/// The registered arrival processes, length distributions and routers.
[[nodiscard]] std::span<const PolicyInfo> arrival_kinds();
[[nodiscard]] std::span<const PolicyInfo> length_kinds();
[[nodiscard]] std::span<const PolicyInfo> joint_length_kinds();
[[nodiscard]] std::span<const PolicyInfo> router_kinds();

/// What cannot be answered although every field is legal by itself: a model that does not fit, a
/// class without requests, rates above the datasheet. Paths as in the scenario file.
struct ScenarioProblem {
    std::string path;
    std::string message;
    /// True where the answer is "no" (exit 1: it does not fit), not a mistake in the file (exit 2).
    bool infeasible = false;
};
[[nodiscard]] std::vector<ScenarioProblem> problems(const Scenario& scenario);

}  // namespace plimsoll
