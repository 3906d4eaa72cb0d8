#include "sim/workload/arrival.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <doctest/doctest.h>

#include "models/contract.h"
#include "sim/io/trace_csv.h"
#include "sim/registry.h"
#include "sim/scenario.h"
#include "tests/support/measured_data.h"

using namespace plimsoll;

namespace {

PolicySpec spec_of(std::string kind, std::vector<std::pair<std::string, ParamValue>> params) {
    return {.kind = std::move(kind), .params = std::move(params)};
}

Stream stream() { return {1, 0, "arrivals"}; }

/// Mean and squared coefficient of variation of `count` gaps.
std::pair<double, double> gaps(ArrivalProcess& process, int count) {
    double last = process.take().date_s;
    double sum = 0.0;
    double squares = 0.0;
    for (int i = 0; i < count; ++i) {
        const double date = process.take().date_s;
        sum += date - last;
        squares += (date - last) * (date - last);
        last = date;
    }
    const double mean = sum / count;
    return {mean, squares / count / (mean * mean) - 1.0};
}

}  // namespace

TEST_CASE("arrivals: poisson gaps have mean 1 / rate and variation 1, whatever the load factor") {
    constexpr int kGaps = 400'000;
    for (const double load : {1.0, 2.5}) {
        const auto process = make_arrival(spec_of("poisson", {{"rate", 4.0}}), stream(), load);
        const auto [mean, variation] = gaps(*process, kGaps);
        // A mean of n exponentials varies by 1 / sqrt(n); their squared variation by sqrt(8 / n).
        CHECK(std::abs(mean * 4.0 * load - 1.0) < 4.0 / std::sqrt(kGaps));
        CHECK(std::abs(variation - 1.0) < 4.0 * std::sqrt(8.0 / kGaps));
    }
}

TEST_CASE("arrivals: the load factor compresses poisson arrivals without reshuffling them") {
    const PolicySpec spec = spec_of("poisson", {{"rate", 4.0}});
    const auto slow = make_arrival(spec, stream(), 1.0);
    const auto fast = make_arrival(spec, stream(), 2.0);
    for (int i = 0; i < 1000; ++i)
        CHECK(slow->take().date_s == doctest::Approx(2.0 * fast->take().date_s));
}

