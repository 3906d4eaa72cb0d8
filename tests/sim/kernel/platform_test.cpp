#include "sim/kernel/platform.h"

#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "models/contract.h"

using namespace plimsoll::kernel;

namespace {

PlatformSpec two_sites() {
    PlatformSpec spec;
    const SiteId paris = spec.add_site({.name = "paris", .latency_s = 1e-3});
    const SiteId oregon =
        spec.add_site({.name = "oregon", .latency_s = 2e-3, .uplink_bytes_per_s = 5e9});
    spec.add_host(
        {.name = "p", .site = paris, .egress_bytes_per_s = 1e9, .ingress_bytes_per_s = 2e9});
    spec.add_host(
        {.name = "q", .site = paris, .egress_bytes_per_s = 3e9, .ingress_bytes_per_s = 4e9});
    spec.add_host({.name = "o",
                   .site = oregon,
                   .egress_bytes_per_s = 1e9,
                   .ingress_bytes_per_s = 1e9,
                   .latency_s = 0.25});
    spec.join({.a = paris, .b = oregon, .bytes_per_s = 7e9, .latency_s = 0.5});
    return spec;
}

std::vector<std::string> names(const Topology& topology, const std::vector<LinkId>& links) {
    std::vector<std::string> result;
    for (const LinkId link : links) result.push_back(topology.link_name(link));
    return result;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE(
    "platform: a route is the sender's egress, the way between the sites, the receiver's ingress") {
    const Topology topology(two_sites());
    CHECK(names(topology, topology.route(0, 1)) == Names{"p.egress", "q.ingress"});
    CHECK(names(topology, topology.route(0, 2)) ==
          Names{"p.egress", "paris-oregon.forward", "oregon.uplink_in", "o.ingress"});
    CHECK(names(topology, topology.route(2, 1)) ==
          Names{"o.egress", "oregon.uplink_out", "paris-oregon.backward", "q.ingress"});
    CHECK(topology.route(1, 1).empty());
}

TEST_CASE("platform: latency adds up along the way and is zero from a host to itself") {
    const Topology topology(two_sites());
    CHECK(topology.latency_s(0, 1) == 1e-3);
    CHECK(topology.latency_s(0, 2) == 0.75);  // 0 + 0.5 + 0.25
    CHECK(topology.latency_s(2, 0) == 0.75);
    CHECK(topology.latency_s(2, 2) == 0.0);
}

TEST_CASE("platform: each direction of each link has its number, name and bandwidth") {
    const Topology topology(two_sites());
    CHECK(topology.link_count() == 2 * (3 + 2 + 1));  // hosts, uplinks, long-distance
    CHECK(topology.bytes_per_s(topology.egress(0)) == 1e9);
    CHECK(topology.bytes_per_s(topology.ingress(1)) == 4e9);
    CHECK(topology.bytes_per_s(topology.uplink_in(1)) == 5e9);
    CHECK(topology.bytes_per_s(topology.wan(0, Direction::backward)) == 7e9);
    CHECK(topology.link_name(topology.wan(0, Direction::forward)) == "paris-oregon.forward");
}

TEST_CASE("platform: routes of several hops may share links, each crossed its own way") {
    PlatformSpec spec = two_sites();
    const SiteId tokyo = spec.add_site({.name = "tokyo"});
    spec.add_host(
        {.name = "t", .site = tokyo, .egress_bytes_per_s = 1e9, .ingress_bytes_per_s = 1e9});
    spec.wan_links.push_back({.name = "pacific", .bytes_per_s = 1e9});
    // from Tokyo to Paris through Oregon: the first link against its direction
    spec.wan_routes.push_back({.a = tokyo,
                               .b = 0,
                               .hops = {{.link = 1}, {.link = 0, .direction = Direction::backward}},
                               .latency_s = 1.0});
    const Topology topology(spec);
    CHECK(names(topology, topology.route(3, 0)) ==
          Names{"t.egress", "pacific.forward", "paris-oregon.backward", "p.ingress"});
    CHECK(names(topology, topology.route(0, 3)) ==
          Names{"p.egress", "paris-oregon.forward", "pacific.backward", "t.ingress"});
    CHECK(topology.joined(0, 3));
    CHECK_FALSE(topology.joined(2, 3));
    CHECK_THROWS_AS(static_cast<void>(topology.route(2, 3)), plimsoll::ContractViolation);
}

TEST_CASE("platform: a description that contradicts itself is refused") {
    const auto refused = [](const std::function<void(PlatformSpec&)>& change) {
        PlatformSpec spec = two_sites();
        change(spec);
        CHECK_THROWS_AS(Topology{spec}, std::invalid_argument);
    };
    refused([](PlatformSpec& s) { s.hosts[0].site = 2; });
    refused([](PlatformSpec& s) { s.hosts[0].egress_bytes_per_s = 0.0; });
    refused([](PlatformSpec& s) {
        s.hosts[0].ingress_bytes_per_s = std::numeric_limits<double>::infinity();
    });
    refused([](PlatformSpec& s) { s.hosts[0].latency_s = -1.0; });
    refused([](PlatformSpec& s) { s.sites[0].uplink_bytes_per_s = -1.0; });
    refused([](PlatformSpec& s) { s.wan_links[0].bytes_per_s = 0.0; });
    refused([](PlatformSpec& s) { s.wan_routes[0].hops.clear(); });
    refused([](PlatformSpec& s) { s.wan_routes[0].hops[0].link = 1; });
    refused([](PlatformSpec& s) { s.wan_routes[0].b = 0; });
    refused([](PlatformSpec& s) { s.wan_routes.push_back({.a = 1, .b = 0, .hops = {{}}}); });
}
