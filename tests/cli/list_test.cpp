#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/support/process.h"

using namespace plimsoll::test;

namespace {

ProcessResult plimsoll_says(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), PLIMSOLL_BIN_DIR "/plimsoll");
    return run_process(
        {.arguments = std::move(arguments),
         .environment = {"PLIMSOLL_CATALOG=" PLIMSOLL_SOURCE_DIR "/scenarios/catalog"}});
}

/// The ids of a listing, in its order.
std::vector<std::string> ids(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "list");
    arguments.emplace_back("--json");
    const ProcessResult said = plimsoll_says(std::move(arguments));
    CHECK(said.err == "");
    std::vector<std::string> found;
    // The one kind of the answer.
    const nlohmann::json answer = nlohmann::json::parse(said.out);
    for (const auto& row : answer.begin().value()) found.push_back(row.at("id"));
    return found;
}

}  // namespace

TEST_CASE("list: alone it names the kinds with their counts") {
    const ProcessResult said = plimsoll_says({"list"});
    CHECK(said.exit_code == 0);
    CHECK(said.out.starts_with("kind        items  what\ngpus"));
    CHECK(said.out.find("\nfacilities") != std::string::npos);
}

TEST_CASE("list: singulars and plurals name the same kind") {
    for (const auto& [one, many] : {std::pair<const char*, const char*>{"gpu", "gpus"},
                                    {"facility", "facilities"},
                                    {"modality", "modalities"},
                                    {"price", "prices"},
                                    {"device", "devices"}}) {
        CHECK(plimsoll_says({"list", one}).out == plimsoll_says({"list", many}).out);
    }
    CHECK(plimsoll_says({"show", "device", "iphone_17_pro"}).out ==
          plimsoll_says({"show", "devices", "iphone_17_pro"}).out);
}

TEST_CASE("list: filters compare columns or find a text, and all of them must hold") {
    CHECK(ids({"gpus", "architecture=ada", "tdp_w<100"}) == std::vector<std::string>{"l4"});
    CHECK(ids({"gpu", "Hopper", "hbm_gib>=139", "scale_up_gb_per_s=450", "fp8_tflops>1000"}) ==
          std::vector<std::string>{"gh200_144gb", "h200_sxm"});
    CHECK(ids({"llms", "total_b>1000"}) == std::vector<std::string>{"kimi_k2"});
    CHECK(ids({"devices", "kind!=phone", "kind!=laptop", "kind!=car", "kind!=board"}) ==
          std::vector<std::string>{"dgx_spark", "mac_studio_m3_ultra", "ryzen_ai_max_395"});
    // What is not known meets no comparison.
    CHECK(ids({"devices", "iphone 17 pro", "npu_tops<1000"}).empty());
}

TEST_CASE("list: sorting puts large numbers first and unknown ones last") {
    const std::vector<std::string> by_memory = ids({"gpus", "--sort", "hbm_gib"});
    REQUIRE(by_memory.size() > 10);
    CHECK(by_memory.front() == "mi455x");
    CHECK(by_memory.back() == "t4");
    CHECK(ids({"grids", "--sort", "carbon_g_per_kwh"}).back() == "ie_ireland");
    CHECK(ids({"networks", "--sort", "name"}).front() == "lte_4g");
}

TEST_CASE("list: mistaken filters are told") {
    const auto said = [](const char* filter) {
        const ProcessResult result = plimsoll_says({"list", "gpus", filter});
        CHECK(result.exit_code == 2);
        return result.err;
    };
    CHECK(said("tpd_w>300")
              .starts_with(
                  "plimsoll: gpus: unknown column \"tpd_w\"; did you mean \"tdp_w\"? known: id, "));
    CHECK(said("tdp_w>") ==
          "plimsoll: \"tdp_w>\" is no filter; expected a text or COLUMN>VALUE (> >= < <= = !=)\n");
    CHECK(said("tdp_w=>3") ==
          "plimsoll: \"tdp_w=>3\" is no filter; expected a text or COLUMN>VALUE (> >= < <= = "
          "!=)\n");
}

TEST_CASE("show: every row of measurements stands with its own source") {
    const ProcessResult said = plimsoll_says({"show", "device", "galaxy_s24_ultra"});
    CHECK(said.exit_code == 0);
    CHECK(said.out.find("memory_bandwidth  76.8 GB/s") != std::string::npos);
    CHECK(said.out.find("decode 10.8 tok/s, decode_hot 10.4 tok/s") != std::string::npos);
    CHECK(said.out.find("arXiv 2603.23640 (2026-03-31)") != std::string::npos);
}
