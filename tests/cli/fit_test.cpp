#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "sim/io/trace_csv.h"
#include "sim/random.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

ProcessResult fit_says(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {PLIMSOLL_BIN_DIR "/plimsoll", "fit"});
    return run_process(
        {.arguments = std::move(arguments),
         .in = "",
         .environment = {"PLIMSOLL_CATALOG=" PLIMSOLL_SOURCE_DIR "/scenarios/catalog"},
         .directory = ""});
}

/// Half an hour of two requests a second.
std::string trace_in(const TemporaryFolder& folder) {
    Stream stream(1, 0, "test");
    std::vector<TraceRow> rows;
    double date = 0.0;
    while (date < 1800.0) {
        rows.push_back(
            {.arrival_s = date,
             .prompt_tokens = 1 + static_cast<std::int32_t>(stream.lognormal(6.0, 1.0)),
             .output_tokens = 1 + static_cast<std::int32_t>(stream.lognormal(5.0, 0.7))});
        date += 0.5 * stream.exponential();
    }
    const std::string path = folder.file("trace.csv.gz");
    write_trace(path, rows);
    return path;
}

}  // namespace

TEST_CASE("cli fit: reports on a trace and writes a scenario that is answered") {
    const TemporaryFolder folder;
    const std::string trace = trace_in(folder);
    const std::string scenario = folder.file("like.json");
    const ProcessResult said = fit_says({trace, "-o", scenario, "--name", "mine"});
    CHECK(said.exit_code == 0);
    CHECK(said.err == "");
    CHECK(said.out.starts_with("mine: "));
    CHECK(said.out.find("dispersion of counts over 60 s") != std::string::npos);
    CHECK(said.out.find("Scenario: " + scenario) != std::string::npos);
    const ProcessResult answered =
        run_process({.arguments = {PLIMSOLL_BIN_DIR "/plimsoll", "estimate", scenario},
                     .in = "",
                     .environment = {"PLIMSOLL_CATALOG=" PLIMSOLL_SOURCE_DIR "/scenarios/catalog"},
                     .directory = ""});
    CHECK(answered.exit_code == 0);
    CHECK(answered.out.starts_with("mine: "));
}

TEST_CASE("cli fit: --json gives the figures, the same bytes every time") {
    const TemporaryFolder folder;
    const std::string trace = trace_in(folder);
    const ProcessResult said = fit_says({trace, "--json"});
    CHECK(said.exit_code == 0);
    const auto json = nlohmann::json::parse(said.out);
    CHECK(json["format"] == "plimsoll.fit/1");
    CHECK(json["trace"]["rate_per_s"].get<double>() == doctest::Approx(2.0).epsilon(0.1));
    CHECK(json["quantised"].is_null());
    CHECK(json["generator"]["kinds"].contains("requests"));
    CHECK(json["generated"]["gap_cv"].get<double>() == doctest::Approx(1.0).epsilon(0.1));
    CHECK(fit_says({trace, "--json"}).out == said.out);
}

TEST_CASE("cli fit: exit codes are those of the other commands") {
    const TemporaryFolder folder;
    CHECK(fit_says({}).exit_code == 2);
    const ProcessResult missing = fit_says({folder.file("none.csv")});
    CHECK(missing.exit_code == 74);
    CHECK(missing.out == "");
    const std::string one =
        folder.write("one.csv", "arrival_s,prompt_tokens,output_tokens\n0,10,20\n");
    const ProcessResult short_trace = fit_says({one});
    CHECK(short_trace.exit_code == 2);
    CHECK(short_trace.err ==
          "plimsoll: " + one + ":2:1: one request: a trace needs two dates to have a rate\n");
    const std::string trace = trace_in(folder);
    CHECK(fit_says({trace, "-o", folder.file("no/such/folder.json")}).exit_code == 74);
}
