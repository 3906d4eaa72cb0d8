#include "sim/kernel/engine.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <string>
#include <utility>

#include <simgrid/kernel/resource/Model.hpp>
#include <simgrid/s4u.hpp>
#include <simgrid/version.h>

#include "models/contract.h"
#include "sim/kernel/simgrid_world.h"

namespace plimsoll::kernel {
namespace {

namespace s4u = simgrid::s4u;
namespace resource = simgrid::kernel::resource;

// The names that differ between SimGrid's versions.
#if SIMGRID_VERSION >= 33400
void start(s4u::Comm& comm) { comm.start(); }
template <class Callback>
void on_flow_end_cb(Callback callback) {
    s4u::Comm::on_completion_cb(callback);
}
#else
void start(s4u::Comm& comm) { comm.vetoable_start(); }
template <class Callback>
void on_flow_end_cb(Callback callback) {
    s4u::Activity::on_completion_cb(callback);
}
#endif

/// Seconds to step from `now_s` towards a date `delta_s` away, so that the clock never more than
/// doubles: then the differences of dates and their sums are exact, and the clock reaches each date
/// to the last bit.
double stride(double now_s, double delta_s) {
    return now_s > 0.0 && delta_s > now_s && delta_s < kNever ? 0.75 * delta_s : delta_s;
}

}  // namespace

FlowListener::~FlowListener() = default;

/// The event core as SimGrid sees it: one more model with dates of its own.
class Engine::Bridge final : public resource::Model {
public:
    Bridge(s4u::Engine& simgrid, EventCore& core, Topology topology, Lookahead lookahead)
        : Model("plimsoll"),
          simgrid_(simgrid),
          core_(core),
          topology_(std::move(topology)),
          world_(topology_),
          host_off_(world_.hosts.size(), 0),
          link_off_(world_.links.size(), 0),
          lookahead_(lookahead) {}

    ~Bridge() override {
        // dropping the last reference to a running flow crashes
        for (Flow& flow : flows_) flow.comm.detach();
    }

    /// To be called when this model is among the engine's.
    void bind() {
        for (resource::Model* model : simgrid_.get_all_models()) {
            if (model == this) continue;
            others_.push_back(model);
            if (model->get_name().rfind("Network_", 0) == 0) network_ = model;
        }
        PLIMSOLL_ENSURES(network_ != nullptr);
        on_flow_end_cb([this](const s4u::Activity& activity) { note_end(activity); });
    }

    void run();
    FlowId start_flow(const FlowSpec& spec, FlowListener& listener);
    bool cancel_flow(FlowId id);

    double next_occurring_event(double now_s) override;
    void update_actions_state(double now_s, double delta_s) override;

    [[nodiscard]] EventCore& core() { return core_; }
    [[nodiscard]] const Topology& topology() const { return topology_; }
    [[nodiscard]] const SimgridWorld& world() const { return world_; }
    [[nodiscard]] std::size_t in_flight() const { return flows_.size() - free_.size(); }
    [[nodiscard]] std::uint64_t steps() const { return steps_; }

private:
    struct Flow {
        FlowSpec spec;
        s4u::CommPtr comm;
        FlowListener* listener = nullptr;  // null once cancelled
        std::uint64_t sequence = 0;        // 0: free
        std::uint32_t index = 0;
    };
    struct Ended {
        std::uint64_t sequence;
        std::uint32_t index;
        Outcome outcome;
    };

    void note_end(const s4u::Activity& activity);
    void deliver(double now_s);
    void carry_out(const Order& order);
    void begin(std::uint32_t index);
    void cancel(std::uint32_t index);
    void release(std::uint32_t index);
    void drop_all();
    [[nodiscard]] bool route_up(const FlowSpec& spec) const;

