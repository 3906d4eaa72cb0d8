#include "sim/knobs.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "sim/io/units_suffix.h"
#include "tests/sim/io/loading.h"

using namespace plimsoll;
using namespace plimsoll::test;

TEST_CASE("knobs: what a knob sets, it gets, and --set at its path does the same") {
    const Scenario scenario = load_scenario(request_of(std::string(kSoundScenario)));
    const std::vector<BoundKnob> bound = bound_knobs(scenario);
    CHECK(bound.size() == knobs().size() - 1);  // poisson arrivals have no users
    for (const BoundKnob& b : bound) {
        CAPTURE(b.path);
        const double value = b.knob->kind == Knob::Kind::whole ? 1.0 : b.knob->high;
        Scenario changed_scenario = scenario;
        b.knob->set(changed_scenario, b.index, value);
        CHECK(b.knob->get(changed_scenario, b.index) == value);

        const PrintedNumber number = printed_number(value, b.knob->dimension, b.knob->unit);
        LoadRequest request =
            request_of(std::string(kSoundScenario),
                       {key_of(b.path, number.unit) + "=" + std::to_string(number.number)});
        if (b.knob->kind == Knob::Kind::whole) request.sets = {b.path + "=1"};
        request.checks = LoadRequest::Checks::fields;
        CHECK(b.knob->get(load_scenario(request), b.index) == doctest::Approx(value));
    }
}

TEST_CASE("knobs: spans are not empty, and logarithmic ones start above zero") {
    for (const Knob& knob : knobs()) {
        CHECK(knob.low < knob.high);
        if (knob.scale == Knob::Scale::logarithmic) CHECK(knob.low > 0.0);
        if (!knob.unit.empty()) CHECK(unit_with_suffix(knob.dimension, knob.unit) != nullptr);
    }
}
