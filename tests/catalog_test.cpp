#include "sim/io/catalog.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "models/llm.h"
#include "models/price.h"
#include "tests/support/llms.h"

namespace plimsoll {
namespace {

using nlohmann::json;

const std::string kFolder = std::string(PLIMSOLL_SOURCE_DIR) + "/scenarios/catalog";

Catalog catalog() { return Catalog({kFolder}); }

json raw(const std::string& kind, const std::string& id) {
    std::ifstream file(kFolder + "/" + kind + "/" + id + ".json");
    return json::parse(file);
}

bool holds_number(const json& value) {
    if (value.is_number()) return true;
    if (!value.is_structured()) return false;
    for (const json& inner : value) {
        if (holds_number(inner)) return true;
    }
    return false;
}

/// Loading resolves references, checks every key and refuses numbers without a source.
template <class Load>
void load_all(const std::string& kind, std::size_t at_least, Load load) {
    const std::vector<std::string> ids = catalog().ids(kind);
    CHECK(ids.size() >= at_least);
    for (const std::string& id : ids) {
        CAPTURE(kind);
        CAPTURE(id);
        try {
            const auto item = load(id);
            CHECK(item.id == id);
            CHECK(!item.value.name.empty());
            CHECK(!item.sources.empty());
        } catch (const ScenarioErrors& errors) {
            FAIL_CHECK(printed(errors.issues()));
        }
    }
}

TEST_CASE("catalog: every file loads") {
    load_all("gpus", 45, [](const std::string& id) { return catalog().gpu(id); });
    load_all("fabrics", 30, [](const std::string& id) { return catalog().fabric(id); });
    load_all("servers", 40, [](const std::string& id) { return catalog().server(id); });
    load_all("llms", 55, [](const std::string& id) { return catalog().llm(id); });
    load_all("prices", 4, [](const std::string& id) { return catalog().prices(id); });
    load_all("devices", 30, [](const std::string& id) { return catalog().device(id); });
    load_all("encoders", 20, [](const std::string& id) { return catalog().encoder(id); });
    load_all("modalities", 35, [](const std::string& id) { return catalog().modality(id); });
    load_all("networks", 8, [](const std::string& id) { return catalog().network(id); });
    load_all("regions", 1, [](const std::string& id) { return catalog().regions(id); });
    load_all("grids", 36, [](const std::string& id) { return catalog().grid(id); });
    load_all("facilities", 6, [](const std::string& id) { return catalog().facility(id); });
}

TEST_CASE("catalog: ids are file names in snake case, formats name their kind") {
    const std::map<std::string, std::string> formats{{"gpus", "plimsoll.gpu/1"},
                                                     {"fabrics", "plimsoll.fabric/1"},
                                                     {"servers", "plimsoll.server/1"},
                                                     {"llms", "plimsoll.llm/1"},
                                                     {"prices", "plimsoll.prices/1"},
                                                     {"devices", "plimsoll.device/1"},
                                                     {"encoders", "plimsoll.encoder/1"},
                                                     {"modalities", "plimsoll.modality/1"},
                                                     {"networks", "plimsoll.network/1"},
                                                     {"regions", "plimsoll.regions/1"},
                                                     {"grids", "plimsoll.grid/1"},
                                                     {"facilities", "plimsoll.facility/1"}};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kFolder)) {
        if (!entry.is_regular_file()) continue;
        const std::filesystem::path path = entry.path();
        CAPTURE(path.string());
        CHECK(path.extension() == ".json");
        const std::string id = path.stem().string();
        CHECK(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos);
        const std::string kind = path.parent_path().filename().string();
        REQUIRE(formats.contains(kind));
        CHECK(raw(kind, id).at("format") == formats.at(kind));
    }
}

