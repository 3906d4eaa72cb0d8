#include "sim/identity.h"

#include <array>
#include <cstdint>

#include <fmt/format.h>
#include <nettle/sha2.h>

#include "sim/io/scenario_json.h"
#include "sim/io/text_file.h"

namespace plimsoll {
namespace {

std::string_view to_string(Fidelity fidelity) {
    return fidelity == Fidelity::rule ? "rule" : "roofline";
}

/// The fidelities of the pools, each named once.
std::string fidelities(const Scenario& scenario) {
    std::string all;
    for (const Pool& pool : scenario.pools) {
        const std::string_view name = to_string(pool.deployment.fidelity);
        if (all.find(name) != std::string::npos) continue;
        if (!all.empty()) all += '+';
        all += name;
    }
    return all;
}

std::string trace_hash(const Scenario& scenario) {
    std::string hashes;
    for (const RequestClass& c : scenario.workload.classes) {
        if (c.arrival.kind == "trace") hashes += sha256_hex(read_text_file(c.arrival.text("path")));
        if (c.lengths.has("path")) hashes += sha256_hex(read_text_file(c.lengths.text("path")));
    }
    return hashes.size() > 64 ? sha256_hex(hashes) : hashes;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
    sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
    sha256_digest(&context, digest.size(), digest.data());
    return fmt::format("{:02x}", fmt::join(digest, ""));
}

void identify(Summary& summary, const Scenario& scenario) {
    summary.made_by = {.version = PLIMSOLL_VERSION,
                       .model_revision = std::string(kModelRevision),
                       .fidelity = fidelities(scenario),
                       .seed = scenario.seed,
                       .replications = 1};
    summary.scenario = {.name = scenario.name,
                        .as_of = scenario.as_of,
                        .sha256 = sha256_hex(resolved_json(scenario)),
                        .catalog_sha256 = scenario.catalog_sha256,
                        .trace_sha256 = trace_hash(scenario)};
}

}  // namespace plimsoll
