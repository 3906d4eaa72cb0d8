#include "sim/io/servegen.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "sim/io/trace_csv.h"
#include "sim/workload/request_lengths.h"
#include "tests/sim/workload/gap_statistics.h"
#include "tests/support/measured_data.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

/// A folder with two clients: one steady, one that pauses.
class Folder {
public:
    Folder()
        : path_(std::filesystem::temp_directory_path() / ("servegen." + std::to_string(getpid()))) {
        std::filesystem::create_directories(path_);
        write("chunk-3-trace.csv", "0,10,1,Gamma,1,0.1\n600,20,2,Gamma,0.25,0.2\n1200,5,0,,,\n");
        write("chunk-3-dataset.json",
              R"({"0": {"input_tokens": "{10: 0.5, 20: 0.5}", "output_tokens": "{4: 1.0}"},
                  "1200": {"input_tokens": "{100: 1}", "output_tokens": "{7: 0.25, 9: 0.75}"}})");
        write("chunk-7-trace.csv", "0,2,1.5,Weibull,0.7,0.4\n600,0,0,,,\n1200,4,1,Gamma,1,0.25\n");
        write("chunk-7-dataset.json",
              R"({"0": {"input_tokens": "{1000: 1.0}", "output_tokens": "{50: 1.0}"}})");
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name) << text;
    }
    [[nodiscard]] std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("servegen: clients send at their windows' rates, lengths come from their histograms") {
    const Folder folder;
    const PolicySpec spec = spec_of("servegen", {{"path", folder.path()}});
    // (10 + 20 + 5) * 600 + (2 + 0 + 4) * 600 in 1800 s.
    CHECK(arrival_rate(spec).rate.value() == doctest::Approx(41.0 / 3.0));
    std::array<double, 3> counts{};
    double runs = 0.0;
    for (std::size_t seed = 0; seed < 20; ++seed) {
        const auto process = make_arrival(spec, Stream(seed, 0, "arrivals"), 1.0);
        runs += 1.0;
        while (process->next_s() < kNever) {
            const ArrivalDraw draw = process->take();
            REQUIRE(draw.date_s < 1800.0);
            counts[static_cast<std::size_t>(draw.date_s / 600.0)] += 1.0;
            if (draw.prompt_tokens == 1000) {
                REQUIRE(draw.output_tokens == 50);
                REQUIRE_FALSE((draw.date_s >= 600.0 && draw.date_s < 1200.0));
            } else if (draw.date_s < 1200.0) {
                REQUIRE((draw.prompt_tokens == 10 || draw.prompt_tokens == 20));
                REQUIRE(draw.output_tokens == 4);
            } else {
                REQUIRE(draw.prompt_tokens == 100);
                REQUIRE((draw.output_tokens == 7 || draw.output_tokens == 9));
            }
        }
    }
    // Counts vary by their number times the squared variation of the gaps, 4 at most.
    const std::array<double, 3> expected{7200.0, 12000.0, 5400.0};
    for (std::size_t w = 0; w < 3; ++w)
        CHECK(std::abs(counts[w] / runs - expected[w]) < 4.0 * std::sqrt(4.0 * expected[w] / runs));
    RequestClass requests;
    requests.arrival = spec;
    requests.prompt_tokens.kind = requests.output_tokens.kind = "trace";
    // 18,000 requests of 15, 3,000 of 100, 3,600 of 1,000.
    const RequestMoments moments = request_moments(requests);
    CHECK(moments.prompt.mean ==
          doctest::Approx((18000.0 * 15.0 + 3000.0 * 100.0 + 3600.0 * 1000.0) / 24600.0));
    CHECK(moments.mean_product ==
          doctest::Approx((18000.0 * 60.0 + 3000.0 * 850.0 + 3600.0 * 50000.0) / 24600.0));
}

TEST_CASE("servegen: a part of the data, some clients, another rate") {
    const Folder folder;
    const PolicySpec one = spec_of("servegen",
                                   {{"path", folder.path()},
                                    {"clients", std::string("7")},
                                    {"start", 300.0},
                                    {"duration", 600.0}});
    CHECK(arrival_rate(one).rate.value() == doctest::Approx(1.0));
    PolicySpec scaled = one;
    scaled.set("rate", 50.0);
    CHECK(arrival_rate(scaled).rate.value() == doctest::Approx(50.0));
    const auto process = make_arrival(scaled, Stream(1, 0, "arrivals"), 1.0);
    double count = 0.0;
    for (; process->next_s() < kNever; ++count) REQUIRE(process->take().date_s < 300.0);
    // 30,000 in the 300 s that are left of the first window.
    CHECK(std::abs(count - 30'000.0) < 4.0 * 1.5 * std::sqrt(30'000.0));
}

