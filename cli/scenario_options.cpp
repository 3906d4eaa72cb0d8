#include "cli/scenario_options.h"

#include <cstdlib>
#include <filesystem>
#include <string>

namespace plimsoll::cli {
namespace {

std::vector<std::string> dirs_of(const Arguments& arguments) {
    const char* environment = std::getenv("PLIMSOLL_CATALOG");
    // argv[0] may be a bare name that was found on PATH.
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    return catalog_dirs(arguments.list("catalog"),
                        environment == nullptr ? "" : environment,
                        error ? arguments.program : self.string());
}

}  // namespace

std::vector<OptionSpec> catalog_options() {
    return {{"--catalog",
             "look up names in DIR first; may be repeated",
             OptionSpec::Kind::list,
             "DIR"}};
}

std::vector<OptionSpec> scenario_options() {
    using Kind = OptionSpec::Kind;
    const std::vector<OptionSpec> rows{
        {"SCENARIO", "scenario file; - is standard input", Kind::text, "", true},
        {"--set",
         "change one field: pools.chat.replicas=4, slo.ttft_p99='300 ms'; may be repeated",
         Kind::list,
         "PATH=VALUE"},
        {"--unset", "remove one field; may be repeated", Kind::list, "PATH"},
        {"--seed", "of all random streams", Kind::integer, "N"},
        {"--replications", "runs with seeds of their own", Kind::integer, "N"}};
    return rows + catalog_options();
}

LoadRequest load_request(const Arguments& arguments) {
    LoadRequest request;
    request.path = arguments.text("SCENARIO");
    request.sets = arguments.list("set");
    request.unsets = arguments.list("unset");
    request.catalog_dirs = dirs_of(arguments);
    for (const char* name : {"seed", "replications"}) {
        if (const auto value = arguments.integer(name)) {
            request.sets.push_back(std::string(name) + "=" + std::to_string(*value));
        }
    }
    return request;
}

Scenario scenario_of(const Arguments& arguments) { return load_scenario(load_request(arguments)); }

Catalog catalog_of(const Arguments& arguments) { return Catalog(dirs_of(arguments)); }

}  // namespace plimsoll::cli
