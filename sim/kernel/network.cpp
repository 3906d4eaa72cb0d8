#include "sim/kernel/network.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "models/contract.h"

namespace plimsoll::kernel {

namespace {

constexpr std::size_t kTiers = 3;

std::size_t counter_index(std::uint32_t traffic_class, Tier tier) {
    return traffic_class * kTiers + static_cast<std::size_t>(tier);
}

Message message_of(const Send& send, Outcome outcome) {
    return {.a = send.a, .b = send.b, .target = send.target, .kind = send.kind, .outcome = outcome};
}

}  // namespace

/// A fluid link with its slot in the core.
class Network::FluidPort final : public Component {
public:
    FluidPort(Network& network, double bytes_per_s)
        : link(bytes_per_s), network_(network), slot_(network.core_.add(*this, network.kind_)) {}

    /// To be called after each change of the link.
    void rearm() {
        const double end_s = link.next_end_s();
        if (end_s < kNever) {
            network_.core_.arm(slot_, std::max(end_s, network_.core_.now()));
        } else {
            network_.core_.disarm(slot_);
        }
    }

    void on_date(double now_s) override {
        const auto index = static_cast<std::uint32_t>(link.finish_next(now_s));
        rearm();
        network_.finish(index, Outcome::delivered);
    }

    void on_message(double /*now_s*/, const Message& /*message*/) override {}

    FluidLink link;

private:
    Network& network_;
    SlotId slot_;
};

Network::Network(EventCore& core, Engine& engine, std::vector<ClassPolicy> classes, Kind kind)
    : core_(core),
      engine_(engine),
      classes_(std::move(classes)),
      counts_(classes_.size() * kTiers),
      ports_(engine.topology().link_count()),
      bandwidth_(engine.topology().link_count()),
      link_off_(engine.topology().link_count(), 0),
      host_off_(engine.topology().host_count(), 0),
      kind_(kind) {
    for (const ClassPolicy& policy : classes_) {
        const double cap = policy.rate_cap_bytes_per_s;
        if (!(cap >= 0.0) || !(policy.from_bytes >= 0.0)) {
            throw std::invalid_argument("traffic class " + policy.name + ": negative limit");
        }
        if (cap > 0.0 && policy.tier != Tier::flow) {
            throw std::invalid_argument("traffic class " + policy.name +
                                        ": only flows have a rate cap");
        }
    }
    for (LinkId link = 0; link < bandwidth_.size(); ++link) {
        bandwidth_[link] = engine.topology().bytes_per_s(link);
    }
}

Network::~Network() = default;

TierCount& Network::counter(std::uint32_t traffic_class, Tier tier) {
    return counts_[counter_index(traffic_class, tier)];
}

const TierCount& Network::count(std::uint32_t traffic_class, Tier tier) const {
    PLIMSOLL_EXPECTS(traffic_class < classes_.size());
    return counts_[counter_index(traffic_class, tier)];
}

bool Network::route_up(HostId from, HostId to) const {
    if (off_count_ == 0) return true;
    if (host_off_[from] != 0 || host_off_[to] != 0) return false;
    const std::vector<LinkId> route = engine_.topology().route(from, to);
    return std::none_of(route.begin(), route.end(), [this](LinkId l) { return link_off_[l] != 0; });
}

LinkId Network::bottleneck_of(const Send& send) const {
    const Topology& topology = engine_.topology();
    const LinkId first = Topology::egress(send.from);
    const LinkId last = Topology::ingress(send.to);
    switch (classes_[send.traffic_class].bottleneck) {
        case Bottleneck::egress:
            return first;
        case Bottleneck::ingress:
            return last;
        case Bottleneck::narrowest:
            break;
    }
    LinkId narrowest = first;
    const auto consider = [&](LinkId link) {
        if (topology.bytes_per_s(link) < topology.bytes_per_s(narrowest)) narrowest = link;
    };
    const PlatformSpec& spec = topology.spec();
    for (const LinkId link :
         topology.wan_part(spec.hosts[send.from].site, spec.hosts[send.to].site)) {
        consider(link);
    }
    consider(last);
    return narrowest;
}

Network::FluidPort& Network::port(LinkId link) {
    if (!ports_[link]) ports_[link] = std::make_unique<FluidPort>(*this, bandwidth_[link]);
    return *ports_[link];
}

std::uint32_t Network::take_index() {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(transfers_.size()));
        transfers_.emplace_back();
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    return index;
}

