#include <algorithm>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/saturation_trials.h"

namespace plimsoll::test {
namespace {

std::string seeds_with(const std::vector<bool>& runs, bool verdict) {
    std::string list;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (runs[i] == verdict) list += fmt::format(" {}", i + 1);
    }
    return list.empty() ? " none" : list;
}

void check(const std::string& name, const Scenario& scenario, double capacity) {
    const SaturationTrial below{.capacity = capacity, .load = 0.9, .seeds = 200};
    SaturationTrial above = below;
    above.load = 1.1;
    const std::vector<bool> at_low = saturated_runs(scenario, below);
    const std::vector<bool> at_high = saturated_runs(scenario, above);
    MESSAGE(name, ", capacity ", capacity, "/s, 200 seeds x 20,000 requests");
    MESSAGE("  saturated at 0.9:", seeds_with(at_low, true));
    MESSAGE("  not saturated at 1.1:", seeds_with(at_high, false));
    CHECK(std::count(at_low.begin(), at_low.end(), true) <= 2);
    CHECK(std::count(at_high.begin(), at_high.end(), true) >= 198);
}

}  // namespace

TEST_CASE("saturation: 200 seeds of M/M/8 on either side of capacity" * doctest::skip()) {
    check("M/M/8", eight_servers(), 8.0);
}

TEST_CASE("saturation: 200 seeds of chat on either side of capacity" * doctest::skip()) {
    const Scenario chat = chat_8b();
    check("chat", chat, measured_capacity(chat));
}

}  // namespace plimsoll::test
