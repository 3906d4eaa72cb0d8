#include "sim/sweep.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "sim/io/points_json.h"
#include "sim/io/result_json.h"
#include "tests/sim/io/loading.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

using Values = std::vector<std::string>;

std::vector<SweepOutcome> outcomes(const LoadRequest& request, const Values& over, int jobs = 2) {
    std::vector<SweepAxis> axes;
    for (const std::string& spec : over) axes.push_back(parse_axis(spec));
    std::vector<SweepOutcome> found;
    const auto failure = sweep(request, grid_of(axes), {.jobs = jobs}, [&](SweepOutcome outcome) {
        found.push_back(std::move(outcome));
    });
    CHECK_FALSE(failure.has_value());
    return found;
}

LoadRequest small() {
    return request_of(std::string(kSoundScenario), {"horizon=20 s", "warm_up=0 s"});
}

std::string lines(const std::vector<SweepOutcome>& all) {
    std::string text;
    for (const SweepOutcome& one : all)
        text += one.result ? point_line(one.index, one.set, *one.result)
                           : point_line(one.index, one.set, one.issues);
    return text;
}

}  // namespace

TEST_CASE("sweep: axes are lists or ranges") {
    CHECK(parse_axis("a.b=1,2,4").values == Values{"1", "2", "4"});
    CHECK(parse_axis("a.b=1,2,4").path == "a.b");
    CHECK(parse_axis("r=1:8:8lin").values == Values{"1", "2", "3", "4", "5", "6", "7", "8"});
    CHECK(parse_axis("r=1:100:3log").values == Values{"1", "10", "100"});
    CHECK(parse_axis("r=1:64:4log").values == Values{"1", "4", "16", "64"});
    CHECK(parse_axis("r=5:9:1lin").values == Values{"5"});
    CHECK(parse_axis(R"(p=[1,2],[3,4])").values == Values{"[1,2]", "[3,4]"});
    CHECK(parse_axis("t=300 ms,1 s").values == Values{"300 ms", "1 s"});
    for (const char* bad : {"",
                            "=1",
                            "path",
                            "path=",
                            "a=1,,2",
                            "a=0:9:3log",
                            "a=1:9:0lin",
                            "a=1:9:1.5lin",
                            "load=fast",
                            "load=0"}) {
        CAPTURE(bad);
        CHECK_THROWS_AS(static_cast<void>(parse_axis(bad)), SweepError);
    }
}

TEST_CASE("sweep: the grid is the product, the last axis fastest") {
    const std::vector<SweepAxis> axes{{"a", {"1", "2"}}, {"b", {"x", "y", "z"}}};
    const std::vector<SweepSet> points = grid_of(axes);
    REQUIRE(points.size() == 6);
    CHECK(points[0] == SweepSet{{"a", "1"}, {"b", "x"}});
    CHECK(points[1] == SweepSet{{"a", "1"}, {"b", "y"}});
    CHECK(points[5] == SweepSet{{"a", "2"}, {"b", "z"}});
    const std::vector<SweepAxis> twice{{"a", {"1"}}, {"a", {"2"}}};
    CHECK_THROWS_AS(static_cast<void>(grid_of(twice)), SweepError);
}

TEST_CASE("sweep: points come in order with their errors between them") {
    const auto found =
        outcomes(small(), {"pools.main.model=llama3_1_8b,llama3_1_70b,qwen3_8b", "load=0.5,1"});
    REQUIRE(found.size() == 6);
    for (std::size_t i = 0; i < found.size(); ++i) {
        CHECK(found[i].index == i);
        // 70B in 16 bit does not fit on one GPU.
        const bool fits = i < 2 || i > 3;
        CHECK(found[i].result.has_value() == fits);
        CHECK(found[i].issues.empty() == fits);
    }
    CHECK(found[2].issues.front().kind == ScenarioIssue::Kind::infeasible);
    CHECK(found[1].result->mean.requests.arrived > found[0].result->mean.requests.arrived);
    const auto refused = nlohmann::json::parse(point_line(2, found[2].set, found[2].issues));
    CHECK(refused["point"] == 2);
    CHECK(refused["set"]["pools.main.model"] == "llama3_1_70b");
    CHECK(refused["set"]["load"] == 0.5);
    CHECK(refused["infeasible"] == true);
    CHECK(refused["error"].size() == 1);
}

TEST_CASE("sweep: the lines do not depend on the jobs, and a point is what run() answers") {
    const Values over{"pools.main.engine.max_sequences=8,64", "load=1:4:2log"};
    const auto one = outcomes(small(), over, 1);
    CHECK(lines(one) == lines(outcomes(small(), over, 3)));
    LoadRequest request = small();
    request.sets.push_back("pools.main.engine.max_sequences=8");
    const auto direct = std::get<ReplicatedSummary>(run(load_scenario(request), {.load = 4.0}));
    CHECK(result_json(*one[1].result, JsonLayout::line) == result_json(direct, JsonLayout::line));
}

TEST_CASE("sweep: a text instead of a file is read at every point") {
    LoadRequest request = small();
    CHECK(outcomes(request, {"seed=1,2,3"}).size() == 3);
}
