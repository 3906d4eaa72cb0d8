#include <doctest/doctest.h>

#include "tests/sim/io/loading.h"

using namespace plimsoll;
using namespace plimsoll::test;

TEST_CASE("malformed: the scenario that the cases change is sound") {
    CHECK(complaints(request_of(std::string(kSoundScenario))) == "");
}

TEST_CASE("malformed: every mistake is told with its place and what was allowed") {
    for (const MalformedCase& row : kMalformedCases) {
        CAPTURE(row.name);
        const std::string text =
            row.from.empty() ? std::string(row.to) : changed(row.from, row.to);
        CHECK((row.from.empty() || text != kSoundScenario));
        try {
            static_cast<void>(load_scenario(request_of(text)));
            FAIL_CHECK("accepted");
        } catch (const ScenarioErrors& errors) {
            CHECK(printed(errors.issues()) == row.message);
            CHECK(errors.exit_code() == row.exit_code);
        }
    }
}
