#include "sim/kernel/platform.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "models/contract.h"

namespace plimsoll::kernel {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw std::invalid_argument(message); }

void check_bandwidth(const std::string& what, double bytes_per_s) {
    if (!(bytes_per_s > 0.0) || !std::isfinite(bytes_per_s)) {
        refuse(fmt::format("{}: bandwidth must be positive and finite, is {}", what, bytes_per_s));
    }
}

void check_latency(const std::string& what, double latency_s) {
    if (!(latency_s >= 0.0) || !std::isfinite(latency_s)) {
        refuse(fmt::format("{}: latency must be finite and not negative, is {}", what, latency_s));
    }
}

}  // namespace

SiteId PlatformSpec::add_site(SiteSpec site) {
    sites.push_back(std::move(site));
    return static_cast<SiteId>(sites.size() - 1);
}

HostId PlatformSpec::add_host(HostSpec host) {
    hosts.push_back(std::move(host));
    return static_cast<HostId>(hosts.size() - 1);
}

std::uint32_t PlatformSpec::join(const WanJoin& join) {
    PLIMSOLL_EXPECTS(join.a < sites.size() && join.b < sites.size());
    const auto link = static_cast<std::uint32_t>(wan_links.size());
    wan_links.push_back(
        {.name = sites[join.a].name + "-" + sites[join.b].name, .bytes_per_s = join.bytes_per_s});
    wan_routes.push_back(
        {.a = join.a, .b = join.b, .hops = {WanHop{.link = link}}, .latency_s = join.latency_s});
    return link;
}

Topology::Topology(PlatformSpec spec) : spec_(std::move(spec)) {
    check();
    first_uplink_ = 2 * host_count();
    first_wan_ = first_uplink_ + 2 * static_cast<LinkId>(spec_.sites.size());
    const std::size_t sites = spec_.sites.size();
    paths_.resize(sites * sites);
    for (std::size_t s = 0; s < sites; ++s) {
        paths_[s * sites + s] = {.joined = true, .latency_s = spec_.sites[s].latency_s, .wan = {}};
    }
    for (const WanRouteSpec& route : spec_.wan_routes) add_path(route);
}

void Topology::check() const {
    if (spec_.hosts.size() > 100'000'000) refuse("too many hosts");
    for (const SiteSpec& site : spec_.sites) {
        check_latency(fmt::format("site {}", site.name), site.latency_s);
        if (site.uplink_bytes_per_s != 0.0) {
            check_bandwidth(fmt::format("site {}: uplink", site.name), site.uplink_bytes_per_s);
        }
    }
    for (const HostSpec& host : spec_.hosts) {
        if (host.site >= spec_.sites.size())
            refuse(fmt::format("host {}: unknown site", host.name));
        check_bandwidth(fmt::format("host {}: egress", host.name), host.egress_bytes_per_s);
        check_bandwidth(fmt::format("host {}: ingress", host.name), host.ingress_bytes_per_s);
        check_latency(fmt::format("host {}", host.name), host.latency_s);
    }
    for (const WanLinkSpec& link : spec_.wan_links) {
        check_bandwidth(fmt::format("link {}", link.name), link.bytes_per_s);
    }
}

void Topology::add_path(const WanRouteSpec& route) {
    const std::size_t sites = spec_.sites.size();
    if (route.a >= sites || route.b >= sites || route.a == route.b) {
        refuse("a route must join two sites that exist");
    }
    const std::string what =
        fmt::format("route {} - {}", spec_.sites[route.a].name, spec_.sites[route.b].name);
    if (route.hops.empty()) refuse(what + ": no link");
    check_latency(what, route.latency_s);
    for (const WanHop& hop : route.hops) {
        if (hop.link >= spec_.wan_links.size()) refuse(what + ": unknown link");
    }
    const auto has_uplink = [this](SiteId site) {
        return spec_.sites[site].uplink_bytes_per_s > 0.0;
    };
    Path there{.joined = true, .latency_s = route.latency_s, .wan = {}};
    if (has_uplink(route.a)) there.wan.push_back(uplink_out(route.a));
    for (const WanHop& hop : route.hops) there.wan.push_back(wan(hop.link, hop.direction));
    if (has_uplink(route.b)) there.wan.push_back(uplink_in(route.b));
    Path back{.joined = true, .latency_s = route.latency_s, .wan = {}};
    if (has_uplink(route.b)) back.wan.push_back(uplink_out(route.b));
    for (std::size_t i = route.hops.size(); i-- > 0;) {
        const bool forward = route.hops[i].direction == Direction::forward;
        back.wan.push_back(
            wan(route.hops[i].link, forward ? Direction::backward : Direction::forward));
    }
    if (has_uplink(route.a)) back.wan.push_back(uplink_in(route.a));
    Path& forth_slot = paths_[route.a * sites + route.b];
    if (forth_slot.joined) refuse(what + ": joined twice");
    forth_slot = std::move(there);
    paths_[route.b * sites + route.a] = std::move(back);
}

std::uint32_t Topology::host_count() const {
    return static_cast<std::uint32_t>(spec_.hosts.size());
}

std::uint32_t Topology::link_count() const {
    return first_wan_ + 2 * static_cast<LinkId>(spec_.wan_links.size());
}

bool Topology::joined(HostId from, HostId to) const {
    PLIMSOLL_EXPECTS(from < spec_.hosts.size() && to < spec_.hosts.size());
    return path(spec_.hosts[from].site, spec_.hosts[to].site).joined;
}

std::vector<LinkId> Topology::route(HostId from, HostId to) const {
    PLIMSOLL_EXPECTS(joined(from, to));
    if (from == to) return {};
    const std::vector<LinkId>& wan_links = wan_part(spec_.hosts[from].site, spec_.hosts[to].site);
    std::vector<LinkId> links{egress(from)};
    links.insert(links.end(), wan_links.begin(), wan_links.end());
    links.push_back(ingress(to));
    return links;
}

const std::vector<LinkId>& Topology::wan_part(SiteId from, SiteId to) const {
    PLIMSOLL_EXPECTS(from < spec_.sites.size() && to < spec_.sites.size());
    return path(from, to).wan;
}

double Topology::latency_s(HostId from, HostId to) const {
    PLIMSOLL_EXPECTS(joined(from, to));
    if (from == to) return 0.0;
    const HostSpec& a = spec_.hosts[from];
    const HostSpec& b = spec_.hosts[to];
    return a.latency_s + path(a.site, b.site).latency_s + b.latency_s;
}

double Topology::bytes_per_s(LinkId link) const {
    PLIMSOLL_EXPECTS(link < link_count());
    if (link >= first_wan_) return spec_.wan_links[(link - first_wan_) / 2].bytes_per_s;
    if (link >= first_uplink_) return spec_.sites[(link - first_uplink_) / 2].uplink_bytes_per_s;
    const HostSpec& host = spec_.hosts[link / 2];
    return link % 2 == 0 ? host.egress_bytes_per_s : host.ingress_bytes_per_s;
}

std::string Topology::link_name(LinkId link) const {
    PLIMSOLL_EXPECTS(link < link_count());
    const bool first = link % 2 == 0;
    if (link >= first_wan_) {
        return spec_.wan_links[(link - first_wan_) / 2].name + (first ? ".forward" : ".backward");
    }
    if (link >= first_uplink_) {
        return spec_.sites[(link - first_uplink_) / 2].name +
               (first ? ".uplink_out" : ".uplink_in");
    }
    return spec_.hosts[link / 2].name + (first ? ".egress" : ".ingress");
}

}  // namespace plimsoll::kernel
