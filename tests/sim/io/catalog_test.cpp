#include "sim/io/catalog.h"

#include <filesystem>

#include <doctest/doctest.h>

#include "sim/io/catalog_show.h"
#include "tests/sim/io/loading.h"
#include "tests/support/temporary_folder.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

constexpr const char* kFabric = R"({
  "format": "plimsoll.fabric/1",
  "name": "wire",
  "bandwidth_per_direction_gb_per_s": 10,
  "latency_us": 5,
  "sources": {"sheet": {"document": "A sheet", "date": "2026-01-02"}},
  "provenance": {
    "default": {"mark": "R", "source": "sheet"},
    "latency": {"mark": "M", "source": "sheet", "note": "a guess"}
  }
})";

class FabricFolder {
public:
    FabricFolder() { std::filesystem::create_directories(folder_.file("fabrics")); }
    void write(const std::string& text) const { folder_.write("fabrics/wire.json", text); }
    [[nodiscard]] std::string dir() const { return folder_.file("."); }
    [[nodiscard]] std::string said() const {
        try {
            static_cast<void>(Catalog({dir()}).fabric("wire"));
        } catch (const ScenarioErrors& errors) {
            std::string text = printed(errors.issues());
            const std::string file = Catalog({dir()}).file_of("fabrics", "wire");
            for (std::size_t at; (at = text.find(file)) != std::string::npos;) {
                text.replace(at, file.size(), "wire.json");
            }
            return text;
        }
        return "";
    }

private:
    TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("catalog: every shipped item loads, and every number has a source") {
    const Catalog catalog(shipped_catalog());
    for (const std::string& kind : catalog_kinds()) {
        CHECK_FALSE(catalog.ids(kind).empty());
        for (const std::string& id : catalog.ids(kind)) {
            CAPTURE(id);
            for (const ShownField& field : shown_fields(catalog, kind, id)) {
                const bool is_number = !field.value.empty() && field.value.front() >= '1' &&
                                       field.value.front() <= '9' && field.path != "name";
                if (is_number) {
                    CAPTURE(field.path);
                    CHECK(field.mark != "");
                    CHECK(field.date != "");
                }
            }
        }
    }
}

TEST_CASE("catalog: numbers carry the source of their field, or the default") {
    const FabricFolder folder;
    folder.write(kFabric);
    const CatalogItem<Fabric> item = Catalog({folder.dir()}).fabric("wire");
    CHECK(item.value.latency == 5.0 * microsecond);
    REQUIRE(item.sources.size() == 2);
    CHECK(item.sources[0].path == "bandwidth_per_direction");
    CHECK(item.sources[0].provenance.mark == Mark::r);
    CHECK(item.sources[0].provenance.item == "fabrics/wire");
    CHECK(item.sources[1].path == "latency");
    CHECK(item.sources[1].provenance.mark == Mark::m);
    CHECK(item.sources[1].provenance.source == "A sheet");
    CHECK(item.sources[1].provenance.date == "2026-01-02");
}

TEST_CASE("catalog: no source, no load") {
    const FabricFolder folder;
    const auto said = [&](std::string_view from, std::string_view to) {
        folder.write(changed(from, to, kFabric));
        return folder.said();
    };
    CHECK(said(R"("default": {"mark": "R", "source": "sheet"},)", "") ==
          "wire.json:4:3: bandwidth_per_direction: a number without a source; name one in "
          "\"provenance\"\n");
    CHECK(said(R"({"mark": "M", "source": "sheet", "note": "a guess"})",
               R"({"mark": "M", "source": "shet"})") ==
          "wire.json:9:40: provenance.latency.source: unknown source \"shet\"; did you mean "
          "\"sheet\"? known: sheet\n");
    CHECK(said("\"mark\": \"M\"", "\"mark\": \"X\"") ==
          "wire.json:9:25: provenance.latency.mark: unknown \"X\"; known: R, R2, D, M\n");
    CHECK(said("\"latency\": {", "\"latencies\": {") ==
          "wire.json:9:5: provenance.latencies: names no field of this file\n");
    CHECK(said("\"date\": \"2026-01-02\"", "\"date\": \"soon\"") ==
          "wire.json:6:56: sources.sheet.date: expected a date (\"2026-05-01\"), got \"soon\"\n");
    CHECK(said("plimsoll.fabric/1", "plimsoll.gpu/1") ==
          "wire.json:2:13: format: unknown \"plimsoll.gpu/1\"; known: plimsoll.fabric/1\n");
    CHECK(said("\"latency_us\"", "\"latency_gb\"")
              .starts_with(
                  "wire.json:5:3: latency_gb: \"gb\" is no unit of latency; allowed: latency_s,"));
}

TEST_CASE("catalog: the first folder that has a file wins") {
    const FabricFolder first;
    const FabricFolder second;
    first.write(changed("\"wire\"", "\"first\"", kFabric));
    second.write(changed("\"wire\"", "\"second\"", kFabric));
    CHECK(Catalog({first.dir(), second.dir()}).fabric("wire").value.name == "first");
    CHECK(Catalog({second.dir(), first.dir()}).fabric("wire").value.name == "second");
}

TEST_CASE("catalog: unknown names and names that leave the folder are refused") {
    const Catalog catalog(shipped_catalog());
    CHECK_THROWS_AS(static_cast<void>(catalog.gpu("h100")), ScenarioErrors);
    CHECK(catalog.file_of("gpus", "../gpus/h100_sxm") == "");
    CHECK(catalog.file_of("gpus", "") == "");
}

TEST_CASE("catalog: two price books join") {
    const Catalog catalog(shipped_catalog());
    const CatalogItem<PriceBook> both = catalog.prices("rental_2026+ownership_2026");
    CHECK(both.id == "rental_2026+ownership_2026");
    CHECK_FALSE(both.value.rents.empty());
    CHECK_FALSE(both.value.servers.empty());
    CHECK(both.value.ownership.has_value());
}

TEST_CASE("catalog: folders given come before the environment's and the shipped one") {
    const std::vector<std::string> dirs =
        catalog_dirs({"a", "b"}, "c::d", PLIMSOLL_SOURCE_DIR "/build/dev/bin/plimsoll");
    REQUIRE(dirs.size() == 5);
    CHECK(dirs[0] == "a");
    CHECK(dirs[2] == "c");
    CHECK(dirs[3] == "d");
    CHECK(dirs[4].ends_with("/scenarios/catalog"));
}
