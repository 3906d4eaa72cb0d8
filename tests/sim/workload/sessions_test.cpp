#include <algorithm>
#include <cmath>
#include <map>
#include <queue>
#include <vector>

#include <doctest/doctest.h>

#include "models/contract.h"
#include "sim/registry.h"
#include "sim/workload/request_lengths.h"
#include "tests/sim/workload/gap_statistics.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

using Params = std::vector<std::pair<std::string, ParamValue>>;
using Pairs = std::vector<std::array<double, 2>>;

struct Turn {
    std::int32_t session = 0;
    double arrival_s = 0.0;
    double end_s = 0.0;
    std::int32_t history = 0;
    LengthPair lengths;
};

RequestClass chat(Params params) {
    return {.name = "chat",
            .arrival = spec_of("sessions", std::move(params)),
            .prompt_tokens = spec_of("lognormal", {{"mean", 120.0}, {"sigma", 0.8}}),
            .output_tokens = spec_of("exponential", {{"mean", 300.0}}),
            .slo = {},
            .tenant = {}};
}

/// Answers every turn after a time in proportion to its output, and drops each `lost`-th one.
std::vector<Turn> served(const RequestClass& requests, std::size_t count, std::size_t lost = 0) {
    const auto process = make_arrival(requests.arrival, Stream(1, 0, "arrivals"), 1.0);
    const RequestLengths lengths(requests);
    Stream stream(1, 0, "lengths");
    std::vector<Turn> turns;
    const auto later = [&](std::size_t a, std::size_t b) {
        return turns[a].end_s > turns[b].end_s;
    };
    std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> running(later);
    while (turns.size() < count) {
        if (!running.empty() && turns[running.top()].end_s <= process->next_s()) {
            const std::size_t index = running.top();
            running.pop();
            const Turn& turn = turns[index];
            process->on_end(turn.end_s,
                            {.session = turn.session,
                             .prompt_tokens = turn.lengths.prompt,
                             .output_tokens = turn.lengths.output,
                             .completed = lost == 0 || index % lost != 0});
            continue;
        }
        const ArrivalDraw draw = process->take();
        Turn turn{.session = draw.session,
                  .arrival_s = draw.date_s,
                  .history = draw.history_tokens,
                  .lengths = lengths.draw(draw, stream)};
        turn.end_s = turn.arrival_s + 0.2 + 0.01 * turn.lengths.output;
        turns.push_back(turn);
        running.push(turns.size() - 1);
    }
    return turns;
}

}  // namespace

