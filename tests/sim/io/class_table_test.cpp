#include "sim/io/class_table.h"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "tests/sim/io/loading.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

constexpr std::string_view kArrival = R"~({"kind": "poisson", "rate_per_s": 2})~";
constexpr std::string_view kLengths = R"~("prompt_tokens": {"kind": "fixed", "tokens": 512},
    "output_tokens": {"kind": "fixed", "tokens": 128},)~";

}  // namespace

TEST_CASE("classes: every kind of arrival is read, and resolves to what resolves to itself") {
    for (const std::string_view arrival : {
             R"~({"kind": "gamma", "rate_per_min": 90, "cv": 2})~",
             R"~({"kind": "weibull", "rate_per_s": 2, "cv": 0.5})~",
             R"~({"kind": "mmpp", "states": [[10, 5], [1, 20]]})~",
             R"~({"kind": "hawkes", "base_rate_per_s": 2, "branching": 0.5, "decay_ms": 500})~",
             R"~({"kind": "diurnal", "rate_per_s": 2, "curve": [[4, 1], [9, 5]], "start_h": 9})~",
             R"~({"kind": "diurnal", "rate_per_s": 2, "curve": [[0, 1]], "week": [[0, 1], [5, 0.5]],
                  "utc_offset_h": -8, "cv": 2})~",
             R"~({"kind": "profile", "points": [[0, 1], [60, 5], [60, 0]], "period_min": 2})~",
             R"~({"kind": "clients", "rate_per_s": 2, "count": 50, "share": "pareto",
                  "exponent": 1.3, "family": "weibull", "cv": 2, "cv_sigma": 0.5})~",
             R"~({"kind": "sessions", "rate_per_h": 90, "turns": 5, "think_time_s": 20})~",
             R"~({"kind": "sessions", "rate_per_s": 1, "turn_points": [[0, 1], [1, 9]],
                  "think_time_s": 20, "system_tokens": 500, "history_limit": 8000,
                  "curve": [[3, 1], [15, 4]]})~",
         }) {
        CAPTURE(arrival);
        const std::string text = changed(kArrival, arrival);
        REQUIRE(complaints(request_of(text)) == "");
        const std::string resolved = resolved_json(load_scenario(request_of(text)));
        REQUIRE(complaints(request_of(resolved)) == "");
        CHECK(resolved_json(load_scenario(request_of(resolved))) == resolved);
    }
}

TEST_CASE("classes: every kind of length is read, and resolves to what resolves to itself") {
    for (
        const std::string_view lengths : {
            R"~("lengths": {"kind": "joint", "points": [[10, 20, 1], [400, 50, 2.5]], "cell": 2},)~",
            R"~("prompt_tokens": {"kind": "pareto", "minimum": 10, "alpha": 1.5, "maximum": 900},
                 "output_tokens": {"kind": "lognormal", "median": 90, "sigma": 1, "maximum": 500,
                                   "limits": "truncate"},
                 "length_correlation": -0.4,)~",
            R"~("prompt_tokens": {"kind": "mixture", "parts": [
                    {"weight": 3, "kind": "lognormal", "median": 90, "p90": 300},
                    {"weight": 1, "kind": "quantiles", "points": [[0, 5], [1, 50]]}]},
                 "output_tokens": {"kind": "geometric", "mean": 90},)~",
        }) {
        CAPTURE(lengths);
        const std::string text = changed(kLengths, lengths);
        REQUIRE(complaints(request_of(text)) == "");
        const Scenario scenario = load_scenario(request_of(text));
        const std::string resolved = resolved_json(scenario);
        REQUIRE(complaints(request_of(resolved)) == "");
        CHECK(resolved_json(load_scenario(request_of(resolved))) == resolved);
    }
}