TEST_CASE("servegen: adding a client leaves the others' requests as they were") {
    const Folder folder;
    const auto dates = [&](const char* clients) {
        const auto process = make_arrival(
            spec_of("servegen", {{"path", folder.path()}, {"clients", std::string(clients)}}),
            Stream(1, 0, "arrivals"),
            1.0);
        std::vector<double> own;
        while (process->next_s() < kNever) {
            const ArrivalDraw draw = process->take();
            if (draw.prompt_tokens < 1000) own.push_back(draw.date_s);
        }
        return own;
    };
    CHECK(dates("3") == dates("3,7"));
}

TEST_CASE("servegen: what is malformed is told with its place") {
    const Folder folder;
    const auto complaint = [&](const std::string& clients) -> std::string {
        try {
            static_cast<void>(read_servegen(folder.path(), clients));
        } catch (const std::exception& error) {
            return error.what();
        }
        return "";
    };
    CHECK(complaint("") == "");
    CHECK(complaint("x") == folder.path() + ": clients: \"x\" is not a number of a client");
    CHECK(complaint("4").starts_with(folder.path() + "/chunk-4-trace.csv"));
    folder.write("chunk-7-trace.csv", "0,2,1.5\n");
    CHECK(complaint("7") == folder.path() + "/chunk-7-trace.csv:1:1: 6 columns expected, 3 found");
    folder.write("chunk-7-trace.csv", "0,2,1,Gamma,1,1\n600,-1,1,Gamma,1,1\n");
    CHECK(complaint("7") == folder.path() + "/chunk-7-trace.csv:2:5: the rate is negative");
    folder.write("chunk-7-trace.csv", "0,2,1,Gamma,1,1\n600,1,1,Gamma,1,1\n");
    folder.write("chunk-7-dataset.json", R"({"0": {"input_tokens": "{5: 1"}})");
    CHECK(complaint("7") == folder.path() +
                                "/chunk-7-dataset.json: window 0: input_tokens: a "
                                "dictionary of lengths is expected");
    folder.write("chunk-7-dataset.json", R"({"0": {"input_tokens": "{5: 1}"}})");
    CHECK(complaint("7") ==
          folder.path() + "/chunk-7-dataset.json: window 0: no \"output_tokens\"");
    folder.write("chunk-7-dataset.json", "[]");
    CHECK(complaint("7") == folder.path() + "/chunk-7-dataset.json:1:1: not a JSON object");
}

TEST_CASE("servegen: the published clients, superposed, send what their windows say") {
    const auto folder = measured_data("servegen/language/m-small");
    if (!folder) return;
    // Six hours of the second day, scaled down to what a unit test may take.
    const PolicySpec spec = spec_of(
        "servegen", {{"path", *folder}, {"rate", 40.0}, {"start", 86400.0}, {"duration", 21600.0}});
    const auto clients = read_servegen(*folder, "");
    CHECK(clients.size() == 10);
    std::vector<double> expected(36);
    std::vector<double> variance(36);
    double total = 0.0;
    for (const ServegenClient& client : clients) {
        for (const ServegenClient::Window& window : client.windows) {
            if (window.start_s < 86400.0 || window.start_s >= 108000.0) continue;
            const auto at = static_cast<std::size_t>((window.start_s - 86400.0) / 600.0);
            expected[at] += 600.0 * window.rate;
            variance[at] += 600.0 * window.rate * std::max(1.0, window.cv * window.cv);
            total += 600.0 * window.rate;
        }
    }
    const double factor = 40.0 * 21600.0 / total;
    const auto process = make_arrival(spec, Stream(1, 0, "arrivals"), 1.0);
    std::vector<double> counts(36);
    double prompts = 0.0;
    double all = 0.0;
    while (process->next_s() < kNever) {
        const ArrivalDraw draw = process->take();
        counts[static_cast<std::size_t>(draw.date_s / 600.0)] += 1.0;
        prompts += draw.prompt_tokens;
        all += 1.0;
    }
    for (std::size_t w = 0; w < counts.size(); ++w) {
        CAPTURE(w);
        CHECK(std::abs(counts[w] - factor * expected[w]) < 4.0 * std::sqrt(factor * variance[w]));
    }
    RequestClass requests;
    requests.arrival = spec;
    requests.prompt_tokens.kind = requests.output_tokens.kind = "trace";
    CHECK(prompts / all == doctest::Approx(request_moments(requests).prompt.mean).epsilon(0.03));
}
