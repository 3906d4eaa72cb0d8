#include "sim/saturation.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <queue>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sim/random.h"

using namespace plimsoll;

namespace {

constexpr int kSeeds = 200;
constexpr int kRequests = 20'000;

using Dates = std::priority_queue<double, std::vector<double>, std::greater<>>;

/// M/M/c in order of arrival; `load_at(i)` is the load when request i arrives.
template <class LoadAt>
BacklogVerdict servers(std::uint64_t seed, int count, int requests, LoadAt load_at) {
    Stream arrivals(seed, 0, "arrivals");
    Stream services(seed, 0, "services");
    BacklogMonitor monitor;
    Dates inside;
    Dates free;
    for (int i = 0; i < count; ++i) free.push(0.0);
    double now = 0.0;
    for (int i = 0; i < requests; ++i) {
        now += arrivals.exponential() / (load_at(i) * count);
        while (!inside.empty() && inside.top() <= now) inside.pop();
        monitor.add(static_cast<std::int64_t>(inside.size()));
        const double start = std::max(now, free.top());
        const double end = start + services.exponential();
        free.pop();
        free.push(end);
        inside.push(end);
    }
    return monitor.verdict();
}

/// One engine that decodes up to 32 requests together: a step takes 8 ms + 0.25 ms a request, a
/// request 1 + geometric steps, 20 on average.
BacklogVerdict engine(std::uint64_t seed, double load, int requests) {
    constexpr std::size_t kSlots = 32;
    constexpr double kMeanSteps = 20.0;
    const double capacity_rps = kSlots / (kMeanSteps * (0.008 + 0.00025 * kSlots));
    Stream arrivals(seed, 0, "arrivals");
    Stream lengths(seed, 0, "lengths");
    BacklogMonitor monitor;
    std::vector<int> running;
    std::queue<int> waiting;
    double step_end = 0.0;
    double now = 0.0;
    for (int i = 0; i < requests; ++i) {
        now += arrivals.exponential() / (load * capacity_rps);
        while (step_end <= now && (!running.empty() || !waiting.empty())) {
            for (int& left : running) --left;
            std::erase_if(running, [](int left) { return left <= 0; });
            for (; running.size() < kSlots && !waiting.empty(); waiting.pop())
                running.push_back(waiting.front());
            if (running.empty()) break;
            step_end += 0.008 + 0.00025 * static_cast<double>(running.size());
        }
        monitor.add(static_cast<std::int64_t>(running.size() + waiting.size()));
        waiting.push(static_cast<int>(lengths.geometric(1.0 / kMeanSteps)));
        if (running.empty()) step_end = std::max(step_end, now);
    }
    return monitor.verdict();
}

template <class Run>
int saturated(Run run) {
    int count = 0;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed)
        if (run(seed).trend == BacklogTrend::saturated) ++count;
    return count;
}

auto constant(double load) {
    return [load](int) { return load; };
}

}  // namespace

TEST_CASE("saturation: at most 1 % false at load 0.9, at least 99 % true at 1.1") {
    struct Queue {
        const char* name;
        std::function<BacklogVerdict(std::uint64_t, double)> run;
    };
    const Queue queues[] = {
        {"M/M/1",
         [](auto seed, double load) { return servers(seed, 1, kRequests, constant(load)); }},
        {"M/M/8",
         [](auto seed, double load) { return servers(seed, 8, kRequests, constant(load)); }},
        {"batch service", [](auto seed, double load) { return engine(seed, load, kRequests); }},
    };
    for (const Queue& queue : queues) {
        const int calm = saturated([&](std::uint64_t seed) { return queue.run(seed, 0.9); });
        const int loaded = saturated([&](std::uint64_t seed) { return queue.run(seed, 1.1); });
        MESSAGE(std::string(queue.name) << ": saturated in " << calm << " of " << kSeeds
                                        << " runs at load 0.9, in " << loaded << " at load 1.1");
        CHECK(calm <= kSeeds / 100);
        CHECK(loaded >= kSeeds - kSeeds / 100);
    }
}

TEST_CASE("saturation: the growth is 1 - 1 / load whatever the length of the run") {
    for (const int requests : {5'000, 20'000, 130'000}) {
        double sum = 0.0;
        constexpr int kRuns = 20;
        for (std::uint64_t seed = 1; seed <= kRuns; ++seed)
            sum += servers(seed, 1, requests, constant(1.25)).growth_per_arrival / kRuns;
        // 1 - 1 / 1.25 = 0.2; a run varies by sqrt(2 / arrivals).
        CHECK(std::abs(sum - 0.2) < 5.0 * std::sqrt(4.0 / requests / kRuns));
    }
}

TEST_CASE("saturation: a stable queue is never called overloaded, however long or short the run") {
    int wrong = 0;
    for (const int requests : {10, 100, 1'000, 10'000, 100'000})
        for (std::uint64_t seed = 1; seed <= 60; ++seed)
            if (servers(seed, 1, requests, constant(0.8)).trend != BacklogTrend::steady) ++wrong;
    MESSAGE(wrong << " of 300 runs at load 0.8 called overloaded");
    CHECK(wrong <= 3);
}

TEST_CASE("saturation: a daily peak that drains is a peak overload, one at the end is saturation") {
    int peaks = 0;
    int ends = 0;
    constexpr int kRuns = 50;
    for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
        // Above 1 for a quarter of the arrivals, 1.2 at the height.
        const auto day = [](int i) {
            return 0.7 + 0.5 * std::sin(2.0 * std::numbers::pi * i / kRequests);
        };
        if (servers(seed, 4, kRequests, day).trend == BacklogTrend::peak_overload) ++peaks;
        const auto growing = [](int i) { return 0.5 + 0.8 * i / kRequests; };
        if (servers(seed, 4, kRequests, growing).trend == BacklogTrend::saturated) ++ends;
    }
    MESSAGE(peaks << " peaks and " << ends << " ends of " << kRuns);
    CHECK(peaks == kRuns);
    CHECK(ends == kRuns);
}

TEST_CASE("saturation: a closed loop at its full concurrency is steady") {
    BacklogMonitor monitor;
    for (int i = 0; i < 64; ++i) monitor.add(i);
    for (int i = 0; i < 10'000; ++i) monitor.add(63);
    CHECK(monitor.verdict().trend == BacklogTrend::steady);
    CHECK(monitor.verdict().growth_per_arrival == 0.0);
    CHECK(monitor.arrivals() == 10'064);
}

TEST_CASE("saturation: everything arriving at once is saturation") {
    BacklogMonitor monitor;
    for (int i = 0; i < 10'000; ++i) monitor.add(i);
    CHECK(monitor.verdict().trend == BacklogTrend::saturated);
    CHECK(monitor.verdict().growth_per_arrival == doctest::Approx(1.0));
}
