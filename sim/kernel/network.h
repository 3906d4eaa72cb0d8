#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/kernel/engine.h"
#include "sim/kernel/event_core.h"
#include "sim/kernel/fluid_link.h"
#include "sim/kernel/platform.h"

namespace plimsoll::kernel {

/// How much of the network a transfer meets.
enum class Tier : std::uint8_t {
    latency,  ///< propagation only
    fluid,    ///< one bottleneck shared with the other fluid transfers, then propagation
    flow,     ///< a SimGrid flow over every link of the route, then propagation
};

/// Which link of the route a fluid transfer shares.
enum class Bottleneck : std::uint8_t {
    narrowest,  ///< the one with the least bandwidth as described; of equals, the first
    egress,
    ingress,
};

/// How the sends of one traffic class travel. Fluid transfers and flows do not see each other on a
/// link.
struct ClassPolicy {
    std::string name;
    Tier tier = Tier::latency;
    double from_bytes = 0.0;            ///< smaller sends travel by latency alone
    double rate_cap_bytes_per_s = 0.0;  ///< per transfer, Tier::flow only; 0: none
    Bottleneck bottleneck = Bottleneck::narrowest;
};

/// Something to carry; `kind`, `a` and `b` are those of the message that `target` receives.
struct Send {
    HostId from = 0;
    HostId to = 0;
    double bytes = 0.0;
    std::uint32_t traffic_class = 0;
    SlotId target = 0;
    Kind kind = 0;
    std::uint64_t a = 0;
    std::uint64_t b = 0;
};

/// What one traffic class sent by one tier.
struct TierCount {
    std::uint64_t sends = 0;
    std::uint64_t delivered = 0;  ///< past the links; propagation may still be under way
    std::uint64_t failed = 0;
    std::uint64_t refused = 0;
    std::uint64_t cancelled = 0;
    double bytes = 0.0;  ///< of all sends
};

/// Names a transfer that may be cancelled.
struct TransferId {
    std::uint32_t index = 0;
    std::uint64_t sequence = 0;  ///< 0: nothing to cancel
};

/// One port for everything that crosses the network. The target receives one message per send:
/// delivered when the last byte has arrived, or failed or refused at the date of the failure.
class Network final : private FlowListener {
public:
    /// Takes part in the core's events as components of `kind`. Core and engine must outlive it.
    /// Throws std::invalid_argument for a policy that contradicts itself.
    Network(EventCore& core, Engine& engine, std::vector<ClassPolicy> classes, Kind kind);
    ~Network() override;

    /// Sends, from now(). From a host to itself nothing crosses the network: it arrives at once.
    /// The hosts must be joined. What travels by latency alone cannot be cancelled.
    TransferId send(const Send& send);

    /// Stops a transfer whose last byte has not left the links; the target receives nothing.
    /// Returns whether it could.
    bool cancel(TransferId transfer);

    /// Turns a link off: what crosses it fails, new sends are refused. What travels by latency
    /// alone and is on its way arrives.
    void turn_link_off(LinkId link);
    void turn_link_on(LinkId link);

    /// Turns a host off: what it sends or receives fails, new sends are refused.
    void turn_host_off(HostId host);
    void turn_host_on(HostId host);

    /// Changes the bandwidth of a link, in bytes/s, above 0.
    void set_bandwidth(LinkId link, double bytes_per_s);

    /// Whether every link and both hosts of the route are on.
    [[nodiscard]] bool route_up(HostId from, HostId to) const;

    /// Counters of a class by tier.
    [[nodiscard]] const TierCount& count(std::uint32_t traffic_class, Tier tier) const;

    /// The traffic classes, in the order of their numbers.
    [[nodiscard]] const std::vector<ClassPolicy>& classes() const { return classes_; }

    /// Transfers on links now (fluid and flow).
    [[nodiscard]] std::size_t in_flight() const { return in_flight_; }

    /// Most flows that SimGrid carried at once; above a few hundred each one gets slow.
    [[nodiscard]] std::size_t peak_flows() const { return peak_flows_; }

private:
    class FluidPort;

    struct Transfer {
        Send send;
        std::uint64_t sequence = 0;  // 0: free
        FlowId flow;
        LinkId bottleneck = 0;
        Tier tier = Tier::latency;
    };

    void on_flow_end(double now_s, FlowId flow, Outcome outcome) override;
    void on_fluid_end(std::uint32_t index);
    [[nodiscard]] bool crosses(const Transfer& transfer, LinkId link) const;
    [[nodiscard]] LinkId bottleneck_of(const Send& send) const;
    [[nodiscard]] FluidPort& port(LinkId link);
    [[nodiscard]] std::uint32_t take_index();
    void finish(std::uint32_t index, Outcome outcome);
    void release(std::uint32_t index);
    template <class Predicate>
    void fail_fluid(Predicate touched);
    TierCount& counter(std::uint32_t traffic_class, Tier tier);

    EventCore& core_;
    Engine& engine_;
    std::vector<ClassPolicy> classes_;
    std::vector<TierCount> counts_;  // class x tier
    std::vector<Transfer> transfers_;
    std::vector<std::uint32_t> free_;
    std::vector<std::uint32_t> transfer_of_flow_;    // by FlowId::index
    std::vector<std::unique_ptr<FluidPort>> ports_;  // by link, made when first used
    std::vector<double> bandwidth_;                  // by link
    std::vector<char> link_off_;
    std::vector<char> host_off_;
    std::size_t off_count_ = 0;
    std::size_t in_flight_ = 0;
    std::size_t flows_ = 0;
    std::size_t peak_flows_ = 0;
    std::uint64_t sequence_ = 0;
    Kind kind_;
};

}  // namespace plimsoll::kernel