    s4u::Engine& simgrid_;
    EventCore& core_;
    Topology topology_;
    SimgridWorld world_;
    std::vector<resource::Model*> others_;
    resource::Model* network_ = nullptr;
    std::deque<Flow> flows_;  // SimGrid keeps pointers to them
    std::vector<std::uint32_t> free_;
    std::vector<Ended> ended_;
    std::vector<Ended> batch_;
    std::vector<s4u::CommPtr> retired_;  // ended, but SimGrid may still signal them in this step
    std::vector<char> host_off_;
    std::vector<char> link_off_;
    std::size_t off_count_ = 0;
    std::uint64_t sequence_ = 0;
    std::uint64_t steps_ = 0;
    Lookahead lookahead_;
};

void Engine::Bridge::run() {
    simgrid_.run();
    if (core_.stopped()) return;
    // SimGrid ends silently when a flow is stuck
    PLIMSOLL_ENSURES(in_flight() == 0);
    PLIMSOLL_ENSURES(core_.order_date() == kNever && core_.next_date() == kNever);
}

double Engine::Bridge::next_occurring_event(double now_s) {
    retired_.clear();
    deliver(now_s);
    double network_s = kNever;
    for (resource::Model* model : others_) {
        const double delta_s = model->next_occurring_event(now_s);
        if (delta_s >= 0.0) network_s = std::min(network_s, delta_s);
    }
    network_s = stride(now_s, network_s);
    if (lookahead_ == Lookahead::on) core_.drain(now_s + network_s);
    if (core_.stopped()) {
        drop_all();
        return -1.0;
    }
    const double own_s = std::min(core_.order_date(), core_.next_date()) - now_s;
    const double delta_s = std::min(stride(now_s, own_s), network_s);
    return delta_s < kNever ? std::max(0.0, delta_s) : -1.0;
}

void Engine::Bridge::update_actions_state(double now_s, double /*delta_s*/) {
    ++steps_;
    if (lookahead_ == Lookahead::off) core_.drain(now_s);
    while (core_.order_date() <= now_s) carry_out(core_.take_order());
}

void Engine::Bridge::note_end(const s4u::Activity& activity) {
    auto* mine = static_cast<Flow*>(activity.get_data<void>());
    if (mine == nullptr) return;
    Flow& flow = *mine;
    // a cancelled flow is signalled too, and twice
    if (flow.comm.get() != &activity) return;
    const bool done = activity.get_state() == s4u::Activity::State::FINISHED;
    ended_.push_back({flow.sequence, flow.index, done ? Outcome::delivered : Outcome::failed});
    retired_.push_back(std::move(flow.comm));
}

void Engine::Bridge::deliver(double now_s) {
    if (ended_.empty()) return;
    core_.advance(now_s);
    batch_.swap(ended_);
    std::sort(batch_.begin(), batch_.end(), [](const Ended& x, const Ended& y) {
        return x.sequence < y.sequence;
    });
    for (const Ended& end : batch_) {
        FlowListener* listener = flows_[end.index].listener;
        if (core_.stopped() || flows_[end.index].sequence != end.sequence || listener == nullptr)
            continue;
        release(end.index);
        listener->on_flow_end(now_s, {end.index, end.sequence}, end.outcome);
    }
    batch_.clear();
}

FlowId Engine::Bridge::start_flow(const FlowSpec& spec, FlowListener& listener) {
    PLIMSOLL_EXPECTS(spec.from != spec.to && topology_.joined(spec.from, spec.to));
    PLIMSOLL_EXPECTS(spec.bytes >= 0.0 && spec.bytes < 1e18);
    PLIMSOLL_EXPECTS(spec.rate_cap_bytes_per_s >= 0.0);
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(flows_.size()));
        flows_.emplace_back().index = free_.back();
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    Flow& flow = flows_[index];
    flow.spec = spec;
    flow.listener = &listener;
    flow.sequence = ++sequence_;
    core_.order(OrderVerb::start_flow, index);
    return {index, flow.sequence};
}

bool Engine::Bridge::cancel_flow(FlowId id) {
    if (id.index >= flows_.size() || id.sequence == 0) return false;
    Flow& flow = flows_[id.index];
    if (flow.sequence != id.sequence || flow.listener == nullptr) return false;
    flow.listener = nullptr;
    core_.order(OrderVerb::cancel_flow, id.index);
    return true;
}

void Engine::Bridge::release(std::uint32_t index) {
    flows_[index].listener = nullptr;
    flows_[index].sequence = 0;
    free_.push_back(index);
}

void Engine::Bridge::cancel(std::uint32_t index) {
    if (!flows_[index].comm) return;
    retired_.push_back(std::move(flows_[index].comm));
    retired_.back()->cancel();
}

void Engine::Bridge::drop_all() {
    for (std::uint32_t index = 0; index < flows_.size(); ++index) {
        cancel(index);
        if (flows_[index].sequence != 0) release(index);
    }
}

bool Engine::Bridge::route_up(const FlowSpec& spec) const {
    if (off_count_ == 0) return true;
    if (host_off_[spec.from] != 0 || host_off_[spec.to] != 0) return false;
    const std::vector<LinkId> route = topology_.route(spec.from, spec.to);
    return std::none_of(route.begin(), route.end(), [this](LinkId l) { return link_off_[l] != 0; });
}