TEST_CASE("arrivals: constant arrivals fall on multiples of 1 / rate, without drift") {
    const auto process = make_arrival(spec_of("constant", {{"rate", 10.0}}), stream(), 1.0);
    for (int i = 0; i < 100'000; ++i) REQUIRE(process->take().date_s == i / 10.0);
    const auto double_load = make_arrival(spec_of("constant", {{"rate", 10.0}}), stream(), 2.0);
    static_cast<void>(double_load->take());
    CHECK(double_load->next_s() == 0.05);
}

TEST_CASE("arrivals: a closed loop never has more requests inside than users") {
    const auto process = make_arrival(
        spec_of("closed_loop", {{"concurrency", 3.0}, {"think_time", 2.0}}), stream(), 1.0);
    for (int i = 0; i < 3; ++i) CHECK(process->take().date_s == 0.0);
    CHECK(process->next_s() == kNever);
    CHECK_THROWS_AS(static_cast<void>(process->take()), ContractViolation);
    process->on_end(1.0);
    CHECK(process->next_s() == 3.0);
    process->on_end(1.5);
    CHECK(process->take().date_s == 3.0);
    CHECK(process->take().date_s == 3.5);
    CHECK(process->next_s() == kNever);
}

TEST_CASE("arrivals: the load factor multiplies users, rounded and never below one") {
    const PolicySpec spec = spec_of("closed_loop", {{"concurrency", 3.0}});
    for (const auto& [load, users] : {std::pair{1.5, 5}, {0.1, 1}, {2.0, 6}}) {
        const auto process = make_arrival(spec, stream(), load);
        int inside = 0;
        for (; process->next_s() < kNever; ++inside) static_cast<void>(process->take());
        CHECK(inside == users);
    }
}

TEST_CASE("arrivals: a ramp staggers the first arrivals evenly") {
    const auto process =
        make_arrival(spec_of("closed_loop", {{"concurrency", 4.0}, {"ramp", 10.0}}), stream(), 1.0);
    for (const double date : {0.0, 2.5, 5.0, 7.5}) CHECK(process->take().date_s == date);
}

TEST_CASE("arrivals: exponential pauses have the mean asked for") {
    const auto process = make_arrival(spec_of("closed_loop",
                                              {{"concurrency", 1.0},
                                               {"think_time", 2.0},
                                               {"think_distribution", std::string("exponential")}}),
                                      stream(),
                                      1.0);
    constexpr int kPauses = 200'000;
    double date = process->take().date_s;
    for (int i = 0; i < kPauses; ++i) {
        process->on_end(date);
        date = process->take().date_s;
    }
    CHECK(std::abs(date / kPauses / 2.0 - 1.0) < 4.0 / std::sqrt(kPauses));
}

TEST_CASE("arrivals: a trace gives its dates, compressed by the load, and its lengths") {
    const std::string path =
        (std::filesystem::temp_directory_path() / ("arrivals." + std::to_string(getpid()) + ".csv"))
            .string();
    write_trace(path, {{0.0, 10, 20}, {1.5, 30, 40}, {4.0, 50, 60}});
    const PolicySpec spec = spec_of("trace", {{"path", path}});
    const auto process = make_arrival(spec, stream(), 2.0);
    static_cast<void>(process->take());
    const ArrivalDraw draw = process->take();
    CHECK(draw.date_s == 0.75);
    CHECK(draw.prompt_tokens == 30);
    CHECK(draw.output_tokens == 40);
    CHECK(process->take().date_s == 2.0);
    CHECK(process->next_s() == kNever);
    // 3 rows in 4 s.
    CHECK(arrival_rate(spec).rate.value() == 0.75);
    CHECK(arrival_rate(spec).span.value() == 4.0);
    std::filesystem::remove(path);
    CHECK_THROWS_AS(static_cast<void>(make_arrival(spec, stream(), 1.0)), FileError);
}

TEST_CASE("arrivals: a trace may be JSON lines with other names, its coarse dates spread") {
    const std::string path = (std::filesystem::temp_directory_path() /
                              ("arrivals." + std::to_string(getpid()) + ".jsonl"))
                                 .string();
    std::ofstream(path) << R"({"at": 5000, "in": 10, "out": 20, "more": [1]})"
                           "\n"
                        << R"({"at": 5000, "in": 30, "out": 40})"
                           "\n"
                        << R"({"at": 7000, "in": 50, "out": 60})"
                           "\n";
    PolicySpec spec = spec_of("trace",
                              {{"path", path},
                               {"format", std::string("jsonl")},
                               {"columns", std::string("arrival=at,prompt=in,output=out")},
                               {"unit", std::string("ms")}});
    CHECK_FALSE(arrival_problem(spec).has_value());
    auto process = make_arrival(spec, stream(), 1.0);
    CHECK(process->take().date_s == 0.0);
    const ArrivalDraw draw = process->take();
    CHECK(draw.date_s == 0.0);
    CHECK(draw.prompt_tokens == 30);
    CHECK(process->take().date_s == 2.0);
    spec.set("quantum", 1.0);
    process = make_arrival(spec, stream(), 1.0);
    for (const double date : {0.0, 0.5, 2.0}) CHECK(process->take().date_s == date);
    spec.set("columns", std::string("arrival=at,prompt=in,output=answer"));
    CHECK_THROWS_WITH_AS(static_cast<void>(make_arrival(spec, stream(), 1.0)),
                         (path + ":1:1: no \"answer\"").c_str(),
                         TraceError);
    spec.set("columns", std::string("when=at"));
    CHECK(arrival_problem(spec) ==
          "columns: \"when=at\" is not understood; write arrival=NAME,prompt=NAME,output=NAME");
    std::filesystem::remove(path);
}

TEST_CASE("arrivals: Mooncake's trace is read as published, its 3 s quanta spread") {
    const auto path = test::measured_data("mooncake/conversation_trace.jsonl.gz");
    if (!path) return;
    const PolicySpec spec =
        spec_of("trace", {{"path", *path}, {"format", std::string("mooncake")}});
    // 12,031 requests in 3,537 s.
    CHECK(arrival_rate(spec).rate.value() == doctest::Approx(3.40).epsilon(0.01));
    const auto process = make_arrival(spec, stream(), 1.0);
    const auto [mean, variation] = gaps(*process, 12'000);
    // 3.0^2 as recorded in steps of 3 s.
    CHECK(variation < 2.0);
}

TEST_CASE("arrivals: mean rates need no draws") {
    CHECK(arrival_rate(spec_of("poisson", {{"rate", 4.0}})).rate.value() == 4.0);
    CHECK(arrival_rate(spec_of("constant", {{"rate", 4.0}})).rate.value() == 4.0);
    const ArrivalRate loop =
        arrival_rate(spec_of("closed_loop", {{"concurrency", 8.0}, {"think_time", 1.0}}));
    CHECK(loop.rate.value() == 0.0);
    CHECK(loop.concurrency == 8.0);
    CHECK(loop.think_time.value() == 1.0);
}

TEST_CASE("registry: every row has a name, a help line and described options") {
    CHECK(arrival_kinds().size() == arrival_registry().size());
    CHECK(length_kinds().size() == length_registry().size());
    for (const auto kinds : {arrival_kinds(), length_kinds()}) {
        for (const PolicyInfo& info : kinds) {
            CAPTURE(info.name);
            CHECK_FALSE(info.name.empty());
            CHECK_FALSE(info.help.empty());
            for (const ParamField& field : info.fields) {
                CAPTURE(field.stem);
                CHECK_FALSE(field.help.empty());
                CHECK(field.minimum < field.maximum);
            }
        }
    }
    CHECK_THROWS_AS(static_cast<void>(make_arrival(spec_of("possion", {}), stream(), 1.0)),
                    ContractViolation);
}
