#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "sim/io/convert_trace.h"
#include "sim/io/result_json.h"
#include "sim/workload/length_moments.h"
#include "tests/sim/io/loading.h"
#include "tests/support/measured_data.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

using namespace plimsoll;
using namespace plimsoll::test;
using Json = nlohmann::json;

namespace {

constexpr const char* kQuickstart = PLIMSOLL_SOURCE_DIR "/scenarios/quickstart.json";

ProcessResult says(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
    arguments.insert(arguments.begin(), PLIMSOLL_BIN_DIR "/plimsoll");
    environment.emplace_back("PLIMSOLL_CATALOG=" PLIMSOLL_SOURCE_DIR "/scenarios/catalog");
    return run_process({.arguments = std::move(arguments), .environment = std::move(environment)});
}

/// Five minutes of the quickstart.
std::vector<std::string> short_run(const std::vector<std::string>& more) {
    std::vector<std::string> words{"run", kQuickstart, "--set", "horizon=300 s"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

}  // namespace

TEST_CASE("cli run: page one for people, the same result as JSON") {
    const ProcessResult page = says({"run", kQuickstart}, {"LC_ALL=C.UTF-8"});
    CHECK(page.exit_code == 0);
    CHECK(page.err == "");
    CHECK(
        page.out.starts_with("8 x NVIDIA H100 SXM 80 GB (2 replicas of TP4, fp8) serve 5.5 req/s"));
    CHECK(page.out.find("\x1b") == std::string::npos);
    CHECK(says({"run", kQuickstart, "--color", "always"}).out.find("\x1b[") != std::string::npos);
    const std::string ascii = says({"run", kQuickstart}, {"LC_ALL=C"}).out;
    CHECK(std::all_of(
        ascii.begin(), ascii.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
    const ProcessResult json = says({"run", kQuickstart, "--json"});
    CHECK(json.exit_code == 0);
    CHECK(result_json(read_result_json(json.out), JsonLayout::indented) == json.out);
    const Json result = Json::parse(json.out);
    CHECK(result["answer"].is_null());
    CHECK(result["slo"]["terms"].size() == 3);
}

TEST_CASE("cli run: same seed, same bytes, whatever the jobs and with or without lookahead") {
    const std::string once = says(short_run({"--json"})).out;
    CHECK(once.size() > 1000);
    CHECK(says(short_run({"--json"})).out == once);
    CHECK(says(short_run({"--json", "--no-lookahead"})).out == once);
    CHECK(says(short_run({"--json", "--seed", "2"})).out != once);
    const std::string eight = says(short_run({"--json", "--replications", "8", "--jobs", "1"})).out;
    CHECK(says(short_run({"--json", "--replications", "8", "--jobs", "2"})).out == eight);
    CHECK(Json::parse(eight).contains("intervals"));
}

TEST_CASE("cli run: files asked for are written, and say what is asked") {
    const TemporaryFolder folder;
    const std::string result = folder.file("result.json");
    const std::string rows = folder.file("rows.csv");
    const std::string provenance = folder.file("provenance.json");
    const ProcessResult said = says(short_run(
        {"-o", result, "--requests", rows, "--provenance", provenance, "--replications", "2"}));
    CHECK(said.exit_code == 0);
    CHECK(said.out == "");
    const Json json = Json::parse(bytes_of(result));
    CHECK(json["made_by"]["replications"] == 2);
    const std::string text = bytes_of(rows);
    // The first replication's requests that left, under a header.
    CHECK(std::count(text.begin(), text.end(), '\n') > 1000);
    const Json machine = Json::parse(bytes_of(provenance));
    CHECK(machine["command_line"][1] == "run");
    CHECK(machine["scenario_sha256"] == json["scenario"]["sha256"]);
    CHECK(machine["wall_s"].get<double>() > 0.0);
}

TEST_CASE("cli run: exit codes are those of the help") {
    CHECK(says(short_run({"--require-slo"})).exit_code == 0);
    const std::vector<std::string> slow{"--set", "workload.classes.chat.slo.ttft_p99=1 ms"};
    CHECK(says(short_run(slow)).exit_code == 0);
    std::vector<std::string> strict = slow;
    strict.emplace_back("--require-slo");
    CHECK(says(short_run(strict)).exit_code == 1);
    CHECK(says(short_run({"--load", "8", "--require-slo"})).exit_code == 1);
    const ProcessResult large = says(
        short_run({"--set", "pools.main.parallelism.tp=1", "--set", "pools.main.precision=bf16"}));
    CHECK(large.exit_code == 1);
    CHECK(large.err.find("GiB of weights") != std::string::npos);
    CHECK(says(short_run({"--load", "0"})).exit_code == 2);
    CHECK(says(short_run({"--jobs", "0"})).exit_code == 2);
    CHECK(says({"run", "no_such_file.json"}).exit_code == 74);
    CHECK(says(short_run({"-o", "/no/such/folder/x.json"})).exit_code == 74);
    CHECK(says(short_run({"--requests", "/no/such/folder/x.csv"})).exit_code == 74);
}

TEST_CASE("cli run: SIGINT ends it with 130 and leaves no child") {
    const ProcessResult said = run_process(
        {.arguments = {"bash",
                       "-c",
                       std::string(PLIMSOLL_BIN_DIR "/plimsoll run ") + kQuickstart +
                           " --set horizon_days=400 --json & pid=$!; sleep 1; kill -INT $pid; "
                           "wait $pid; echo $?"},
         .environment = {"PLIMSOLL_CATALOG=" PLIMSOLL_SOURCE_DIR "/scenarios/catalog"}});
    CHECK(said.out == "130\n");
    CHECK(said.err.find("interrupted") != std::string::npos);
}

TEST_CASE("cli load: the answer is filled in, and the curve leads to it") {
    std::vector<std::string> words{
        "load", kQuickstart, "--set", "horizon=600 s", "--tolerance", "0.05"};
    const ProcessResult page = says(words);
    CHECK(page.exit_code == 0);
    CHECK(page.out.find("Simulated loads") != std::string::npos);
    words.emplace_back("--json");
    const std::string text = says(words).out;
    const Json json = Json::parse(text);
    const double load = json["answer"]["load_at_slo_rps"];
    CHECK(load > 5.5);
    CHECK(json["answer"]["headroom"].get<double>() == doctest::Approx(1.0 - 5.5 / load));
    CHECK(json["load_curve"]["end"] == "found");
    CHECK(read_result_json(text).mean.answer->load_at_slo_rps == load);
    double below = 0.0;
    double above = 1e300;
    for (const Json& point : json["load_curve"]["points"]) {
        if (point["holds"] == true)
            below = std::max(below, point["load_rps"].get<double>());
        else
            above = std::min(above, point["load_rps"].get<double>());
    }
    CHECK(below == load);
    CHECK(above <= 1.0501 * load);
}

TEST_CASE("cli sweep: one line a point, and a table") {
    const std::vector<std::string> base{"sweep",
                                        kQuickstart,
                                        "--set",
                                        "horizon=120 s",
                                        "--set",
                                        "warm_up=0 s",
                                        "--set",
                                        "pools.main.precision=bf16",
                                        "--over",
                                        "pools.main.parallelism.tp=1,2,4",
                                        "--over",
                                        "load=0.5,1"};
    std::vector<std::string> words = base;
    words.emplace_back("--json");
    const ProcessResult json = says(words);
    CHECK(json.exit_code == 0);
    std::istringstream lines(json.out);
    std::string line;
    for (int i = 0; i < 6; ++i) {
        REQUIRE(std::getline(lines, line));
        const Json point = Json::parse(line);
        CHECK(point["point"] == i);
        CHECK(point.contains("result") == (i > 1));
        CHECK(point.contains("error") == (i < 2));
    }
    CHECK_FALSE(std::getline(lines, line));
    const ProcessResult table = says(base);
    CHECK(table.exit_code == 0);
    CHECK(table.out.find("GiB of weights") != std::string::npos);
    CHECK(says({"sweep", kQuickstart, "--over", "pools.main.replcas=1,2"}).exit_code == 2);
    CHECK(says({"sweep", kQuickstart, "--over", "nothing"}).exit_code == 2);
    CHECK(says({"sweep", kQuickstart}).exit_code == 2);
    CHECK(says({"sweep",
                kQuickstart,
                "--set",
                "pools.main.precision=bf16",
                "--over",
                "pools.main.parallelism.tp=1"})
              .exit_code == 1);
}

TEST_CASE("cli run: a public trace that is missing is missed with the way to get it") {
    const TemporaryFolder folder;
    std::filesystem::copy(PLIMSOLL_SOURCE_DIR "/scenarios/azure_conversation.json",
                          folder.file("azure_conversation.json"));
    const ProcessResult said = says({"run", folder.file("azure_conversation.json")});
    CHECK(said.exit_code == 74);
    CHECK(said.err.find("./dev data && plimsoll convert azure "
                        "data/azure_llm_2023/AzureLLMInferenceTrace_conv.csv -o ") !=
          std::string::npos);
}

TEST_CASE("cli run: every request and token of the Azure hour is accounted for") {
    const auto raw = measured_data("azure_llm_2023/AzureLLMInferenceTrace_conv.csv");
    if (!raw) return;
    const TemporaryFolder folder;
    const std::string trace = folder.file("azure_conversation.csv.gz");
    const ConvertReport report = convert_trace(
        {.source = TraceSource::azure, .input = *raw, .output = trace, .columns = {}});
    CHECK(report.rows == 19366);
    std::filesystem::copy(PLIMSOLL_SOURCE_DIR "/scenarios/azure_conversation.json",
                          folder.file("azure_conversation.json"));
    const ProcessResult said = says({"run",
                                     folder.file("azure_conversation.json"),
                                     "--json",
                                     "--set",
                                     "workload.classes.chat.arrival.path=" + trace});
    REQUIRE(said.exit_code == 0);
    const Summary result = read_result_json(said.out).mean;
    const RequestCounts& requests = result.requests;
    CHECK(requests.arrived == 19366);
    CHECK(requests.arrived == requests.completed + requests.queued + requests.running +
                                  requests.rejected + requests.timed_out);
    // A trace runs to its end, so that all its tokens are served.
    CHECK(requests.completed == 19366);
    double prompt = 0.0;
    double output = 0.0;
    for (const LedgerLine& line : result.cost->ledger) {
        if (line.phase == "prompt") prompt += line.tokens;
        if (line.phase == "output") output += line.tokens;
    }
    CHECK(prompt == doctest::Approx(report.mean_prompt_tokens * 19366).epsilon(1e-12));
    CHECK(output == doctest::Approx(report.mean_output_tokens * 19366).epsilon(1e-12));
}

TEST_CASE("scenarios: the quickstart's lengths have the means and quantiles it states") {
    LoadRequest request;
    request.path = kQuickstart;
    request.catalog_dirs = shipped_catalog();
    const Scenario scenario = load_scenario(request);
    const RequestClass& chat = scenario.workload.classes.front();
    struct Row {
        const PolicySpec* spec;
        double mean;
        double p50;
        double p90;
        double p99;
    };
    for (const Row& row : {Row{&chat.prompt_tokens, 1155, 1020, 2734, 4142},
                           Row{&chat.output_tokens, 211, 129, 424, 601}}) {
        CHECK(length_moments(*row.spec).mean == doctest::Approx(row.mean).epsilon(0.02));
        for (const auto& [probability, tokens] : row.spec->pairs("points")) {
            if (probability == 0.5) CHECK(tokens == row.p50);
            if (probability == 0.9) CHECK(tokens == row.p90);
            if (probability == 0.99) CHECK(tokens == row.p99);
        }
    }
}
