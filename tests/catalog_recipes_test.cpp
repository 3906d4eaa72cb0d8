// The recipes of scenarios/README.md, run as a reader would run them.

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "sim/io/catalog.h"
#include "tests/support/temporary_folder.h"

namespace plimsoll {
namespace {

using test::TemporaryFolder;

const std::string kShipped = std::string(PLIMSOLL_SOURCE_DIR) + "/scenarios/catalog";

/// The blocks that the README gives as files: "`gpus/x.json`:" and then a fenced block.
std::map<std::string, std::string> files_of_readme() {
    std::istringstream readme(
        test::bytes_of(std::string(PLIMSOLL_SOURCE_DIR) + "/scenarios/README.md"));
    std::map<std::string, std::string> files;
    std::string name;
    for (std::string line; std::getline(readme, line);) {
        if (line.starts_with('`') && line.ends_with(".json`:")) {
            name = line.substr(1, line.size() - 3);
        } else if (line.starts_with("```") && !name.empty()) {
            std::string& text = files[name];
            while (std::getline(readme, line) && line != "```") text += line + "\n";
            name.clear();
        }
    }
    return files;
}

/// Whatever its kind, so that a new recipe needs no new line here.
std::string complaint_of(const Catalog& catalog, const std::string& kind, const std::string& id) {
    try {
        if (kind == "gpus") return catalog.gpu(id).id == id ? "" : id;
        if (kind == "servers") return catalog.server(id).id == id ? "" : id;
        if (kind == "llms") return catalog.llm(id).id == id ? "" : id;
        if (kind == "prices") return catalog.prices(id).id == id ? "" : id;
        if (kind == "devices") return catalog.device(id).id == id ? "" : id;
        return "no recipe of this kind is known";
    } catch (const ScenarioErrors& errors) {
        return printed(errors.issues());
    }
}

TEST_CASE("catalog recipes: the files of the README load from a folder of one's own") {
    const TemporaryFolder folder;
    const std::map<std::string, std::string> files = files_of_readme();
    CHECK(files.size() >= 4);
    for (const auto& [name, text] : files) {
        std::filesystem::create_directories(std::filesystem::path(folder.file(name)).parent_path());
        folder.write(name, text);
    }
    const Catalog catalog({folder.file("."), kShipped});
    for (const auto& entry : files) {
        const std::string& name = entry.first;
        CAPTURE(name);
        const std::size_t slash = name.find('/');
        const std::string id = name.substr(slash + 1, name.size() - slash - 6);
        CHECK(complaint_of(catalog, name.substr(0, slash), id) == "");
    }
    // Beside what is shipped, not instead of it.
    CHECK(catalog.ids("gpus").size() == Catalog({kShipped}).ids("gpus").size() + 1);
    CHECK(catalog.gpu("h100_sxm").value.name == "NVIDIA H100 SXM 80 GB");
}

TEST_CASE("catalog recipes: a folder in front wins, file by file") {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder.file("gpus"));
    std::string text = test::bytes_of(kShipped + "/gpus/h100_sxm.json");
    const std::string from = "\"tdp_w\": 700";
    text.replace(text.find(from), from.size(), "\"tdp_w\": 500");
    folder.write("gpus/h100_sxm.json", text);
    CHECK(Catalog({folder.file("."), kShipped}).gpu("h100_sxm").value.tdp == 500.0 * watt);
    CHECK(Catalog({kShipped, folder.file(".")}).gpu("h100_sxm").value.tdp == 700.0 * watt);
    // Servers of the shipped folder still find their fabrics.
    CHECK(Catalog({folder.file("."), kShipped}).server("hgx_h100").value.gpus == 8);
}

TEST_CASE("catalog recipes: the table of the README counts what is there") {
    const Catalog catalog({kShipped});
    const std::string readme =
        test::bytes_of(std::string(PLIMSOLL_SOURCE_DIR) + "/scenarios/README.md");
    for (const std::string& kind : catalog_kinds()) {
        const std::string row =
            "| `" + kind + "` | " + std::to_string(catalog.ids(kind).size()) + " | ";
        CAPTURE(row);
        CHECK(readme.find(row) != std::string::npos);
    }
}

}  // namespace
}  // namespace plimsoll
