// The speed cases of scenarios/bench: marginal user CPU between N and 10 N requests on one core, so
// that start-up does not count, beside a reference loop timed in the same run.

#include <algorithm>
#include <array>
#include <string>
#include <sys/resource.h>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "models/contract.h"
#include "sim/estimate.h"
#include "sim/io/scenario_json.h"
#include "sim/kernel/isolate.h"
#include "sim/random.h"
#include "sim/run.h"

namespace {

using plimsoll::Scenario;

constexpr std::int64_t kFewRequests = 131072;

/// A speed case and the requests per second that it must reach; 0: none stated.
struct Case {
    const char* name;
    double floor_per_s;
    double goal_per_s;
    std::int64_t few;
};

constexpr std::array<Case, 3> kCases{{
    {"saturated_chat", 1.0e6, 2.0e6, kFewRequests},
    {"mixed_chat", 0.7e6, 1.5e6, kFewRequests},
    {"long_decode", 0.4e6, 1.0e6, 32768},
}};

Scenario load(const std::string& name) {
    plimsoll::LoadRequest request;
    request.path = fmt::format("{}/scenarios/bench/{}.json", PLIMSOLL_SOURCE_DIR, name);
    request.catalog_dirs = {fmt::format("{}/scenarios/catalog", PLIMSOLL_SOURCE_DIR)};
    return plimsoll::load_scenario(request);
}

double user_s() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec) +
           1e-6 * static_cast<double>(usage.ru_utime.tv_usec);
}

struct Spent {
    double user_s = 0.0;
    double peak_mb = 0.0;
};

/// What one simulation of `requests` requests takes in a process of its own.
Spent spent_on(Scenario scenario, std::int64_t requests) {
    scenario.max_requests = requests;
    scenario.horizon = plimsoll::Seconds{};
    const auto child = plimsoll::kernel::run_isolated([&] {
        const double before = user_s();
        benchmark::DoNotOptimize(plimsoll::simulate(scenario, 0, {}));
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return fmt::format(
            "{} {}", user_s() - before, static_cast<double>(usage.ru_maxrss) / 1024.0);
    });
    PLIMSOLL_ENSURES(child.ok());
    const std::size_t space = child.text.find(' ');
    return {std::stod(child.text.substr(0, space)), std::stod(child.text.substr(space))};
}

/// 10^8 dependent multiply-adds on random words: what this machine gives at this moment.
double reference_s() {
    const double before = user_s();
    plimsoll::Stream stream(1, 0, "reference");
    double sum = 0.0;
    for (int i = 0; i < 10'000'000; ++i) sum = sum * 0.5 + stream.uniform();
    benchmark::DoNotOptimize(sum);
    return user_s() - before;
}

void simulate_case(benchmark::State& state, const Case& speed_case) {
    const Scenario scenario = load(speed_case.name);
    for (auto _ : state) {
        const double reference = reference_s();
        const Spent few = spent_on(scenario, speed_case.few);
        const Spent many = spent_on(scenario, 10 * speed_case.few);
        const double marginal_s = std::max(many.user_s - few.user_s, 1e-9);
        const double rate = 9.0 * static_cast<double>(speed_case.few) / marginal_s;
        state.SetIterationTime(marginal_s);
        state.counters["requests/s"] = rate;
        state.counters["of_floor"] = rate / speed_case.floor_per_s;
        state.counters["of_goal"] = rate / speed_case.goal_per_s;
        state.counters["reference_s"] = reference;
    }
}

/// Ten million requests: memory follows what is in flight, not how many there were.
void memory_case(benchmark::State& state) {
    const Scenario scenario = load("mixed_chat");
    for (auto _ : state) {
        const Spent spent = spent_on(scenario, 10'000'000);
        state.SetIterationTime(spent.user_s);
        state.counters["peak_MB"] = spent.peak_mb;
        state.counters["requests/s"] = 1e7 / spent.user_s;
    }
}

void estimate_case(benchmark::State& state) {
    const Scenario scenario = load("mixed_chat");
    const plimsoll::EstimateOptions options{.curve_points = 0};
    for (auto _ : state) benchmark::DoNotOptimize(plimsoll::estimate(scenario, options));
}

}  // namespace

int main(int argc, char** argv) {
    for (const Case& speed_case : kCases) {
        benchmark::RegisterBenchmark(
            speed_case.name,
            [&speed_case](benchmark::State& state) { simulate_case(state, speed_case); })
            ->UseManualTime()
            ->Iterations(1)
            ->Repetitions(5)
            ->ReportAggregatesOnly()
            ->Unit(benchmark::kMillisecond);
    }
    benchmark::RegisterBenchmark("memory_10M", memory_case)
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("estimate", estimate_case)->Unit(benchmark::kMicrosecond);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