void check_sources(const json& item) {
    std::set<std::string> used;
    const auto check_provenance = [&](const json& provenance) {
        const auto mark = provenance.at("mark").get<std::string>();
        CHECK(std::set<std::string>{"R", "R2", "D", "M"}.contains(mark));
        const auto source = provenance.at("source").get<std::string>();
        CHECK(item.at("sources").contains(source));
        used.insert(source);
    };
    if (item.contains("provenance")) {
        for (const json& provenance : item.at("provenance")) check_provenance(provenance);
    }
    // Price books and rows of measurements carry source and mark beside each number.
    const auto visit = [&](const auto& self, const json& value) -> void {
        if (value.is_object() && value.contains("source")) {
            check_provenance(value);
            const bool has_date = value.contains("date");
            if (has_date) CHECK(days_from_epoch(value.at("date").get<std::string>()).has_value());
        }
        if (!value.is_structured()) return;
        for (const json& inner : value) self(self, inner);
    };
    for (const auto& [key, value] : item.items()) {
        if (key != "provenance" && key != "sources") visit(visit, value);
    }
    for (const auto& listed : item.at("sources").items()) {
        const json& source = listed.value();
        CAPTURE(listed.key());
        CHECK(used.contains(listed.key()));
        CHECK(source.at("document").get<std::string>().size() > 10);
        CHECK(days_from_epoch(source.at("date").get<std::string>()).has_value());
    }
}

TEST_CASE("catalog: every number has a source with document, date and mark") {
    for (const std::string& kind : catalog_kinds()) {
        for (const std::string& id : catalog().ids(kind)) {
            CAPTURE(kind);
            CAPTURE(id);
            const json item = raw(kind, id);
            check_sources(item);
            if (kind == "prices") continue;
            const json& provenance = item.at("provenance");
            bool default_needed = false;
            std::set<std::string> explained{"default"};
            for (const auto& [key, value] : item.items()) {
                if (key == "provenance" || key == "sources") continue;
                bool found = false;
                for (const auto& [stem, where] : provenance.items()) {
                    if (key == stem || key.starts_with(stem + "_")) {
                        explained.insert(stem);
                        found = true;
                    }
                }
                default_needed = default_needed || (!found && holds_number(value));
            }
            CHECK((provenance.contains("default") || !default_needed));
            for (const auto& entry : provenance.items()) {
                CAPTURE(entry.key());
                CHECK(explained.contains(entry.key().substr(0, entry.key().find('.'))));
            }
        }
    }
}

TEST_CASE("catalog: there is a model of every kind of attention") {
    std::set<std::string> kinds;
    for (const std::string& id : catalog().ids("llms")) {
        for (const LayerGroup& group : catalog().llm(id).value.layer_groups) {
            const Attention& a = group.attention;
            if (a.kind == AttentionKind::latent) kinds.insert("latent");
            if (a.kind == AttentionKind::linear) kinds.insert("linear");
            if (a.window > 0) kinds.insert("window");
            if (a.top_k > 0) kinds.insert("sparse");
            if (a.kind == AttentionKind::grouped) {
                kinds.insert(a.kv_heads == a.heads ? "multi-head" : "grouped-query");
            }
            if (group.ffn.is_moe()) kinds.insert("experts");
        }
        CHECK(span_limits(catalog().llm(id).value).size() <= 4);
    }
    CHECK(kinds ==
          std::set<std::string>{
              "latent", "linear", "window", "sparse", "multi-head", "grouped-query", "experts"});
}

