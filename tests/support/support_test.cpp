#include <chrono>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/golden.h"
#include "tests/support/process.h"
#include "tests/support/property.h"

using namespace plimsoll::test;

TEST_CASE("property: every draw stays in its range and every case is generated") {
    int cases = 0;
    for_all(
        7,
        1000,
        [](Random& random) {
            return std::vector<double>{random.between(2.0, 3.0),
                                       random.log_between(1e-3, 1e3),
                                       static_cast<double>(random.between(-2, 2))};
        },
        [&](const std::vector<double>& drawn) {
            ++cases;
            return drawn[0] >= 2.0 && drawn[0] < 3.0 && drawn[1] >= 1e-3 && drawn[1] < 1e3 &&
                   drawn[2] >= -2.0 && drawn[2] <= 2.0;
        });
    CHECK(cases == 1000);
}

TEST_CASE("property: the stream is SplitMix64") {
    // The first outputs of the reference implementation for the seed 1234567.
    Random random(1234567);
    CHECK(random.bits() == 6457827717110365317U);
    CHECK(random.bits() == 3203168211198807973U);
}

TEST_CASE("property: a failure can be described with its case") {
    CHECK(describe(std::vector<int>{1, 2}) == "[1, 2]");
}

TEST_CASE("golden: numbers are compared as numbers, the rest as written") {
    CHECK(
        golden_difference("{\"a\": 1.0, \"b\": [2]}", "{\"a\":1.0000000001,\"b\":[2.0]}").empty());
    CHECK(golden_difference("a  1.5 s\n", "a 1.5 s\n").empty());
    CHECK(golden_difference("x\n\"cost\": 2.0\n", "x\n\"cost\": 2.1\n") ==
          "line 2: expected \"2.0\", line 2 of the answer has \"2.1\"");
    CHECK_FALSE(golden_difference("2025-01-31", "2025-01-30").empty());
    CHECK_FALSE(golden_difference("h100", "h200").empty());
    CHECK_FALSE(golden_difference("[1, 2]", "[1]").empty());
    CHECK_FALSE(golden_difference("1", "1 2").empty());
    CHECK_FALSE(golden_difference("1", "-1").empty());
}

TEST_CASE("process: both streams, the input, the environment and the exit code arrive") {
    const ProcessResult result =
        run_process({.arguments = {"sh", "-c", "cat; pwd; echo $WORD >&2; exit 3"},
                     .in = "given\n",
                     .environment = {"WORD=spoken"},
                     .directory = "/"});
    CHECK(result.exit_code == 3);
    CHECK(result.out == "given\n/\n");
    CHECK(result.err == "spoken\n");
}

TEST_CASE("process: a signal is 128 and its number, and a program past its limit is killed") {
    CHECK(run_process({.arguments = {"sh", "-c", "kill -TERM $$"}}).exit_code == 128 + 15);
    CHECK(run_process({.arguments = {"sleep", "60"}, .limit = std::chrono::seconds(0)}).exit_code ==
          128 + 9);
    CHECK_THROWS_AS(static_cast<void>(run_process({.arguments = {"no-such-program"}})),
                    std::system_error);
}
