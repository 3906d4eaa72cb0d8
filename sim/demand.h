#pragma once

#include <string>
#include <vector>

#include "models/estimate.h"
#include "sim/scenario.h"

namespace plimsoll {

/// One class of requests as the closed form sees it.
struct MeanDemand {
    std::string name;
    /// Requests per second; 0 for a closed loop.
    PerSecond rate;
    /// Users of a closed loop and their mean pause.
    double users = 0.0;
    Seconds think_time;
    /// Squared coefficient of variation of the times between arrivals.
    double arrival_scv = 1.0;
    RequestMix lengths;
    std::vector<LatencyLimit> limits;
};

/// The classes of a workload by their moments. Reads traces; throws as arrival_rate() does.
[[nodiscard]] std::vector<MeanDemand> mean_demand(const Workload& workload);

/// How the scenario's router shares arrivals among replicas.
[[nodiscard]] Sharing sharing_of(const Scenario& scenario);

}  // namespace plimsoll
