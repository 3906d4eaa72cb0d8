#include "sim/report/page_one.h"

#include <cmath>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sim/io/scenario_json.h"
#include "sim/report/figures.h"
#include "sim/run.h"

using namespace plimsoll;

namespace {

struct Answer {
    Scenario scenario;
    ReplicatedSummary result;
    Estimate estimate;
    double load = 1.0;

    [[nodiscard]] PageInput page() const {
        return {.scenario = scenario, .result = result, .estimate = estimate, .load = load};
    }
};

Answer answer_to(std::vector<std::string> sets, double load = 1.0) {
    LoadRequest request;
    request.path = PLIMSOLL_SOURCE_DIR "/scenarios/quickstart.json";
    request.catalog_dirs = {PLIMSOLL_SOURCE_DIR "/scenarios/catalog"};
    request.sets = {"horizon=600 s"};
    request.sets.insert(request.sets.end(), sets.begin(), sets.end());
    Answer answer{load_scenario(request), {}, {}, load};
    answer.result = std::get<ReplicatedSummary>(run(answer.scenario, {.jobs = 2, .load = load}));
    answer.estimate = estimate(answer.scenario, {.curve_points = 24, .load = load});
    return answer;
}

/// The numbers of a text in order; thousands are grouped by commas.
std::vector<double> numbers(const std::string& text) {
    static const std::regex kNumber("[0-9][0-9,]*(\\.[0-9]+)?");
    std::vector<double> found;
    for (auto at = std::sregex_iterator(text.begin(), text.end(), kNumber);
         at != std::sregex_iterator();
         ++at) {
        std::string digits = at->str();
        std::erase(digits, ',');
        found.push_back(std::stod(digits));
    }
    return found;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::string without_color(const std::string& text) {
    static const std::regex kEscape("\x1b\\[[0-9;]*m");
    return std::regex_replace(text, kEscape, "");
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("page_one: the money of the sentence multiplies out as printed") {
    for (const auto& sets : std::vector<std::vector<std::string>>{
             {},
             {"prices.tenure=reserved"},
             {"prices.rent_usd_per_gpu_hour=3.337"},
             {"replications=3"},
             {"pools.main.replicas=7", "pools.main.parallelism.tp=2"}}) {
        const Answer answer = answer_to(sets);
        const std::vector<std::string> sums = money_arithmetic(answer.page());
        REQUIRE(sums.size() == 2);
        CAPTURE(sums[0]);
        CAPTURE(sums[1]);
        // GPUs x $/GPU-h x 730 h = $ a month.
        const auto month = numbers(sums[0]);
        REQUIRE(month.size() == 4);
        CHECK(month[2] == 730.0);
        CHECK(month[0] * month[1] * month[2] == doctest::Approx(month[3]).epsilon(1e-3));
        // tok/s x 2.628 Ms = M tokens a month; $ / M = $ per M.
        const auto token = numbers(sums[1]);
        REQUIRE(token.size() == 6);
        CHECK(token[1] == 2.628);
        CHECK(token[0] * token[1] == doctest::Approx(token[2]).epsilon(1e-3));
        CHECK(token[3] == month[3]);
        CHECK(token[3] / token[4] == doctest::Approx(token[5]).epsilon(2e-3));
        // The sentence says the same figures.
        const std::string sentence = answer_sentence(answer.page());
        CAPTURE(sentence);
        CHECK(
            has(sentence, (dollars(answer.result.mean.cost->usd_per_month) + " a month").c_str()));
        CHECK(has(sentence,
                  (dollars(*answer.result.mean.cost->usd_per_mtok_output) + " per M output tokens")
                      .c_str()));
    }
}

TEST_CASE("page_one: arrivals times tokens are the output rate, within what is still running") {
    const Answer answer = answer_to({"horizon=3600 s"});
    const Cost& cost = *answer.result.mean.cost;
    const double tokens_per_s = cost.usd_per_month / *cost.usd_per_mtok_output / 2.628;
    CHECK(tokens_per_s == doctest::Approx(5.5 * 211.0).epsilon(0.03));
}

TEST_CASE("page_one: fits the page, in every style") {
    for (const auto& sets : std::vector<std::vector<std::string>>{{}, {"replications=2"}}) {
        for (const double load : {1.0, 6.0}) {
            const Answer answer = answer_to(sets, load);
            for (const int width : {60, 100}) {
                for (const bool utf8 : {false, true}) {
                    const std::string plain =
                        page_one(answer.page(), {.color = false, .utf8 = utf8, .width = width});
                    const std::string colored =
                        page_one(answer.page(), {.color = true, .utf8 = utf8, .width = width});
                    CHECK(without_color(colored) == plain);
                    CHECK(plain.find('\x1b') == std::string::npos);
                    if (width < 100) continue;
                    for (const std::string& line : lines_of(plain)) {
                        CAPTURE(line);
                        CHECK(text_width(line) <= 100);
                        if (utf8) continue;
                        CHECK(std::all_of(line.begin(), line.end(), [](char c) {
                            return static_cast<unsigned char>(c) < 0x80;
                        }));
                    }
                }
            }
        }
    }
}

TEST_CASE("page_one: saturation and missed terms are said in words") {
    const Answer over = answer_to({}, 8.0);
    CHECK(answer_sentence(over.page()).starts_with("SATURATED: "));
    CHECK(has(answer_sentence(over.page()), "cannot keep up"));
    const Answer slow = answer_to({"workload.classes.chat.slo.ttft_p99=1 ms"});
    CHECK(has(answer_sentence(slow.page()), "miss the SLO: p99 TTFT"));
    CHECK(has(answer_sentence(answer_to({}, 3.5).page()), "the closed form had it hold"));
    const std::string page = page_one(slow.page(), {.utf8 = false});
    CHECK(has(page, "x MISSED  p99 TTFT"));
    CHECK(has(page, "+ met"));
}

TEST_CASE("page_one: requests add up as printed") {
    const Answer answer = answer_to({});
    for (const std::string& line : lines_of(page_one(answer.page(), {.width = 100}))) {
        if (!has(line, " arrived = ")) continue;
        const auto counts = numbers(line);
        REQUIRE(counts.size() == 6);
        CHECK(counts[0] == counts[1] + counts[2] + counts[3] + counts[4] + counts[5]);
    }
}

TEST_CASE("page_one: every input's mark, the price's age and the hash are in the footer") {
    const Answer fresh = answer_to({});
    const std::string page = page_one(fresh.page(), {});
    CHECK(has(page, "unverified (mark M)"));
    CHECK(has(page, fresh.result.mean.scenario.sha256.substr(0, 12).c_str()));
    CHECK_FALSE(has(page, "warning: prices"));
    const Answer old = answer_to({"as_of=2028-01-01"});
    CHECK(has(page_one(old.page(), {}), "warning: prices are "));
}

TEST_CASE("figures: numbers as people write them") {
    CHECK(figure(5.5) == "5.5");
    CHECK(figure(1143.2, 5) == "1,143.2");
    CHECK(figure(1234567.0) == "1,234,567");
    CHECK(figure(0.0) == "0");
    CHECK(dollars(17228.0) == "$17,228");
    CHECK(dollars(5.7354) == "$5.74");
    CHECK(dollars(0.0012) == "$0.0012");
    CHECK(dollars(2.95, 5) == "$2.95");
    CHECK(dollars(-3.0) == "-$3.00");
    CHECK(percent(0.57) == "57 %");
    CHECK(percent(0.041) == "4.1 %");
    CHECK(percent(0.0004) == "<0.1 %");
    CHECK(percent(0.99963) == "99.96 %");
    CHECK(percent(0.98999) == "98.9 %");
    CHECK(percent(0.99) == "99 %");
    CHECK(percent(0.999999) == "99.99 %");
    CHECK(percent(1.0) == "100 %");
    CHECK(counted(1, "replica") == "1 replica");
    CHECK(counted(2, "replica") == "2 replicas");
}
