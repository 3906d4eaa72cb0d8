#include <algorithm>

#include <doctest/doctest.h>

#include "tests/support/saturation_trials.h"

namespace plimsoll::test {

TEST_CASE("saturation: a fleet at 0.9 of its capacity keeps up, at 1.1 it does not") {
    const auto check = [](const Scenario& s, double capacity, std::int64_t requests) {
        CAPTURE(capacity);
        const auto found = [&](double load) {
            const std::vector<bool> runs = saturated_runs(
                s, {.capacity = capacity, .load = load, .seeds = 10, .requests = requests});
            return std::count(runs.begin(), runs.end(), true);
        };
        CHECK(found(0.9) == 0);
        CHECK(found(1.1) == 10);
    };
    check(eight_servers(), 8.0, 20000);
    const Scenario chat = chat_8b();
    check(chat, measured_capacity(chat), 20000);
}

}  // namespace plimsoll::test
