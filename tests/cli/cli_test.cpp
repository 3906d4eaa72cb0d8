#include <algorithm>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "sim/io/trace_csv.h"
#include "tests/sim/io/loading.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

constexpr const char* kProgram = PLIMSOLL_BIN_DIR "/plimsoll";

ProcessResult plimsoll_says(std::vector<std::string> arguments,
                            std::string in = "",
                            std::string directory = "") {
    arguments.insert(arguments.begin(), kProgram);
    return run_process(
        {.arguments = std::move(arguments),
         .in = std::move(in),
         .environment = {"PLIMSOLL_CATALOG=" PLIMSOLL_SOURCE_DIR "/scenarios/catalog"},
         .directory = std::move(directory)});
}

struct UsageCase {
    std::vector<std::string> arguments;
    std::string message;
};

}  // namespace

TEST_CASE("cli: the help lists the commands and the exit codes") {
    const ProcessResult help = plimsoll_says({"--help"});
    CHECK(help.exit_code == 0);
    CHECK(help.err == "");
    for (const char* word : {"estimate",
                             "resolve",
                             "init",
                             "list",
                             "show",
                             "schema",
                             "completion",
                             "Exit codes: 0 answered"}) {
        CHECK(help.out.find(word) != std::string::npos);
    }
    CHECK(plimsoll_says({"--version"}).out.starts_with("plimsoll 0."));
    const ProcessResult command = plimsoll_says({"estimate", "--help"});
    CHECK(command.exit_code == 0);
    CHECK(command.out.find("--set PATH=VALUE") != std::string::npos);
}

TEST_CASE("cli: mistyped commands and options are named with the nearest known one") {
    const UsageCase rows[] = {
        {{"estmate"}, "unknown command \"estmate\"; did you mean \"estimate\"? known: "},
        {{"--versoin"},
         "unknown option \"--versoin\"; did you mean \"--version\"? known: --help, -h, "
         "--version"},
        {{"estimate", "--sed", "3", "s.json"},
         "unknown option \"--sed\"; did you mean \"--set\"? (plimsoll estimate --help)"},
        {{"estimate", "--seed", "many", "-"}, "--seed: expected a whole number, got \"many\""},
        {{"list", "gpuz"},
         "KIND: unknown \"gpuz\"; did you mean \"gpus\"? known: gpus, servers, "
         "fabrics, llms, prices, devices"},
        {{"estimate", "--color", "mauve", "-"},
         "--color: unknown \"mauve\"; known: auto, always, "
         "never"},
        {{"estimate"}, "SCENARIO is required (plimsoll estimate --help)"},
        {{"estimate", "a", "b"}, "unexpected argument \"b\" (plimsoll estimate --help)"},
    };
    for (const UsageCase& row : rows) {
        const ProcessResult said = plimsoll_says(row.arguments);
        CHECK(said.exit_code == 2);
        CHECK(said.out == "");
        CHECK(said.err.substr(0, 10 + row.message.size()) == "plimsoll: " + row.message);
    }
    CHECK(plimsoll_says({}).exit_code == 2);
}

TEST_CASE("cli: a scenario comes from a file or from standard input, and answers are equal") {
    const TemporaryFolder folder;
    const std::string text(kSoundScenario);
    const std::string path = folder.write("base.json", text);
    const ProcessResult from_file = plimsoll_says({"estimate", path});
    CHECK(from_file.exit_code == 0);
    CHECK(from_file.err == "");
    CHECK(plimsoll_says({"estimate", "-"}, text).out == from_file.out);
    const ProcessResult json = plimsoll_says({"estimate", path, "--json"});
    const auto answer = nlohmann::json::parse(json.out);
    CHECK(answer["format"] == "plimsoll.estimate/1");
    CHECK(answer["classes"].contains("chat"));
    CHECK(answer["pools"]["main"]["gpus"] == 1);
}

