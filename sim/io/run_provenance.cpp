#include "sim/io/run_provenance.h"

#include <nlohmann/json.hpp>

namespace plimsoll {

std::string provenance_json(const RunProvenance& provenance) {
    nlohmann::ordered_json json;
    json["format"] = "plimsoll.provenance/1";
    json["version"] = provenance.version;
    json["compiler"] = provenance.compiler;
    json["host"] = provenance.host;
    json["cores"] = provenance.cores;
    json["jobs"] = provenance.jobs;
    json["started"] = provenance.started;
    json["wall_s"] = provenance.wall_s;
    json["command_line"] = provenance.command_line;
    json["scenario_sha256"] = provenance.scenario_sha256;
    // Bytes of the command line need not be UTF-8.
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace plimsoll
