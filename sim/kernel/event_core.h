#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "models/contract.h"
#include "sim/kernel/date_heap.h"
#include "sim/kernel/slot_tree.h"

namespace plimsoll::kernel {

/// Number of a component, in the order of registration.
using SlotId = std::uint32_t;

/// Rank of an event among those of one date: smaller kinds go first.
using Kind = std::uint16_t;

/// How what was sent ended.
enum class Outcome : std::uint8_t {
    delivered,  ///< it arrived
    failed,     ///< a link or host went down on the way
    refused,    ///< a link or host of the route was down when it was sent
};

/// What components send each other: two words whose meaning sender and receiver agree on by `kind`.
struct Message {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    SlotId target = 0;
    Kind kind = 0;
    Outcome outcome = Outcome::delivered;
};

/// Anything that acts at dates of its own or receives messages. It reads its own state and `now_s`,
/// never another clock.
struct Component {
    Component() = default;
    Component(const Component&) = delete;
    Component& operator=(const Component&) = delete;
    virtual ~Component();
    /// Its slot's date has come; the slot is disarmed until armed again.
    virtual void on_date(double now_s) = 0;
    /// A message posted to it has arrived.
    virtual void on_message(double now_s, const Message& message) = 0;
};

/// What an order asks of the engine that owns flows, links and hosts.
enum class OrderVerb : std::uint8_t {
    start_flow,
    cancel_flow,
    link_off,
    link_on,
    host_off,
    host_on,
    set_bandwidth,
};

/// Something for the engine to do when its clock has reached `date_s`; `subject` is a flow, link or
/// host.
struct Order {
    double date_s = 0.0;
    double amount = 0.0;
    std::uint32_t subject = 0;
    OrderVerb verb = OrderVerb::start_flow;
};

/// The simulation's own clock: one slot per component holding its next date, messages in flight,
/// and an outbox of orders for the engine. Events run in the order (date, kind, id); at one date
/// and kind messages go before slots, messages in the order of posting, slots in the order of
/// registration. All dates are in seconds.
class EventCore {
public:
    /// Registers a component, which must outlive the core's last event; its slot is disarmed.
    /// Registering in ascending kinds is O(1), else O(size).
    SlotId add(Component& component, Kind kind);

    /// Number of registered components.
    [[nodiscard]] std::size_t size() const { return components_.size(); }

    /// Makes `slot` act at `date_s`, not before now(), instead of at the date it had.
    void arm(SlotId slot, double date_s) {
        PLIMSOLL_EXPECTS(slot < position_of_.size() && date_s >= now_s_);
        set_date(position_of_[slot], date_s);
    }

    /// Takes away the date of `slot`.
    void disarm(SlotId slot) {
        PLIMSOLL_EXPECTS(slot < position_of_.size());
        set_date(position_of_[slot], kNever);
    }

    /// Date at which `slot` will act, kNever when disarmed.
    [[nodiscard]] double armed_at(SlotId slot) const {
        PLIMSOLL_EXPECTS(slot < position_of_.size());
        return slots_.date(position_of_[slot]);
    }

    /// Sends a message that arrives at `date_s`, not before now().
    void post(double date_s, const Message& message) {
        PLIMSOLL_EXPECTS(message.target < position_of_.size() && date_s >= now_s_ &&
                         date_s < kNever);
        // 48 bits of sequence are 280 million million messages
        const std::uint64_t order = static_cast<std::uint64_t>(message.kind) << 48U | sequence_++;
        messages_.push({date_s, order, message.a, message.b, message.target, message.outcome});
    }

    /// Date of the event that runs, or of the last one.
    [[nodiscard]] double now() const { return now_s_; }

    /// Date of the next event, kNever when none is left or the run was stopped.
    [[nodiscard]] double next_date();

    /// Runs the events up to `horizon_s` included. When orders wait, it runs those of the orders'
    /// date and goes no further: they must be carried out first. Not to be called from within an
    /// event.
    void drain(double horizon_s);

    /// Ends the run: no further event, message or order.
    void stop() { stopped_ = true; }

    /// Whether stop() was called.
    [[nodiscard]] bool stopped() const { return stopped_; }

    /// Events run so far: slots that came due and messages that arrived.
    [[nodiscard]] std::uint64_t events() const { return events_; }

    /// Messages in flight.
    [[nodiscard]] std::size_t messages_in_flight() const { return messages_.size(); }

    /// Leaves an order for the engine, dated now(). For the engine's own use.
    void order(OrderVerb verb, std::uint32_t subject, double amount = 0.0);

    /// Date of the first order that waits, kNever when none does.
    [[nodiscard]] double order_date() const {
        if (stopped_ || first_order_ == outbox_.size()) return kNever;
        return outbox_[first_order_].date_s;
    }

    /// Takes the first order out; there must be one.
    Order take_order();

    /// Moves now() forward to `date_s`, at which the engine delivers something. For the engine's
    /// own use.
    void advance(double date_s) {
        if (date_s > now_s_) now_s_ = date_s;
    }

private:
    struct InFlight {
        double date_s;
        std::uint64_t order;  // kind, then sequence
        std::uint64_t a;
        std::uint64_t b;
        SlotId target;
        Outcome outcome;
    };

    static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

    void set_date(std::size_t position, double date_s) {
        slots_.store(position, date_s);
        // the slot that runs is settled once, after its handler
        if (position != running_) slots_.settle(position);
    }

    void insert_position(SlotId slot, std::size_t position);
    [[nodiscard]] bool message_first(double slot_date_s, double message_date_s) const;
    void run_slot();
    void run_message();

    SlotTree slots_;  // by position: rank in (kind, id)
    std::vector<Component*> at_position_;
    std::vector<Kind> kind_at_position_;
    std::vector<SlotId> slot_at_position_;
    std::vector<std::size_t> position_of_;
    std::vector<Component*> components_;
    DateHeap<InFlight> messages_;
    std::vector<Order> outbox_;
    std::size_t first_order_ = 0;
    std::size_t running_ = kNone;
    std::uint64_t sequence_ = 0;
    std::uint64_t events_ = 0;
    double now_s_ = 0.0;
    bool stopped_ = false;
};

}  // namespace plimsoll::kernel