void Engine::Bridge::begin(std::uint32_t index) {
    Flow& flow = flows_[index];
    // SimGrid aborts on a dead host and never ends a flow started over a dead link
    if (!route_up(flow.spec)) {
        ended_.push_back({flow.sequence, index, Outcome::refused});
        return;
    }
    flow.comm = s4u::Comm::sendto_init(world_.hosts[flow.spec.from], world_.hosts[flow.spec.to]);
    flow.comm->set_payload_size(
        static_cast<std::uint64_t>(std::max(1.0, std::nearbyint(flow.spec.bytes))));
    flow.comm->set_data(&flow);
    start(*flow.comm);
    // Comm::set_rate() has no effect on flows between hosts. Without a cap of its own, a flow would
    // be held to the narrowest bandwidth that its route has now, even when that grows.
    const double cap = flow.spec.rate_cap_bytes_per_s;
    network_->get_started_action_set()->back().set_bound(cap > 0.0 ? cap : -1.0);
}

void Engine::Bridge::carry_out(const Order& order) {
    const auto turn = [this](char& off, char wanted) {
        if (off == wanted) return false;
        off = wanted;
        off_count_ = wanted != 0 ? off_count_ + 1 : off_count_ - 1;
        return true;
    };
    switch (order.verb) {
        case OrderVerb::start_flow:
            begin(order.subject);
            break;
        case OrderVerb::cancel_flow:
            cancel(order.subject);
            release(order.subject);
            break;
        case OrderVerb::link_off:
            if (turn(link_off_[order.subject], 1)) world_.links[order.subject]->turn_off();
            break;
        case OrderVerb::link_on:
            if (turn(link_off_[order.subject], 0)) world_.links[order.subject]->turn_on();
            break;
        case OrderVerb::host_off:
            if (turn(host_off_[order.subject], 1)) world_.hosts[order.subject]->turn_off();
            break;
        case OrderVerb::host_on:
            if (turn(host_off_[order.subject], 0)) world_.hosts[order.subject]->turn_on();
            break;
        case OrderVerb::set_bandwidth:
            world_.links[order.subject]->set_bandwidth(order.amount);
            break;
    }
}

Engine::Engine(EventCore& core, Topology topology, Lookahead lookahead) {
    s4u::Engine* simgrid = boot_simgrid();
    bridge_ = std::make_shared<Bridge>(*simgrid, core, std::move(topology), lookahead);
    simgrid->add_model(bridge_);
    bridge_->bind();
}

Engine::~Engine() = default;

void Engine::run() { bridge_->run(); }

const Topology& Engine::topology() const { return bridge_->topology(); }

FlowId Engine::start_flow(const FlowSpec& flow, FlowListener& listener) {
    return bridge_->start_flow(flow, listener);
}

bool Engine::cancel_flow(FlowId flow) { return bridge_->cancel_flow(flow); }

void Engine::turn_link_off(LinkId link) {
    PLIMSOLL_EXPECTS(link < bridge_->world().links.size() &&
                     bridge_->world().links[link] != nullptr);
    bridge_->core().order(OrderVerb::link_off, link);
}

void Engine::turn_link_on(LinkId link) {
    PLIMSOLL_EXPECTS(link < bridge_->world().links.size() &&
                     bridge_->world().links[link] != nullptr);
    bridge_->core().order(OrderVerb::link_on, link);
}

void Engine::turn_host_off(HostId host) {
    PLIMSOLL_EXPECTS(host < bridge_->world().hosts.size());
    bridge_->core().order(OrderVerb::host_off, host);
}

void Engine::turn_host_on(HostId host) {
    PLIMSOLL_EXPECTS(host < bridge_->world().hosts.size());
    bridge_->core().order(OrderVerb::host_on, host);
}

void Engine::set_bandwidth(LinkId link, double bytes_per_s) {
    PLIMSOLL_EXPECTS(link < bridge_->world().links.size() &&
                     bridge_->world().links[link] != nullptr);
    // SimGrid ignores a bandwidth of 0 and the flows keep their rate: turn the link off instead
    PLIMSOLL_EXPECTS(bytes_per_s > 0.0 && bytes_per_s < kNever);
    bridge_->core().order(OrderVerb::set_bandwidth, link, bytes_per_s);
}

std::size_t Engine::flows_in_flight() const { return bridge_->in_flight(); }

std::uint64_t Engine::steps() const { return bridge_->steps(); }

std::vector<LinkId> Engine::simgrid_route(HostId from, HostId to) const {
    return bridge_->world().route(from, to);
}

}  // namespace plimsoll::kernel