TEST_CASE("catalog: GPUs are consistent with themselves") {
    const std::set<std::string> other_ratios{
        // Blackwell Ultra and Rubin widen FP4 and FP8 alone.
        "b300_sxm",
        "gb300",
        "rubin",
        // FP4 without FP32 accumulation.
        "rtx_5090",
        // FP8 and BF16 at the same rate.
        "gaudi3",
        "tpu_v6e",
        // TF32 as BF16; FP8 a little below twice it.
        "trainium2",
        "ascend_950dt",
        // BF16 of 1,677 at its real clock against TF32 on paper.
        "gaudi2",
    };
    for (const std::string& id : catalog().ids("gpus")) {
        CAPTURE(id);
        const Gpu gpu = catalog().gpu(id).value;
        CHECK(gpu.hbm_visible < gpu.hbm_nominal);
        CHECK(gpu.hbm_visible > 0.9 * gpu.hbm_nominal);
        CHECK(gpu.idle < 0.3 * gpu.tdp);
        CHECK(gpu.year >= 2017);
        CHECK(gpu.peak(Precision::fp16) + gpu.peak(Precision::bf16) > FlopsPerSecond());
        // Sampling sorts the vocabulary on the vector units.
        CHECK(gpu.peak(Precision::fp32) > FlopsPerSecond());
        CHECK(gpu.scale_up_per_direction >= gpu.pcie_per_direction);
        const bool is_hopper_or_later = gpu.architecture == "hopper" ||
                                        gpu.architecture == "blackwell" ||
                                        gpu.architecture == "rubin";
        CHECK((gpu.attention_kernels == AttentionKernels::fa3) == is_hopper_or_later);
        // Halving the width doubles the dense peak; three or more times as much is a sparse figure.
        for (const auto& [narrow, wide] : {std::pair{Precision::fp8, Precision::bf16},
                                           {Precision::fp4, Precision::fp8},
                                           {Precision::bf16, Precision::tf32}}) {
            if (gpu.peak(narrow).value() == 0.0 || gpu.peak(wide).value() == 0.0) continue;
            if (other_ratios.contains(id)) continue;
            CHECK(gpu.peak(narrow) / gpu.peak(wide) == doctest::Approx(2.0).epsilon(0.03));
        }
    }
}

TEST_CASE("catalog: servers name fabrics, and PCIe is far slower than NVLink") {
    const Server h100 = catalog().server("hgx_h100").value;
    CHECK(h100.gpus == 8);
    CHECK(h100.scale_up.domain_gpus == 8);
    CHECK(h100.scale_out.domain_gpus == 0);
    CHECK(h100.scale_up.bandwidth_per_direction ==
          catalog().gpu("h100_sxm").value.scale_up_per_direction);
    const Fabric pcie = catalog().server("l40s_8x_pcie").value.scale_up;
    const Fabric nvlink = h100.scale_up;
    CHECK(nvlink.bandwidth_per_direction * nvlink.efficiency >
          20.0 * (pcie.bandwidth_per_direction * pcie.efficiency));
}

/// Sold or rented at prices that are not public, or not yet sold.
const std::set<std::string> kGpusWithoutRent{"a30",
                                             "a800_sxm_80gb",
                                             "arc_pro_b60",
                                             "ascend_910b",
                                             "ascend_910c",
                                             "ascend_950dt",
                                             "b300_sxm",
                                             "gaudi2",
                                             "gaudi3",
                                             "gb300",
                                             "gh200_144gb",
                                             "h20_141gb",
                                             "kunlun_r200",
                                             "l20",
                                             "mi210",
                                             "mi308x",
                                             "mi455x",
                                             "rubin",
                                             "tpu_v7x"};

TEST_CASE("catalog: price books speak of catalog GPUs and servers, and of nearly all of them") {
    const PriceBook rental = catalog().prices("rental_2026").value;
    std::set<std::string> rented;
    for (const RentSeries& series : rental.rents) {
        CAPTURE(series.gpu);
        CHECK(!catalog().file_of("gpus", series.gpu).empty());
        CHECK(series.tenure != Tenure::owned);
        rented.insert(series.gpu);
    }
    for (const std::string& id : catalog().ids("gpus")) {
        CAPTURE(id);
        CHECK((rented.contains(id) || kGpusWithoutRent.contains(id)));
    }

    const PriceBook ownership = catalog().prices("ownership_2026").value;
    std::set<std::string> sold;
    for (const ServerSeries& series : ownership.servers) {
        CAPTURE(series.server);
        CHECK(!catalog().file_of("servers", series.server).empty());
        sold.insert(series.server);
    }
    CHECK(sold.size() >= 20);
    CHECK(ownership.ownership.has_value());
    CHECK(catalog().prices("api_2026").value.apis.size() == 14);
    CHECK(catalog().prices("traffic_2025").value.traffic.size() >= 7);
}

