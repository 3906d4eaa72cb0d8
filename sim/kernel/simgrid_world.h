#pragma once

#include <vector>

#include "sim/kernel/platform.h"

namespace simgrid::s4u {
class Engine;
class Host;
class Link;
}  // namespace simgrid::s4u

namespace plimsoll::kernel {

/// Starts SimGrid as this project needs it: flows that share links equally, no traffic of
/// acknowledgements, no limit by windows, exact dates; the process keeps its signal handlers and
/// SimGrid sees no command line. Throws ContractViolation when it was started in this process
/// before. What it returns must not be deleted.
[[nodiscard]] simgrid::s4u::Engine* boot_simgrid();

/// The platform as SimGrid has it.
struct SimgridWorld {
    std::vector<simgrid::s4u::Host*> hosts;
    std::vector<simgrid::s4u::Link*> links;  ///< null for the uplink that a site does not have

    /// Builds it from a description; one host stands in when that has none.
    explicit SimgridWorld(const Topology& topology);

    /// The route that SimGrid takes.
    [[nodiscard]] std::vector<LinkId> route(HostId from, HostId to) const;
};

}  // namespace plimsoll::kernel
