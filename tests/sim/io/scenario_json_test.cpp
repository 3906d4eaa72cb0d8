#include "sim/io/scenario_json.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "tests/sim/io/loading.h"
#include "tests/support/temporary_folder.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

std::string sound() { return std::string(kSoundScenario); }

Scenario loaded(const std::string& text, std::vector<std::string> sets = {}) {
    return load_scenario(request_of(text, std::move(sets)));
}

LoadRequest file_request(const std::string& path) {
    LoadRequest request;
    request.path = path;
    request.catalog_dirs = shipped_catalog();
    return request;
}

/// `text` without each occurrence of `part`.
std::string without(std::string text, const std::string& part) {
    for (std::size_t at; (at = text.find(part)) != std::string::npos;) text.erase(at, part.size());
    return text;
}

bool has_source(const Scenario& scenario, const std::string& item, const std::string& field) {
    return std::any_of(scenario.provenance.begin(),
                       scenario.provenance.end(),
                       [&](const Provenance& p) { return p.item == item && p.field == field; });
}

}  // namespace

TEST_CASE("scenario_json: fields land in the scenario in base units") {
    const Scenario s = loaded(sound());
    CHECK(s.name == "base");
    CHECK(s.horizon == 600.0 * second);
    REQUIRE(s.workload.classes.size() == 1);
    const RequestClass& chat = s.workload.classes.front();
    CHECK(chat.name == "chat");
    CHECK(chat.arrival.kind == "poisson");
    CHECK(chat.arrival.number("rate", 0.0) == 2.0);
    CHECK(chat.prompt_tokens.number("tokens", 0.0) == 512.0);
    REQUIRE(chat.slo.size() == 1);
    CHECK(chat.slo.front().metric == SloMetric::ttft);
    CHECK(chat.slo.front().quantile == 0.99);
    CHECK(chat.slo.front().limit == 1.0 * second);
    REQUIRE(s.pools.size() == 1);
    const Pool& pool = s.pools.front();
    CHECK(pool.gpu_id == "h100_sxm");
    CHECK(pool.deployment.gpu.hbm_bandwidth == 3350.0 * GB / second);
    CHECK(pool.deployment.engine.max_sequences == 64);
    CHECK(pool.deployment.engine.pipeline_depth == 2);
    CHECK(s.routing.kind == "round_robin");
    CHECK(s.prices.book_id == "rental_2026");
    CHECK(has_source(s, "gpus/h100_sxm", "hbm_bandwidth"));
    CHECK(has_source(s, "fabrics/nvlink4", "bandwidth_per_direction"));
}

TEST_CASE("scenario_json: as_of is the newest date of the sources used") {
    const Scenario s = loaded(sound());
    for (const Provenance& p : s.provenance) CHECK(p.date <= s.as_of);
    CHECK(loaded(sound(), {"as_of=2026-06-01"}).as_of == "2026-06-01");
}

TEST_CASE("scenario_json: all mistakes are told at once, by line, twenty at most") {
    std::string text = changed("\"horizon_s\": 600", "\"horizon_s\": -1");
    text = changed("\"kind\": \"poisson\"", "\"kind\": \"possion\"", text);
    text = changed("\"h100_sxm\"", "\"h101_sxm\"", text);
    CHECK(complaints(request_of(text)) ==
          "s.json:4:16: horizon_s: -1 s is out of range; allowed: at least 0 s\n"
          "s.json:6:25: workload.classes.chat.arrival: unknown \"possion\"; did you mean "
          "\"poisson\"? known: poisson, constant, gamma, weibull, mmpp, hawkes, diurnal, profile, "
          "clients, sessions, servegen, closed_loop, trace\n"
          "s.json:12:36: pools.main.gpu: unknown GPU \"h101_sxm\"; did you mean \"h100_sxm\"? "
          "(plimsoll list gpus)\n");

    std::string many = "\"name\": \"base\"";
    for (int i = 0; i < 30; ++i) many += fmt::format(",\n\"zz{}\": {}", i, i);
    const std::string said = complaints(request_of(changed("\"name\": \"base\"", many)));
    CHECK(std::count(said.begin(), said.end(), '\n') == 21);
    CHECK(said.ends_with("and 10 more\n"));
}

