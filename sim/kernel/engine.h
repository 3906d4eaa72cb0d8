#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/kernel/event_core.h"
#include "sim/kernel/platform.h"

namespace plimsoll::kernel {

/// Names one flow for the length of a run.
struct FlowId {
    std::uint32_t index = 0;     ///< reused by later flows
    std::uint64_t sequence = 0;  ///< never reused, ascending in the order of start_flow()
};

/// Is told how flows ended.
struct FlowListener {
    FlowListener() = default;
    FlowListener(const FlowListener&) = delete;
    FlowListener& operator=(const FlowListener&) = delete;
    virtual ~FlowListener();
    /// A flow ended at `now_s`. Flows that end at one date come in the order of their sequence,
    /// after the events of that date. Cancelled flows do not come.
    virtual void on_flow_end(double now_s, FlowId flow, Outcome outcome) = 0;
};

/// `on` runs own events ahead of the network's clock up to the next date at which a flow could end;
/// `off` takes one step of the network's clock per own date. Results are the same to the last bit.
enum class Lookahead : std::uint8_t { on, off };

/// What one flow carries.
struct FlowSpec {
    HostId from = 0;
    HostId to = 0;
    double bytes = 0.0;                 ///< rounded to whole bytes, at least one
    double rate_cap_bytes_per_s = 0.0;  ///< 0: none; few distinct values, each costs a solver pass
};

/// SimGrid with an EventCore inside its run loop: platform, flows that share links by max-min
/// fairness, failures and changes of capacity. One per process, ever. Whatever is asked of it takes
/// effect at the core's now(). Links carry no latency here; propagation is added by who sends.
class Engine {
public:
    /// Boots SimGrid with the described platform; one host stands in when it has none. The core
    /// must outlive the engine. Throws ContractViolation when SimGrid was booted in this process
    /// before.
    Engine(EventCore& core, Topology topology, Lookahead lookahead = Lookahead::on);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Runs until no event, order or flow is left, or the core is stopped, upon which the flows in
    /// flight are dropped. What a component throws comes out of here. Throws ContractViolation when
    /// a flow never ends.
    void run();

    [[nodiscard]] const Topology& topology() const;

    /// Starts a flow between two different, joined hosts; its end is told to `listener`.
    FlowId start_flow(const FlowSpec& flow, FlowListener& listener);

    /// Cancels a flow that has not ended; the listener hears no more of it. Returns whether there
    /// was one.
    bool cancel_flow(FlowId flow);

    /// Turns a link off: its flows fail, new ones are refused until it is turned on.
    void turn_link_off(LinkId link);
    void turn_link_on(LinkId link);

    /// Turns a host off: its flows fail, new ones are refused until it is turned on.
    void turn_host_off(HostId host);
    void turn_host_on(HostId host);

    /// Changes the bandwidth of a link, in bytes/s, above 0; its flows share the new one from then
    /// on.
    void set_bandwidth(LinkId link, double bytes_per_s);

    /// Flows that were started and have not ended.
    [[nodiscard]] std::size_t flows_in_flight() const;

    /// Steps of the network's clock so far.
    [[nodiscard]] std::uint64_t steps() const;

    /// The route that SimGrid takes, for comparison with Topology::route().
    [[nodiscard]] std::vector<LinkId> simgrid_route(HostId from, HostId to) const;

private:
    class Bridge;
    std::shared_ptr<Bridge> bridge_;
};

}  // namespace plimsoll::kernel