TEST_CASE("cli: mistakes are lines on stderr, or JSON with --json") {
    const std::string text = changed("\"replicas\": 1", "\"replicas\": 0");
    const ProcessResult lines = plimsoll_says({"estimate", "-"}, text);
    CHECK(lines.exit_code == 2);
    CHECK(lines.out == "");
    CHECK(lines.err ==
          "<stdin>:13:64: pools.main.replicas: 0 is out of range; allowed: between 1 "
          "and 1000000000\n");
    const ProcessResult json = plimsoll_says({"estimate", "-", "--json"}, text);
    CHECK(json.exit_code == 2);
    const auto error = nlohmann::json::parse(json.err)["error"][0];
    CHECK(error["line"] == 13);
    CHECK(error["column"] == 64);
    CHECK(error["path"] == "pools.main.replicas");
    CHECK(error["allowed"][0] == "between 1 and 1000000000");
    CHECK(nlohmann::json::parse(plimsoll_says({"estimate", "--json"}).err).contains("error"));
}

TEST_CASE("cli: what does not fit is exit 1, and can still be resolved") {
    const std::string text = changed("\"llama3_1_8b\"", "\"llama3_1_70b\"");
    CHECK(plimsoll_says({"estimate", "-"}, text).exit_code == 1);
    CHECK(plimsoll_says({"resolve", "-"}, text).exit_code == 0);
}

TEST_CASE("cli: a missed SLO is an answer, unless it is required") {
    const std::vector<std::string> slow{
        "estimate", "-", "--set", "workload.classes.chat.slo.ttft_p99=1 us"};
    const std::string text(kSoundScenario);
    CHECK(plimsoll_says(slow, text).exit_code == 0);
    std::vector<std::string> strict = slow;
    strict.push_back("--require-slo");
    CHECK(plimsoll_says(strict, text).exit_code == 1);
}

TEST_CASE("cli: unreadable files and traces have their own exit codes") {
    const TemporaryFolder folder;
    const auto with_trace = [&](const std::string& name) {
        return changed(R"({"kind": "poisson", "rate_per_s": 2})",
                       R"({"kind": "trace", "path": ")" + folder.file(name) + "\"}");
    };
    const ProcessResult none = plimsoll_says({"estimate", folder.file("none.json")});
    CHECK(none.exit_code == 74);
    CHECK(none.err == folder.file("none.json") + ": cannot be read: No such file or directory\n");

    folder.write("late.csv", "arrival_s,prompt_tokens,output_tokens\n2,10,10\n1,10,10\n");
    const ProcessResult late = plimsoll_says({"estimate", "-"}, with_trace("late.csv"));
    CHECK(late.exit_code == 2);
    CHECK(late.err == "plimsoll: " + folder.file("late.csv") +
                          ":3:1: arrival_s is earlier than in the row before\n");

    std::vector<TraceRow> rows;
    for (int i = 0; i < 5000; ++i) {
        rows.push_back({.arrival_s = 0.37 * i, .prompt_tokens = 1 + i % 977, .output_tokens = 9});
    }
    write_trace(folder.file("whole.csv.gz"), rows);
    const std::string whole = bytes_of(folder.file("whole.csv.gz"));
    folder.write("cut.csv.gz", whole.substr(0, whole.size() / 2));
    const ProcessResult cut = plimsoll_says({"estimate", "-"}, with_trace("cut.csv.gz"));
    CHECK(cut.exit_code == 74);
    CHECK(cut.err == "plimsoll: " + folder.file("cut.csv.gz") + ": compressed stream ends early\n");
}