TEST_CASE("catalog: rent falls from on demand over reserved to spot") {
    const PriceBook book = catalog().prices("rental_2026").value;
    const auto price = [&](const std::string& gpu, Tenure tenure) {
        const auto found = price_on(book, gpu, tenure, "2026-07-01");
        REQUIRE(std::holds_alternative<Dated<UsdPerSecond>>(found));
        return std::get<Dated<UsdPerSecond>>(found).value.in(usd / hour);
    };
    CHECK(price("h100_sxm", Tenure::on_demand) == doctest::Approx(2.95));
    CHECK(price("h100_sxm", Tenure::reserved) == doctest::Approx(2.35));
    CHECK(price("h100_sxm", Tenure::spot) == doctest::Approx(0.80));
    for (const std::string gpu : {"h100_sxm", "h200_sxm", "b200_sxm", "a100_sxm_80gb", "l40s"}) {
        CAPTURE(gpu);
        CHECK(price(gpu, Tenure::spot) < price(gpu, Tenure::reserved));
        CHECK(price(gpu, Tenure::reserved) < price(gpu, Tenure::on_demand));
    }
}

TEST_CASE("catalog: the values that other tests use agree with it") {
    const std::map<std::string, Llm> llms{{"llama2_7b", test::llama2_7b()},
                                          {"llama2_70b", test::llama2_70b()},
                                          {"llama3_1_8b", test::llama3_1_8b()},
                                          {"llama3_1_70b", test::llama3_1_70b()},
                                          {"gpt3_175b", test::gpt3_175b()},
                                          {"llama3_1_405b", test::llama3_1_405b()},
                                          {"mixtral_8x7b", test::mixtral_8x7b()},
                                          {"deepseek_v3", test::deepseek_v3()},
                                          {"gemma2_9b", test::gemma2_9b()},
                                          {"qwen3_5_35b_a3b", test::qwen3_5_35b_a3b()}};
    for (const auto& expected : llms) {
        const std::string& id = expected.first;
        const Llm& value = expected.second;
        CAPTURE(id);
        const Llm llm = catalog().llm(id).value;
        CHECK(llm.hidden == value.hidden);
        CHECK(llm.max_context == value.max_context);
        REQUIRE(llm.layer_groups.size() == value.layer_groups.size());
        for (std::size_t i = 0; i < value.layer_groups.size(); ++i) {
            CHECK(llm.layer_groups[i].count == value.layer_groups[i].count);
            CHECK(llm.layer_groups[i].attention == value.layer_groups[i].attention);
            CHECK(llm.layer_groups[i].ffn == value.layer_groups[i].ffn);
        }
        CHECK(total_parameters(llm) == total_parameters(value));
    }
    const std::map<std::string, Gpu> gpus{{"h100_sxm", test::h100_sxm()},
                                          {"a100_sxm_80gb", test::a100_sxm_80gb()},
                                          {"l40s", test::l40s()}};
    for (const auto& expected : gpus) {
        const std::string& id = expected.first;
        const Gpu& value = expected.second;
        CAPTURE(id);
        const Gpu gpu = catalog().gpu(id).value;
        CHECK(gpu.name.find(value.name) == 0);
        CHECK(gpu.hbm_visible.value() == doctest::Approx(value.hbm_visible.value()));
        CHECK(gpu.hbm_bandwidth.value() == doctest::Approx(value.hbm_bandwidth.value()));
        CHECK(gpu.peak(Precision::bf16).value() ==
              doctest::Approx(value.peak(Precision::bf16).value()));
        CHECK(gpu.attention_kernels == value.attention_kernels);
    }
    const Fabric nvlink = catalog().fabric("nvlink4").value;
    CHECK(nvlink.latency.value() == doctest::Approx(test::nvlink4().latency.value()));
    CHECK(nvlink.efficiency == test::nvlink4().efficiency);
}

}  // namespace
}  // namespace plimsoll