TEST_CASE("scenario_json: extends merges in order, and null removes") {
    const TemporaryFolder folder;
    folder.write("base.json", sound());
    folder.write("more.json", R"({"name": "more", "pools": {"main": {"replicas": 3}}})");
    const std::string path = folder.write("s.json", R"({
        "extends": ["base.json", "more.json"],
        "workload": {"classes": {"chat": {"slo": null}}},
        "horizon_min": 5
    })");
    const Scenario s = load_scenario(file_request(path));
    CHECK(s.name == "more");
    CHECK(s.pools.front().replicas == 3);
    CHECK(s.workload.classes.front().slo.empty());
    // The base says horizon_s; a later layer may say it in another unit.
    CHECK(s.horizon == 300.0 * second);
}

TEST_CASE("scenario_json: mistakes stand in the file that the value came from") {
    const TemporaryFolder folder;
    folder.write("base.json", changed("\"tokens\": 512", "\"tokens\": 0"));
    const std::string path = folder.write("s.json", "{\"extends\": \"base.json\",\n \"seed\": -2}");
    CHECK(without(complaints(file_request(path)), folder.file("")) ==
          "base.json:7:50: workload.classes.chat.prompt_tokens.tokens: 0 is out of range; allowed: "
          "between 1 and 1000000000\n"
          "s.json:2:10: seed: -2 is out of range; allowed: at least 0\n");
}

TEST_CASE("scenario_json: a circle of extends is named") {
    const TemporaryFolder folder;
    folder.write("b.json", R"({"extends": "c.json"})");
    folder.write("c.json", R"({"extends": ["a.json"]})");
    const std::string path = folder.write("a.json", R"({"extends": "b.json"})");
    CHECK(without(complaints(file_request(path)), folder.file("")) ==
          "c.json:1:14: extends: a file cannot extend itself: a.json -> b.json -> c.json -> "
          "a.json\n");
    const std::string self = folder.write("d.json", R"({"extends": "d.json"})");
    CHECK(without(complaints(file_request(self)), folder.file("")) ==
          "d.json:1:13: extends: a file cannot extend itself: d.json -> d.json\n");
}

TEST_CASE("scenario_json: files that cannot be read are file errors") {
    const TemporaryFolder folder;
    for (const auto& [name, why] :
         {std::pair{"no.json", "No such file or directory"}, std::pair{"", "Is a directory"}}) {
        try {
            static_cast<void>(load_scenario(file_request(folder.file(name))));
            FAIL("read");
        } catch (const ScenarioErrors& errors) {
            CHECK(errors.exit_code() == 74);
            CHECK(printed(errors.issues()) ==
                  fmt::format("{}: cannot be read: {}\n", folder.file(name), why));
        }
    }
}

TEST_CASE("scenario_json: paths start from the file that names them") {
    const TemporaryFolder folder;
    folder.write("t.csv", "arrival_s,prompt_tokens,output_tokens\n0,10,10\n");
    const std::string path = folder.write("s.json",
                                          changed(R"({"kind": "poisson", "rate_per_s": 2})",
                                                  R"({"kind": "trace", "path": "t.csv"})"));
    const Scenario s = load_scenario(file_request(path));
    CHECK(s.workload.classes.front().arrival.text("path") == folder.file("t.csv"));
}

