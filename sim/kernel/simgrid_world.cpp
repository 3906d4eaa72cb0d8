#include "sim/kernel/simgrid_world.h"

#include <array>
#include <csignal>
#include <cstddef>
#include <string>

#include <simgrid/s4u.hpp>
#include <simgrid/version.h>
#include <xbt/log.h>

#include "models/contract.h"

namespace plimsoll::kernel {
namespace {

namespace s4u = simgrid::s4u;
using Links = std::vector<s4u::LinkInRoute>;

constexpr const char* kTimePrecision =
    SIMGRID_VERSION >= 33400 ? "precision/timing" : "surf/precision";

/// Keeps the handlers that the process had; SimGrid installs its own.
class KeepSignals {
public:
    KeepSignals() {
        for (std::size_t i = 0; i < kSignals.size(); ++i)
            sigaction(kSignals[i], nullptr, &kept_[i]);
    }
    ~KeepSignals() {
        for (std::size_t i = 0; i < kSignals.size(); ++i)
            sigaction(kSignals[i], &kept_[i], nullptr);
    }
    KeepSignals(const KeepSignals&) = delete;
    KeepSignals& operator=(const KeepSignals&) = delete;

private:
    static constexpr std::array<int, 3> kSignals = {SIGINT, SIGSEGV, SIGBUS};
    std::array<struct sigaction, kSignals.size()> kept_{};
};

/// Builds one Star zone per site, which holds hosts and a gateway, under a Full root that holds
/// zones alone. Zones that hold both make 3.32 return wrong routes.
class Builder {
public:
    Builder(const Topology& topology, SimgridWorld& world) : topology_(topology), world_(world) {}

    void build();

private:
    void make_site(SiteId site);
    void add_host(HostId host, s4u::NetZone* zone);
    void add_gateway(SiteId site, s4u::NetZone* zone);
    void add_route(SiteId from, SiteId to);
    s4u::Link* make_link(LinkId id, s4u::NetZone* zone);

    const Topology& topology_;
    SimgridWorld& world_;
    s4u::NetZone* root_ = nullptr;
    std::vector<std::vector<HostId>> hosts_of_;
    std::vector<s4u::NetZone*> zones_;
    std::vector<simgrid::kernel::routing::NetPoint*> gateways_;
};

s4u::Link* Builder::make_link(LinkId id, s4u::NetZone* zone) {
    s4u::Link* link = zone->create_link("l" + std::to_string(id), topology_.bytes_per_s(id));
    world_.links[id] = link;
    return link;
}

void Builder::add_host(HostId host, s4u::NetZone* zone) {
    s4u::Host* made = zone->create_host("h" + std::to_string(host), 1e12);
    world_.hosts[host] = made;
    s4u::Link* out = make_link(Topology::egress(host), zone);
    s4u::Link* in = make_link(Topology::ingress(host), zone);
    auto* point = made->get_netpoint();
    zone->add_route(point, nullptr, nullptr, nullptr, Links{s4u::LinkInRoute(out)}, false);
    zone->add_route(nullptr, point, nullptr, nullptr, Links{s4u::LinkInRoute(in)}, false);
}

void Builder::add_gateway(SiteId site, s4u::NetZone* zone) {
    auto* gateway = zone->create_router("g" + std::to_string(site));
    Links from_gateway;
    Links to_gateway;
    if (topology_.spec().sites[site].uplink_bytes_per_s > 0.0) {
        from_gateway.emplace_back(make_link(topology_.uplink_in(site), zone));
        to_gateway.emplace_back(make_link(topology_.uplink_out(site), zone));
    }
    zone->add_route(gateway, nullptr, nullptr, nullptr, from_gateway, false);
    zone->add_route(nullptr, gateway, nullptr, nullptr, to_gateway, false);
    gateways_.push_back(gateway);
}

void Builder::make_site(SiteId site) {
    s4u::NetZone* zone = s4u::create_star_zone("s" + std::to_string(site));
    zone->set_parent(root_);
    for (const HostId host : hosts_of_[site]) add_host(host, zone);
    add_gateway(site, zone);
    zone->seal();
    zones_.push_back(zone);
}

void Builder::add_route(SiteId from, SiteId to) {
    Links links;
    for (const LinkId id : topology_.wan_part(from, to)) {
        // the uplinks belong to the sites' zones
        if (id == topology_.uplink_out(from) || id == topology_.uplink_in(to)) continue;
        links.emplace_back(world_.links[id]);
    }
    root_->add_route(zones_[from]->get_netpoint(),
                     zones_[to]->get_netpoint(),
                     gateways_[from],
                     gateways_[to],
                     links,
                     false);
}

void Builder::build() {
    const PlatformSpec& spec = topology_.spec();
    hosts_of_.resize(spec.sites.size());
    for (HostId host = 0; host < spec.hosts.size(); ++host) {
        hosts_of_[spec.hosts[host].site].push_back(host);
    }
    root_ = s4u::create_full_zone("world");
    for (SiteId site = 0; site < spec.sites.size(); ++site) make_site(site);
    for (std::uint32_t link = 0; link < spec.wan_links.size(); ++link) {
        make_link(topology_.wan(link, Direction::forward), root_);
        make_link(topology_.wan(link, Direction::backward), root_);
    }
    for (const WanRouteSpec& route : spec.wan_routes) {
        add_route(route.a, route.b);
        add_route(route.b, route.a);
    }
    root_->seal();
}

}  // namespace

s4u::Engine* boot_simgrid() {
    PLIMSOLL_EXPECTS(!s4u::Engine::is_initialized());
    const KeepSignals keep;
    // by name, so that SimGrid sees no command line; never deleted, because its teardown is not
    // reliable
    auto* engine = new s4u::Engine("plimsoll");
    xbt_log_control_set("root.thres:warning");
    s4u::Engine::set_config("network/model:CM02");
    s4u::Engine::set_config("network/crosstraffic", false);
    s4u::Engine::set_config("network/TCP-gamma", 1e12);
    // By default a flow ends at any date within 1e-9 s of its own at which the clock happens to
    // stop; then results would depend on where it stops, that is on the lookahead.
    s4u::Engine::set_config(kTimePrecision, 1e-300);
    return engine;
}

SimgridWorld::SimgridWorld(const Topology& topology)
    : hosts(topology.host_count(), nullptr), links(topology.link_count(), nullptr) {
    if (topology.host_count() > 0) {
        Builder(topology, *this).build();
        return;
    }
    s4u::NetZone* zone = s4u::create_star_zone("alone");
    zone->create_host("alone", 1e12);
    zone->seal();
}

std::vector<LinkId> SimgridWorld::route(HostId from, HostId to) const {
    PLIMSOLL_EXPECTS(from < hosts.size() && to < hosts.size());
    std::vector<s4u::Link*> path;
    double latency_s = 0.0;  // route_to() adds to it
    hosts[from]->route_to(hosts[to], path, &latency_s);
    std::vector<LinkId> ids;
    ids.reserve(path.size());
    for (const s4u::Link* link : path) {
        ids.push_back(static_cast<LinkId>(std::stoul(link->get_name().substr(1))));
    }
    return ids;
}

}  // namespace plimsoll::kernel
