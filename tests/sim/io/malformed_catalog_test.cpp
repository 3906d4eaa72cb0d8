#include <filesystem>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "sim/io/catalog.h"
#include "tests/sim/io/loading.h"
#include "tests/support/temporary_folder.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

constexpr const char* kDevice = R"({
  "format": "plimsoll.device/1",
  "name": "pocket",
  "kind": "phone",
  "year": 2026,
  "memory_gb": 12,
  "battery_wh": 15,
  "hot_share": 0.6,
  "speeds": [
    {"model": "llama3_2_1b", "quantisation": "int4", "runtime": "CPU", "decode_tok_per_s": 50,
     "source": "bench", "mark": "R"}
  ],
  "sources": {
    "sheet": {"document": "A sheet", "date": "2026-01-02"},
    "bench": {"document": "A bench", "date": "2026-01-03"}
  },
  "provenance": {"default": {"mark": "R2", "source": "sheet"}}
})";

struct Case {
    std::string_view name;
    std::string_view from;
    std::string_view to;
    std::string_view message;
};

constexpr Case kCases[] = {
    {"no format",
     "\"format\": \"plimsoll.device/1\",\n  ",
     "",
     "pocket.json:1:1: \"format\" is required\n"},
    {"another kind's format",
     "plimsoll.device/1",
     "plimsoll.gpu/1",
     "pocket.json:2:13: format: unknown \"plimsoll.gpu/1\"; known: plimsoll.device/1\n"},
    {"no name",
     "\"name\": \"pocket\",\n  ",
     "",
     "pocket.json:1:1: \"name\" is required: name for people\n"},
    {"an unknown word",
     "\"phone\"",
     "\"phon\"",
     "pocket.json:4:11: kind: unknown \"phon\"; did you mean \"phone\"? known: phone, laptop, "
     "desktop, board, car\n"},
    {"a fraction for a whole number",
     "2026,\n  \"memory",
     "2026.5,\n  \"memory",
     "pocket.json:5:11: year: expected a whole number, got the number 2026.5\n"},
    {"a text for a number",
     "\"memory_gb\": 12",
     "\"memory_gb\": \"12\"",
     "pocket.json:6:16: memory_gb: expected a number, got the string \"12\"\n"},
    {"no unit",
     "\"battery_wh\"",
     "\"battery\"",
     "pocket.json:7:3: battery: the key needs a unit; allowed: battery_wh, battery_kwh, "
     "battery_j\n"},
    {"another dimension's unit",
     "\"battery_wh\"",
     "\"battery_gb\"",
     "pocket.json:7:3: battery_gb: \"gb\" is no unit of battery; allowed: battery_wh, "
     "battery_kwh, battery_j\n"},
    {"out of range",
     "\"hot_share\": 0.6",
     "\"hot_share\": 1.6",
     "pocket.json:8:16: hot_share: 1.6 is out of range; allowed: more than 0, at most 1\n"},
    {"a unit twice",
     "\"battery_wh\": 15",
     "\"battery_wh\": 15, \"battery_j\": 54000",
     "pocket.json:7:21: battery: given twice, as \"battery_wh\" and \"battery_j\"\n"},
    {"a row with an unknown source",
     "\"source\": \"bench\"",
     "\"source\": \"bnch\"",
     "pocket.json:11:16: speeds[0].source: unknown source \"bnch\"; did you mean \"bench\"? "
     "known: bench, sheet\n"},
    {"a row without a mark",
     ", \"mark\": \"R\"",
     "",
     "pocket.json:10:5: speeds[0]: a number without a \"mark\" (R, R2, D or M)\n"},
    {"a row with an unknown mark",
     "\"mark\": \"R\"}\n",
     "\"mark\": \"S\"}\n",
     "pocket.json:11:33: speeds[0].mark: unknown \"S\"; known: R, R2, D, M\n"},
    {"no source at all",
     "\"provenance\": {\"default\": {\"mark\": \"R2\", \"source\": \"sheet\"}}",
     "\"provenance\": {\"battery\": {\"mark\": \"R2\", \"source\": \"sheet\"}, \"year\": "
     "{\"mark\": \"R2\", \"source\": \"sheet\"}, \"hot_share\": {\"mark\": \"D\", \"source\": "
     "\"sheet\"}}",
     "pocket.json:6:3: memory: a number without a source; name one in \"provenance\"\n"},
    {"provenance of nothing",
     "{\"default\": {",
     "{\"batery\": {\"mark\": \"R2\", \"source\": \"sheet\"}, \"default\": {",
     "pocket.json:17:18: provenance.batery: names no field of this file\n"},
    {"a date that is none",
     "2026-01-02",
     "2026-13-02",
     "pocket.json:14:46: sources.sheet.date: expected a date (\"2026-05-01\"), got "
     "\"2026-13-02\"\n"},
    {"a list that is none", "\"speeds\": [", "\"speeds\": 3, \"speds\": [", ""},
};

/// What loading `text` as a device complains of.
std::string said(const TemporaryFolder& folder, const std::string& text) {
    folder.write("devices/pocket.json", text);
    try {
        static_cast<void>(Catalog({folder.file(".")}).device("pocket"));
    } catch (const ScenarioErrors& errors) {
        std::string message = printed(errors.issues());
        const std::string file = Catalog({folder.file(".")}).file_of("devices", "pocket");
        for (std::size_t at; (at = message.find(file)) != std::string::npos;) {
            message.replace(at, file.size(), "pocket.json");
        }
        return message;
    }
    return "";
}

}  // namespace

TEST_CASE("malformed catalog: mistakes are one line with file, line and column") {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder.file("devices"));
    REQUIRE(said(folder, kDevice) == "");
    for (const Case& row : kCases) {
        CAPTURE(row.name);
        const std::string text = changed(row.from, row.to, kDevice);
        CHECK(text != kDevice);
        const std::string message = said(folder, text);
        if (row.message.empty()) {
            CHECK(message.starts_with("pocket.json:9:"));
        } else {
            CHECK(message == row.message);
        }
    }
}

TEST_CASE("malformed catalog: a file that is no JSON, or not there") {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder.file("devices"));
    CHECK(said(folder, "{").starts_with("pocket.json:1:"));
    CHECK(said(folder, "").starts_with("pocket.json:1:"));
    try {
        static_cast<void>(Catalog(shipped_catalog()).device("iphone_17_por"));
        FAIL_CHECK("found");
    } catch (const ScenarioErrors& errors) {
        CHECK(printed(errors.issues())
                  .find("unknown \"iphone_17_por\"; did you mean \"iphone_17_pro\"?") !=
              std::string::npos);
    }
}
