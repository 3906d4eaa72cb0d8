#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace plimsoll::kernel {

using HostId = std::uint32_t;
using SiteId = std::uint32_t;
using LinkId = std::uint32_t;

/// A place whose hosts reach each other through their own links only: its inner fabric never
/// blocks.
struct SiteSpec {
    std::string name;
    double latency_s = 0.0;  ///< one way, between two of its hosts
    double uplink_bytes_per_s =
        0.0;  ///< each direction, shared by all that leaves the site; 0: none
};

/// What sends and receives: a replica, a storage server, the users of a region.
struct HostSpec {
    std::string name;
    SiteId site = 0;
    double egress_bytes_per_s = 0.0;
    double ingress_bytes_per_s = 0.0;
    double latency_s = 0.0;  ///< one way, from the host to its site's fabric
};

/// A long-distance link, `bytes_per_s` in each direction.
struct WanLinkSpec {
    std::string name;
    double bytes_per_s = 0.0;
};

/// Which way a route crosses a long-distance link.
enum class Direction : std::uint8_t { forward, backward };

/// One long-distance link of a route.
struct WanHop {
    std::uint32_t link = 0;
    Direction direction = Direction::forward;
};

/// How two sites reach each other: the hops from `a` to `b`; back, the same hops the other way.
struct WanRouteSpec {
    SiteId a = 0;
    SiteId b = 0;
    std::vector<WanHop> hops;
    double latency_s = 0.0;  ///< one way
};

/// Two sites joined by a link of their own.
struct WanJoin {
    SiteId a = 0;
    SiteId b = 0;
    double bytes_per_s = 0.0;  ///< each direction
    double latency_s = 0.0;    ///< one way
};

/// The whole network; sites that no route joins cannot reach each other, and sites pass nothing on.
struct PlatformSpec {
    std::vector<SiteSpec> sites;
    std::vector<HostSpec> hosts;
    std::vector<WanLinkSpec> wan_links;
    std::vector<WanRouteSpec> wan_routes;

    /// Adds a site and returns its number.
    SiteId add_site(SiteSpec site);

    /// Adds a host and returns its number.
    HostId add_host(HostSpec host);

    /// Joins two sites by a link of their own and returns its number.
    std::uint32_t join(const WanJoin& join);
};

/// The routes, links and latencies of a PlatformSpec. Every physical link is two links here, one
/// per direction.
class Topology {
public:
    /// Throws std::invalid_argument, naming the entry, when the description contradicts itself.
    explicit Topology(PlatformSpec spec);

    [[nodiscard]] const PlatformSpec& spec() const { return spec_; }
    [[nodiscard]] std::uint32_t host_count() const;
    [[nodiscard]] std::uint32_t link_count() const;

    /// Link from a host into its site.
    [[nodiscard]] static LinkId egress(HostId host) { return 2 * host; }
    /// Link from its site to a host.
    [[nodiscard]] static LinkId ingress(HostId host) { return 2 * host + 1; }
    /// Link out of a site; carries nothing when the site has no uplink.
    [[nodiscard]] LinkId uplink_out(SiteId site) const { return first_uplink_ + 2 * site; }
    /// Link into a site; carries nothing when the site has no uplink.
    [[nodiscard]] LinkId uplink_in(SiteId site) const { return first_uplink_ + 2 * site + 1; }
    /// One direction of a long-distance link.
    [[nodiscard]] LinkId wan(std::uint32_t link, Direction direction) const {
        return first_wan_ + 2 * link + (direction == Direction::forward ? 0 : 1);
    }

    /// Whether `from` and `to` can reach each other.
    [[nodiscard]] bool joined(HostId from, HostId to) const;

    /// Links from one host to another, in order; none from a host to itself. The hosts must be
    /// joined.
    [[nodiscard]] std::vector<LinkId> route(HostId from, HostId to) const;

    /// Long-distance part of the route between two sites, in order; none within a site.
    [[nodiscard]] const std::vector<LinkId>& wan_part(SiteId from, SiteId to) const;

    /// One-way propagation from one host to another, in seconds; 0 from a host to itself.
    [[nodiscard]] double latency_s(HostId from, HostId to) const;

    /// Bandwidth of a link in bytes/s, as described.
    [[nodiscard]] double bytes_per_s(LinkId link) const;

    /// Name of a link, as "paris-0.egress".
    [[nodiscard]] std::string link_name(LinkId link) const;

private:
    struct Path {
        bool joined = false;
        double latency_s = 0.0;
        std::vector<LinkId> wan;  // uplinks included
    };

    [[nodiscard]] const Path& path(SiteId from, SiteId to) const {
        return paths_[from * spec_.sites.size() + to];
    }
    void check() const;
    void add_path(const WanRouteSpec& route);

    PlatformSpec spec_;
    LinkId first_uplink_ = 0;
    LinkId first_wan_ = 0;
    std::vector<Path> paths_;  // from x to
};

}  // namespace plimsoll::kernel