TEST_CASE("scenario_json: --set takes JSON, words, and numbers with units") {
    const Scenario s =
        loaded(sound(),
               {"pools.main.replicas=4",
                "workload.classes.chat.slo.ttft_p99=300 ms",
                "workload.classes.chat.arrival.rate=120 per_min",
                "pools.main.gpu.hbm_bandwidth=4.8 TB/s",
                "pools.main.precision.kv=fp8",
                "pools.main.engine=vllm_v1_sync",
                "name=7",
                "horizon_min=2",
                "workload.classes.chat.output_tokens={\"kind\": \"fixed\", \"tokens\": 9}"});
    CHECK(s.pools.front().replicas == 4);
    CHECK(s.workload.classes.front().slo.front().limit == 300.0 * millisecond);
    CHECK(s.workload.classes.front().arrival.number("rate", 0.0) == doctest::Approx(2.0));
    CHECK(s.pools.front().deployment.gpu.hbm_bandwidth == 4.8 * TB / second);
    CHECK(s.pools.front().deployment.precisions.kv == Precision::fp8);
    CHECK(s.pools.front().deployment.precisions.weights == Precision::bf16);
    CHECK(s.pools.front().deployment.engine.pipeline_depth == 1);
    CHECK(s.name == "7");
    CHECK(s.horizon == 120.0 * second);
    CHECK(s.workload.classes.front().output_tokens.number("tokens", 0.0) == 9.0);
}

TEST_CASE("scenario_json: mistakes in --set and --unset are located there") {
    const auto said = [](std::vector<std::string> sets, std::vector<std::string> unsets = {}) {
        LoadRequest request = request_of(sound(), std::move(sets));
        request.unsets = std::move(unsets);
        return complaints(request);
    };
    CHECK(said({"nonsense"}) == "--set: expected path=value, got \"nonsense\"\n");
    CHECK(said({"pools.main.replcas=3"}) ==
          "--set: pools.main.replcas: unknown field \"replcas\"; did you mean \"replicas\"? known: "
          "model, gpu, server, precision, parallelism, replicas, engine, batching, rule, "
          "efficiencies\n");
    CHECK(
        said({"pools.mian.replicas=3"}) ==
        "--set: pools.mian.replicas: unknown name \"mian\"; did you mean \"main\"? known: main\n");
    CHECK(said({"pools.main.replicas=many"}) ==
          "--set: pools.main.replicas: expected a whole number, got the string \"many\"\n");
    CHECK(said({"workload.classes.chat.slo.ttft_p99=300"}) ==
          "--set: workload.classes.chat.slo.ttft_p99: \"300\" needs a unit, in the value (\"300 "
          "s\") or in the key: ttft_p99_s, ttft_p99_ms, ttft_p99_us, ttft_p99_ns, ttft_p99_min, "
          "ttft_p99_h, ttft_p99_days\n");
    CHECK(said({"workload.classes.chat.slo.ttft_p99=300 GB"}) ==
          "--set: workload.classes.chat.slo.ttft_p99: \"300 GB\" needs a unit, in the value (\"300 "
          "s\") or in the key: ttft_p99_s, ttft_p99_ms, ttft_p99_us, ttft_p99_ns, ttft_p99_min, "
          "ttft_p99_h, ttft_p99_days\n");
    CHECK(said({"seed.low=1"}) == "--set: seed.low: \"seed\" has no fields\n");
    CHECK(said({}, {"warm_up"}) == "--unset: warm_up: nothing is given there\n");
}

TEST_CASE("scenario_json: --unset removes whatever the unit") {
    LoadRequest request = request_of(sound());
    request.unsets = {"horizon", "workload.classes.chat.slo"};
    const Scenario s = load_scenario(request);
    CHECK(s.horizon == 1.0 * hour);
    CHECK(s.workload.classes.front().slo.empty());
}