TransferId Network::send(const Send& send) {
    PLIMSOLL_EXPECTS(send.traffic_class < classes_.size() && send.bytes >= 0.0);
    PLIMSOLL_EXPECTS(engine_.topology().joined(send.from, send.to));
    const ClassPolicy& policy = classes_[send.traffic_class];
    const bool light = send.from == send.to || send.bytes < policy.from_bytes || send.bytes == 0.0;
    const Tier tier = light ? Tier::latency : policy.tier;
    TierCount& count = counter(send.traffic_class, tier);
    ++count.sends;
    count.bytes += send.bytes;
    if (!route_up(send.from, send.to)) {
        ++count.refused;
        core_.post(core_.now(), message_of(send, Outcome::refused));
        return {};
    }
    if (tier == Tier::latency) {
        ++count.delivered;
        const double latency_s = engine_.topology().latency_s(send.from, send.to);
        core_.post(core_.now() + latency_s, message_of(send, Outcome::delivered));
        return {};
    }
    const std::uint32_t index = take_index();
    Transfer& transfer = transfers_[index];
    transfer.send = send;
    transfer.sequence = ++sequence_;
    transfer.tier = tier;
    ++in_flight_;
    const double bytes = std::max(1.0, std::nearbyint(send.bytes));
    if (tier == Tier::fluid) {
        transfer.bottleneck = bottleneck_of(send);
        FluidPort& fluid = port(transfer.bottleneck);
        fluid.link.add(core_.now(), FluidId{index}, bytes);
        fluid.rearm();
    } else {
        transfer.flow = engine_.start_flow({.from = send.from,
                                            .to = send.to,
                                            .bytes = bytes,
                                            .rate_cap_bytes_per_s = policy.rate_cap_bytes_per_s},
                                           *this);
        if (transfer.flow.index >= transfer_of_flow_.size()) {
            transfer_of_flow_.resize(transfer.flow.index + 1);
        }
        transfer_of_flow_[transfer.flow.index] = index;
        peak_flows_ = std::max(peak_flows_, ++flows_);
    }
    return {index, sequence_};
}

void Network::release(std::uint32_t index) {
    if (transfers_[index].tier == Tier::flow) --flows_;
    --in_flight_;
    transfers_[index].sequence = 0;
    free_.push_back(index);
}

bool Network::cancel(TransferId transfer) {
    if (transfer.sequence == 0 || transfer.index >= transfers_.size()) return false;
    const Transfer& found = transfers_[transfer.index];
    if (found.sequence != transfer.sequence) return false;
    if (found.tier == Tier::flow) {
        engine_.cancel_flow(found.flow);
    } else {
        FluidPort& fluid = port(found.bottleneck);
        fluid.link.remove(core_.now(), FluidId{transfer.index});
        fluid.rearm();
    }
    ++counter(found.send.traffic_class, found.tier).cancelled;
    release(transfer.index);
    return true;
}

void Network::finish(std::uint32_t index, Outcome outcome) {
    const Send send = transfers_[index].send;
    TierCount& count = counter(send.traffic_class, transfers_[index].tier);
    release(index);
    double date_s = core_.now();
    if (outcome == Outcome::delivered) {
        ++count.delivered;
        date_s += engine_.topology().latency_s(send.from, send.to);
    } else {
        ++(outcome == Outcome::failed ? count.failed : count.refused);
    }
    core_.post(date_s, message_of(send, outcome));
}

void Network::on_flow_end(double /*now_s*/, FlowId flow, Outcome outcome) {
    finish(transfer_of_flow_[flow.index], outcome);
}

template <class Predicate>
void Network::fail_fluid(Predicate touched) {
    std::vector<std::uint32_t> failed;
    for (std::uint32_t index = 0; index < transfers_.size(); ++index) {
        const Transfer& transfer = transfers_[index];
        if (transfer.sequence != 0 && transfer.tier == Tier::fluid && touched(transfer)) {
            failed.push_back(index);
        }
    }
    std::sort(failed.begin(), failed.end(), [this](std::uint32_t x, std::uint32_t y) {
        return transfers_[x].sequence < transfers_[y].sequence;
    });
    for (const std::uint32_t index : failed) {
        FluidPort& fluid = port(transfers_[index].bottleneck);
        fluid.link.remove(core_.now(), FluidId{index});
        fluid.rearm();
        finish(index, Outcome::failed);
    }
}

bool Network::crosses(const Transfer& transfer, LinkId link) const {
    const std::vector<LinkId> route =
        engine_.topology().route(transfer.send.from, transfer.send.to);
    return std::find(route.begin(), route.end(), link) != route.end();
}

void Network::turn_link_off(LinkId link) {
    engine_.turn_link_off(link);
    if (link_off_[link] != 0) return;
    link_off_[link] = 1;
    ++off_count_;
    fail_fluid([this, link](const Transfer& transfer) { return crosses(transfer, link); });
}

void Network::turn_link_on(LinkId link) {
    engine_.turn_link_on(link);
    if (link_off_[link] == 0) return;
    link_off_[link] = 0;
    --off_count_;
}

void Network::turn_host_off(HostId host) {
    engine_.turn_host_off(host);
    if (host_off_[host] != 0) return;
    host_off_[host] = 1;
    ++off_count_;
    fail_fluid([host](const Transfer& transfer) {
        return transfer.send.from == host || transfer.send.to == host;
    });
}

void Network::turn_host_on(HostId host) {
    engine_.turn_host_on(host);
    if (host_off_[host] == 0) return;
    host_off_[host] = 0;
    --off_count_;
}

void Network::set_bandwidth(LinkId link, double bytes_per_s) {
    engine_.set_bandwidth(link, bytes_per_s);
    bandwidth_[link] = bytes_per_s;
    if (!ports_[link]) return;
    ports_[link]->link.set_bandwidth(core_.now(), bytes_per_s);
    ports_[link]->rearm();
}

}  // namespace plimsoll::kernel
