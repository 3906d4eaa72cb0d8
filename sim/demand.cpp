#include "sim/demand.h"

#include "sim/workload/arrival.h"
#include "sim/workload/request_lengths.h"

namespace plimsoll {
namespace {

Lengths lengths_of(const LengthMoments& moments) {
    return {.mean = moments.mean, .mean_square = moments.second_moment};
}

LatencyMetric metric_of(SloMetric metric) {
    switch (metric) {
        case SloMetric::ttft:
            return LatencyMetric::ttft;
        case SloMetric::tpot:
            return LatencyMetric::tpot;
        case SloMetric::e2e:
            return LatencyMetric::e2e;
        case SloMetric::queue:
            return LatencyMetric::queue;
    }
    return LatencyMetric::ttft;
}

RequestMix mix_of(const RequestClass& each) {
    const RequestMoments moments = request_moments(each);
    return {.prompt = lengths_of(moments.prompt),
            .output = lengths_of(moments.output),
            .covariance = moments.mean_product - moments.prompt.mean * moments.output.mean};
}

}  // namespace

std::vector<MeanDemand> mean_demand(const Workload& workload) {
    std::vector<MeanDemand> demand;
    demand.reserve(workload.classes.size());
    for (const RequestClass& each : workload.classes) {
        const ArrivalRate arrivals = arrival_rate(each.arrival);
        MeanDemand mean{.name = each.name,
                        .rate = arrivals.rate,
                        .users = arrivals.concurrency,
                        .think_time = arrivals.think_time,
                        .arrival_scv = arrivals.scv,
                        .lengths = mix_of(each),
                        .limits = {}};
        for (const SloTerm& term : each.slo) {
            mean.limits.push_back(
                {.metric = metric_of(term.metric), .quantile = term.quantile, .limit = term.limit});
        }
        demand.push_back(std::move(mean));
    }
    return demand;
}

Sharing sharing_of(const Scenario& scenario) {
    return scenario.routing.kind == "round_robin" ? Sharing::in_turn : Sharing::to_least_loaded;
}

}  // namespace plimsoll
