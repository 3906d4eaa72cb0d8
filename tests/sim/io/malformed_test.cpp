#include <span>

#include <doctest/doctest.h>

#include "tests/sim/io/loading.h"
#include "tests/sim/io/malformed_name_cases.h"
#include "tests/sim/io/malformed_syntax_cases.h"
#include "tests/sim/io/malformed_value_cases.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

void check(std::span<const MalformedCase> rows) {
    for (const MalformedCase& row : rows) {
        CAPTURE(row.name);
        const std::string text = row.from.empty() ? std::string(row.to) : changed(row.from, row.to);
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

}  // namespace

TEST_CASE("malformed: the scenario that the cases change is sound") {
    CHECK(complaints(request_of(std::string(kSoundScenario))) == "");
}

TEST_CASE("malformed: texts that are no JSON are told with line and column") {
    check(kMalformedSyntax);
}

TEST_CASE("malformed: values are told with what was allowed") { check(kMalformedValues); }

TEST_CASE("malformed: names are told with the nearest known one") { check(kMalformedNames); }

TEST_CASE("malformed: a byte-order mark and comments do no harm") {
    CHECK(complaints(request_of("\xEF\xBB\xBF" + std::string(kSoundScenario))) == "");
    CHECK(complaints(request_of(changed("\"name\"", "/* a */ \"name\"  // b\n"))) == "");
}

TEST_CASE("malformed: no prefix of a scenario crashes the reader") {
    const std::string text(kSoundScenario);
    for (std::size_t length = 0; length + 2 < text.size(); ++length) {
        CHECK_THROWS_AS(static_cast<void>(load_scenario(request_of(text.substr(0, length)))),
                        ScenarioErrors);
    }
}
