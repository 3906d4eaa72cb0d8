#include "sim/report/load_curve.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "sim/workload/arrival.h"

namespace plimsoll {
namespace {

/// Value over limit; infinite where nothing was measured but something missed.
double strain(const SloVerdict& term) {
    if (!term.value) return term.met ? 0.0 : 1e300;
    return *term.value / term.limit;
}

bool tighter(const SloVerdict& a, const SloVerdict& b) {
    if (a.met != b.met) return !a.met;
    return strain(a) > strain(b);
}

}  // namespace

std::string_view to_string(LoadEnd end) {
    constexpr std::array<std::string_view, 3> kNames{
        "found", "missed_at_every_load", "met_at_every_load"};
    return kNames[static_cast<std::size_t>(end)];
}

double load_rps(const Scenario& scenario, double factor, const Summary& summary) {
    double sum = 0.0;
    for (std::size_t c = 0; c < scenario.workload.classes.size(); ++c) {
        const ArrivalRate arrivals = arrival_rate(scenario.workload.classes[c].arrival);
        if (arrivals.concurrency == 0.0)
            sum += factor * arrivals.rate.value();
        else if (c < summary.classes.size())
            sum += summary.classes[c].second.rates.completed_rps;
    }
    return sum;
}

bool holds(const Summary& summary) {
    return !summary.saturated && std::all_of(summary.slo.terms.begin(),
                                             summary.slo.terms.end(),
                                             [](const SloVerdict& term) { return term.met; });
}

std::string term_name(const SloVerdict& term, bool with_class) {
    std::string metric = term.metric;
    if (metric != "queue") {
        for (char& c : metric) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    const std::string name = fmt::format("p{:g} {}", 100.0 * term.quantile, metric);
    return with_class ? fmt::format("{} {}", term.class_name, name) : name;
}

const SloVerdict* tightest(const std::vector<SloVerdict>& terms) {
    const auto found = std::min_element(terms.begin(), terms.end(), tighter);
    return found == terms.end() ? nullptr : &*found;
}

}  // namespace plimsoll
