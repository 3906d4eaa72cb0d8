#include "tests/support/golden.h"

#include <string>
#include <variant>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "sim/io/result_json.h"
#include "sim/io/scenario_json.h"
#include "sim/run.h"

namespace plimsoll::test {
namespace {

/// The answer to a shipped scenario, its hashes left out: they change with every word of the
/// catalog, the numbers only with what they stand for.
std::string answer_to(const std::string& name, std::int64_t requests) {
    LoadRequest request;
    request.path = fmt::format("{}/scenarios/{}.json", PLIMSOLL_SOURCE_DIR, name);
    request.catalog_dirs = {fmt::format("{}/scenarios/catalog", PLIMSOLL_SOURCE_DIR)};
    if (requests > 0) request.sets = {fmt::format("max_requests={}", requests)};
    auto answer = run(load_scenario(request), {});
    REQUIRE(std::holds_alternative<ReplicatedSummary>(answer));
    auto& result = std::get<ReplicatedSummary>(answer);
    result.mean.scenario.sha256.clear();
    result.mean.scenario.catalog_sha256.clear();
    return result_json(result, JsonLayout::indented);
}

}  // namespace

TEST_CASE("golden: the shipped scenarios answer as they did") {
    check_golden("quickstart.json", answer_to("quickstart", 0));
    check_golden("bench_saturated_chat.json", answer_to("bench/saturated_chat", 4096));
    check_golden("bench_mixed_chat.json", answer_to("bench/mixed_chat", 4096));
    check_golden("bench_long_decode.json", answer_to("bench/long_decode", 256));
}

}  // namespace plimsoll::test