TEST_CASE("sessions: a turn repeats the conversation so far and waits for its last answer") {
    const auto turns =
        served(chat({{"rate", 2.0}, {"turns", 5.0}, {"think_time", 10.0}, {"system_tokens", 50.0}}),
               100'000);
    std::map<std::int32_t, Turn> last;
    std::size_t begun = 0;
    std::size_t gone_on = 0;
    double pauses_s = 0.0;
    for (const Turn& turn : turns) {
        REQUIRE(turn.lengths.prompt > turn.history);
        const auto before = last.find(turn.session);
        if (turn.history == 50) {
            ++begun;
        } else {
            REQUIRE(before != last.end());
            ++gone_on;
            REQUIRE(turn.history == before->second.lengths.prompt + before->second.lengths.output);
            REQUIRE(turn.arrival_s >= before->second.end_s);
            pauses_s += turn.arrival_s - before->second.end_s;
        }
        last[turn.session] = turn;
    }
    CHECK(begun + gone_on == turns.size());
    // Pauses are exponential of mean 10 s.
    const auto pauses = static_cast<double>(gone_on);
    CHECK(std::abs(pauses_s / pauses - 10.0) <= 4.0 * 10.0 / std::sqrt(pauses));
    // Turns are geometric: a share 1 / 5 of the requests begins a conversation. The last few
    // conversations are not over.
    CHECK(std::abs(static_cast<double>(begun) / 1e5 - 0.2) <
          4.0 * std::sqrt(0.2 * 0.8 / 1e5) + 2e-3);
    // Numbers are used again: as many as conversations at one time, about 2 /s * 5 * 14 s.
    CHECK(last.size() < 400);
}

TEST_CASE("sessions: rate and lengths are those of the closed form") {
    const std::vector<Params> cases{{{"rate", 1.0}, {"turns", 4.0}, {"think_time", 3.0}},
                                    {{"rate", 1.0},
                                     {"turn_points", Pairs{{0.0, 1.0}, {0.5, 3.0}, {1.0, 12.0}}},
                                     {"think_time", 3.0},
                                     {"think_distribution", std::string("lognormal")},
                                     {"system_tokens", 1000.0}},
                                    {{"rate", 1.0},
                                     {"turns", 8.0},
                                     {"think_time", 3.0},
                                     {"think_distribution", std::string("constant")},
                                     {"history_limit", 2500.0}}};
    for (const Params& params : cases) {
        CAPTURE(params.size());
        const RequestClass requests = chat(params);
        const auto turns = served(requests, 400'000);
        std::vector<double> dates;
        std::vector<double> prompt(kBatches);
        std::vector<double> square(kBatches);
        std::vector<double> product(kBatches);
        const double each = static_cast<double>(kBatches) / static_cast<double>(turns.size());
        for (std::size_t i = 0; i < turns.size(); ++i) {
            const double p = turns[i].lengths.prompt;
            dates.push_back(turns[i].arrival_s);
            const std::size_t batch = i * kBatches / turns.size();
            prompt[batch] += each * p;
            square[batch] += each * p * p;
            product[batch] += each * p * turns[i].lengths.output;
        }
        const RequestMoments theory = request_moments(requests);
        const auto near = [](const Figure& figure, double value) {
            return std::abs(figure.value - value) <= 4.0 * figure.error + 3e-3 * value;
        };
        CHECK(near(rate_of(dates), arrival_rate(requests.arrival).rate.value()));
        CHECK(near(figure_of(prompt), theory.prompt.mean));
        CHECK(near(figure_of(square), theory.prompt.second_moment));
        CHECK(near(figure_of(product), theory.mean_product));
        CHECK(theory.output.mean == doctest::Approx(300.0).epsilon(1e-3));
        CHECK(theory.prompt.longest > theory.prompt.mean);
    }
}

TEST_CASE("sessions: who gets no answer does not come back") {
    const RequestClass requests = chat({{"rate", 2.0}, {"turns", 50.0}, {"think_time", 1.0}});
    const auto turns = served(requests, 50'000, 2);
    std::size_t begun = 0;
    for (const Turn& turn : turns) begun += turn.history == 0 ? 1 : 0;
    // Half of all turns end their conversation: about two turns each instead of fifty.
    CHECK(static_cast<double>(turns.size()) / static_cast<double>(begun) < 2.2);
    CHECK(static_cast<double>(turns.size()) / static_cast<double>(begun) > 1.8);
}

TEST_CASE("sessions: they begin along a curve of the day") {
    const RequestClass requests = chat({{"rate", 0.5},
                                        {"turns", 1.0},
                                        {"think_time", 1.0},
                                        {"curve", Pairs{{0.0, 1.0}, {12.0, 1.0}, {12.0, 3.0}}}});
    const auto process = make_arrival(requests.arrival, Stream(1, 0, "arrivals"), 1.0);
    double morning = 0.0;
    double all = 0.0;
    while (process->next_s() < 10.0 * 86400.0) {
        const ArrivalDraw draw = process->take();
        process->on_end(draw.date_s, {.session = draw.session});
        morning += std::fmod(draw.date_s, 86400.0) < 43200.0 ? 1.0 : 0.0;
        all += 1.0;
    }
    CHECK(std::abs(all - 432'000.0) < 4.0 * std::sqrt(432'000.0));
    // From 1 to 1 until noon, then down from 3 to 1: a third of the day's.
    CHECK(std::abs(morning / all - 1.0 / 3.0) < 4.0 * std::sqrt(2.0 / 9.0 / all));
}

TEST_CASE("sessions: options that contradict each other are told") {
    const auto problem = [](Params params) {
        params.emplace_back("rate", 1.0);
        params.emplace_back("think_time", 1.0);
        return arrival_problem(spec_of("sessions", std::move(params)));
    };
    CHECK(problem({}) == "give either turns or turn_points");
    CHECK(problem({{"turns", 2.0}, {"turn_points", Pairs{{0.0, 1.0}, {1.0, 2.0}}}}) ==
          "give either turns or turn_points");
    CHECK(problem({{"turn_points", Pairs{{0.0, 1.0}}}}) ==
          "turn_points: at least two points are needed");
    CHECK_FALSE(problem({{"turns", 2.0}}).has_value());
    const auto process =
        make_arrival(spec_of("sessions", {{"rate", 1.0}, {"turns", 2.0}, {"think_time", 1.0}}),
                     Stream(1, 0, "arrivals"),
                     1.0);
    CHECK_THROWS_AS(process->on_end(1.0, {.session = 7}), ContractViolation);
}
