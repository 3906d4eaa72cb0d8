#include "sim/load.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "models/contract.h"
#include "sim/estimate.h"

namespace plimsoll {
namespace {

/// Where the first round looks, as multiples of the closed form's answer.
constexpr double kGrid[] = {0.05, 0.25, 0.5, 0.7, 0.85, 1.0, 1.2};
/// How far the search goes beyond its grid, in doublings and in quarterings.
constexpr int kDoublings = 6;
constexpr int kQuarterings = 4;
/// Points inside the bracket per round: a constant, so that the answer does not depend on --jobs.
constexpr int kInside = 3;
constexpr int kRounds = 24;

class Search {
public:
    Search(const Scenario& scenario, const LoadOptions& options)
        : scenario_(scenario), options_(options) {}

    [[nodiscard]] std::variant<LoadCurve, RunFailure> find() {
        double guess = options_.guess;
        if (guess <= 0.0) guess = guess_of(scenario_);
        std::vector<double> factors{1.0};
        for (const double share : kGrid) factors.push_back(share * guess);
        if (auto failure = simulate_at(factors)) return *failure;
        if (auto failure = widen()) return *failure;
        if (auto failure = narrow()) return *failure;
        return finish();
    }

private:
    static double guess_of(const Scenario& scenario) {
        const Estimate e = estimate(scenario, {.curve_points = 0});
        double guess = e.load_at_slo / e.offered;
        // Where the closed form sees no way, it still knows what would fill the fleet.
        if (!std::isfinite(guess) || guess <= 0.0) guess = 0.5 * (e.capacity / e.offered);
        return std::isfinite(guess) && guess > 0.0 ? std::clamp(guess, 1e-4, 1e4) : 1.0;
    }

    [[nodiscard]] std::optional<RunFailure> simulate_at(std::vector<double> factors) {
        std::sort(factors.begin(), factors.end());
        factors.erase(
            std::unique(
                factors.begin(), factors.end(), [](double a, double b) { return b < a * 1.001; }),
            factors.end());
        std::vector<RunPoint> points;
        for (const double factor : factors) {
            // The scenario's own load is asked for first, and a neighbour must not take its place.
            const bool is_own = curve_.points.empty() && std::abs(factor - 1.0) < 2e-3;
            points.push_back({scenario_, is_own ? 1.0 : factor});
        }
        const auto replications = static_cast<std::size_t>(scenario_.replications);
        if (options_.on_round)
            options_.on_round(curve_.simulations, points.size() * replications, low(), high());
        RunOptions run = options_.run;
        run.requests_csv.clear();
        const auto failure =
            run_points(points, run, [&](std::size_t index, ReplicatedSummary result) {
                LoadPoint point{.factor = points[index].load,
                                .load_rps = load_rps(scenario_, points[index].load, result.mean),
                                .holds = holds(result.mean),
                                .result = std::move(result)};
                curve_.points.push_back(std::move(point));
            });
        curve_.simulations += points.size() * replications;
        std::sort(curve_.points.begin(),
                  curve_.points.end(),
                  [](const LoadPoint& a, const LoadPoint& b) { return a.factor < b.factor; });
        return failure;
    }

    /// The first load that does not hold; infinite while all do.
    [[nodiscard]] double high() const {
        for (const LoadPoint& point : curve_.points)
            if (!point.holds) return point.factor;
        return std::numeric_limits<double>::infinity();
    }
    /// The load below it that holds; 0 where none does.
    [[nodiscard]] double low() const {
        double low = 0.0;
        for (const LoadPoint& point : curve_.points) {
            if (!point.holds) break;
            low = point.factor;
        }
        return low;
    }

    [[nodiscard]] std::optional<RunFailure> widen() {
        for (int i = 0; i < kDoublings && !std::isfinite(high()); ++i) {
            if (auto failure = simulate_at({1.5 * low(), 2.0 * low()})) return failure;
        }
        for (int i = 0; i < kQuarterings && low() == 0.0; ++i) {
            if (auto failure = simulate_at({high() / 4.0})) return failure;
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<RunFailure> narrow() {
        if (low() == 0.0 || !std::isfinite(high())) return std::nullopt;
        for (int round = 0; round < kRounds && high() > low() * (1.0 + options_.tolerance);
             ++round) {
            const double from = low();
            const double ratio = high() / from;
            std::vector<double> inside;
            for (int i = 1; i <= kInside; ++i)
                inside.push_back(from * std::pow(ratio, i / (kInside + 1.0)));
            if (auto failure = simulate_at(std::move(inside))) return failure;
        }
        return std::nullopt;
    }

    [[nodiscard]] LoadCurve finish() {
        const double from = low();
        const double to = high();
        if (from == 0.0) {
            curve_.end = LoadEnd::missed_at_every_load;
        } else if (!std::isfinite(to)) {
            curve_.end = LoadEnd::met_at_every_load;
        } else {
            const LoadPoint& last = at(from);
            const double own = at(1.0).load_rps;
            curve_.answer = LoadAnswer{.load_at_slo_rps = last.load_rps,
                                       .headroom = 1.0 - own / last.load_rps,
                                       .binding = binding(at(to).result.mean)};
        }
        return std::move(curve_);
    }

    [[nodiscard]] const LoadPoint& at(double factor) const {
        const auto found =
            std::find_if(curve_.points.begin(), curve_.points.end(), [&](const LoadPoint& point) {
                return point.factor == factor;
            });
        PLIMSOLL_EXPECTS(found != curve_.points.end());
        return *found;
    }

    /// What broke first: an SLO term, or the resource that fills the fleet.
    [[nodiscard]] std::string binding(const Summary& broken) const {
        const SloVerdict* term = tightest(broken.slo.terms);
        if (term == nullptr || term->met)
            return std::string(to_string(estimate(scenario_, {.curve_points = 0}).binding));
        return term_name(*term, broken.classes.size() > 1);
    }

    const Scenario& scenario_;
    const LoadOptions& options_;
    LoadCurve curve_;
};

}  // namespace

std::variant<LoadCurve, RunFailure> find_load(const Scenario& scenario,
                                              const LoadOptions& options) {
    PLIMSOLL_EXPECTS(options.tolerance > 0.0);
    return Search(scenario, options).find();
}

}  // namespace plimsoll