TEST_CASE("scenario_json: a changed catalog item keeps the sources of what did not change") {
    const Scenario s = loaded(changed(
        "\"h100_sxm\"", R"({"extends": "h100_sxm", "hbm_bandwidth_tb_per_s": 4.8, "tdp_w": 700})"));
    CHECK(s.pools.front().gpu_id == "h100_sxm");
    CHECK_FALSE(has_source(s, "gpus/h100_sxm", "hbm_bandwidth"));
    CHECK(has_source(s, "gpus/h100_sxm", "hbm_visible"));
    // The same number as the catalog's is still the catalog's.
    CHECK(has_source(s, "gpus/h100_sxm", "tdp"));

    const Scenario t = loaded(
        changed("\"hgx_h100\"", R"({"extends": "hgx_h100", "scale_up": {"latency_us": 9}})"));
    CHECK(t.pools.front().deployment.server.scale_up.latency == 9.0 * microsecond);
    CHECK(t.pools.front().deployment.server.scale_up.bandwidth_per_direction ==
          450.0 * GB / second);
    CHECK_FALSE(has_source(t, "fabrics/nvlink4", "latency"));
    CHECK(has_source(t, "fabrics/nvlink4", "bandwidth_per_direction"));
}

TEST_CASE("scenario_json: the scenario's own prices take the place of the book's") {
    const Scenario s = loaded(changed(R"("tenure": "on_demand")",
                                      R"("tenure": "on_demand", "rent_usd_per_gpu_hour": 1.25,
                                          "pue": 1.1)"));
    const auto price = price_on(s.prices.book, "h100_sxm", Tenure::on_demand, s.as_of);
    REQUIRE(std::holds_alternative<Dated<UsdPerSecond>>(price));
    CHECK(std::get<Dated<UsdPerSecond>>(price).value == 1.25 * (1.0 / hour) * usd);
    CHECK(pue_on(s.prices.book, s.as_of)->value == 1.1);
    for (const Provenance& p : s.provenance) CHECK_FALSE(p.field.starts_with("rents.h100_sxm.on"));
}

TEST_CASE(
    "scenario_json: a model whose settings sort the vocabulary does so where the engine can") {
    const auto sampler = [](const std::string& engine) {
        return loaded(changed(R"({"preset": "vllm_v1_async", "max_sequences": 64})", engine))
            .pools.front()
            .deployment.engine.sampler;
    };
    CHECK(sampler("\"vllm_v1_async\"") == Sampler::sort);
    CHECK(sampler("\"sglang\"") == Sampler::greedy);
    CHECK(sampler("\"ideal\"") == Sampler::greedy);
    CHECK(sampler(R"({"sampler": "greedy"})") == Sampler::greedy);
}

TEST_CASE("scenario_json: a resolved scenario loads to the same bytes and sources") {
    const std::vector<std::string> texts{
        sound(),
        changed("\"rental_2026\"", "\"rental_2026+ownership_2026\""),
        changed("\"h100_sxm\"", R"({"extends": "h100_sxm", "hbm_bandwidth_tb_per_s": 4.8123})"),
        changed("\"horizon_s\": 600", "\"max_requests\": 1000, \"seed\": 9007199254740993"),
        changed(R"({"kind": "fixed", "tokens": 512})",
                R"({"kind": "lognormal", "mean": 700.123456789, "sigma": 0.7})"),
        changed("\"replicas\": 1", R"("rule": {"step_constant_ms": 33.3}, "replicas": 2)"),
        changed(", \"tenure\": \"on_demand\"", ", \"rent_usd_per_gpu_hour\": 1.1"),
        changed("\"bf16\"", R"({"weights": "fp8", "kv": "fp8"})"),
    };
    for (const std::string& text : texts) {
        const Scenario first = loaded(text);
        const std::string resolved = resolved_json(first);
        const Scenario second = loaded(resolved);
        CHECK(resolved_json(second) == resolved);
        CHECK(second.provenance.size() == first.provenance.size());
        CHECK(second.as_of == first.as_of);
        CHECK(second.seed == first.seed);
        CHECK(second.pools.front().gpu_id == first.pools.front().gpu_id);
        CHECK(second.pools.front().deployment.gpu.hbm_bandwidth ==
              first.pools.front().deployment.gpu.hbm_bandwidth);
    }
}