TEST_CASE("cli: -o writes the answer whole, or says why not") {
    const TemporaryFolder folder;
    const std::string path = folder.file("out.json");
    const ProcessResult said =
        plimsoll_says({"resolve", "-", "-o", path}, std::string(kSoundScenario));
    CHECK(said.exit_code == 0);
    CHECK(said.out == "");
    CHECK(bytes_of(path) == plimsoll_says({"resolve", "-"}, std::string(kSoundScenario)).out);
    CHECK(folder.files() == 1);
    const ProcessResult nowhere = plimsoll_says({"schema", "-o", folder.file("no/such/out.json")});
    CHECK(nowhere.exit_code == 74);
    if (std::filesystem::exists("/dev/full")) {
        const ProcessResult full =
            run_process({.arguments = {"sh", "-c", std::string(kProgram) + " schema > /dev/full"}});
        CHECK(full.exit_code == 74);
        CHECK(full.err.find("No space left") != std::string::npos);
    }
}

TEST_CASE("cli: a reader that leaves early ends the program quietly") {
    const ProcessResult said =
        run_process({.arguments = {"bash",
                                   "-c",
                                   std::string("set -o pipefail; (sleep 0.3; ") + kProgram +
                                       " schema; echo $? >&2) | true"}});
    CHECK(said.err == "141\n");
}

TEST_CASE("cli: the templates are scenarios with answers") {
    for (const char* name : {"chat", "queue"}) {
        CAPTURE(name);
        const ProcessResult text = plimsoll_says({"init", name});
        CHECK(text.exit_code == 0);
        CHECK(complaints(request_of(text.out)) == "");
        CHECK(plimsoll_says({"estimate", "-"}, text.out).exit_code == 0);
    }
}

TEST_CASE("cli: list and show read the catalog") {
    const ProcessResult list = plimsoll_says({"list", "gpus"});
    CHECK(list.exit_code == 0);
    CHECK(list.out.find("h100_sxm") != std::string::npos);
    CHECK(nlohmann::json::parse(plimsoll_says({"list", "--json"}).out).contains("llms"));
    const ProcessResult show = plimsoll_says({"show", "gpu", "h100_sxm"});
    CHECK(show.out.find("3350 GB/s") != std::string::npos);
    CHECK(show.out.find("unverified") != std::string::npos);
    const ProcessResult unknown = plimsoll_says({"show", "gpu", "h101_sxm"});
    CHECK(unknown.exit_code == 2);
    CHECK(unknown.err.find("did you mean \"h100_sxm\"?") != std::string::npos);
}

TEST_CASE("cli: completion scripts are sound and complete options and words") {
    const TemporaryFolder folder;
    const ProcessResult script = plimsoll_says({"completion", "bash"});
    const std::string path = folder.write("c.bash", script.out);
    const auto offered = [&](const std::string& words) {
        // The last word is the one being completed.
        const ProcessResult said =
            run_process({.arguments = {"bash",
                                       "-c",
                                       "source " + path + "; COMP_WORDS=(" + words +
                                           "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _plimsoll; "
                                           "echo \"${COMPREPLY[@]}\""}});
        CHECK(said.err == "");
        return said.out;
    };
    CHECK(offered("plimsoll est") == "estimate\n");
    CHECK(offered("plimsoll estimate --se") == "--set --seed\n");
    CHECK(offered("plimsoll list gp") == "gpus gpu\n");
    CHECK(offered("plimsoll estimate --color n") == "never\n");
    CHECK(plimsoll_says({"completion", "fish"}).out.find("-l set -r") != std::string::npos);
    CHECK(plimsoll_says({"completion", "zsh"}).out.starts_with("#compdef plimsoll\n"));
}

TEST_CASE("cli: colour is never used where it was switched off") {
    const auto coloured = [](std::vector<std::string> environment, std::string option) {
        const ProcessResult said = run_process({.arguments = {kProgram, "schema", option, "--bad"},
                                                .environment = std::move(environment)});
        return said.err.find('\x1b') != std::string::npos;
    };
    CHECK_FALSE(coloured({}, "--color=never"));
    CHECK(coloured({}, "--color=always"));
    CHECK_FALSE(coloured({"NO_COLOR=1", "CLICOLOR_FORCE=1"}, "--json"));
}
