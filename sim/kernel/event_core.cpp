#include "sim/kernel/event_core.h"

#include <algorithm>

namespace plimsoll::kernel {

Component::~Component() = default;

SlotId EventCore::add(Component& component, Kind kind) {
    PLIMSOLL_EXPECTS(components_.size() < std::numeric_limits<SlotId>::max());
    const auto slot = static_cast<SlotId>(components_.size());
    components_.push_back(&component);
    position_of_.push_back(slot);
    const auto after = std::upper_bound(kind_at_position_.begin(), kind_at_position_.end(), kind);
    const auto position = static_cast<std::size_t>(after - kind_at_position_.begin());
    kind_at_position_.insert(after, kind);
    insert_position(slot, position);
    return slot;
}

void EventCore::insert_position(SlotId slot, std::size_t position) {
    const auto offset = static_cast<std::ptrdiff_t>(position);
    at_position_.insert(at_position_.begin() + offset, components_[slot]);
    slot_at_position_.insert(slot_at_position_.begin() + offset, slot);
    const std::size_t count = slot_at_position_.size();
    if (running_ != kNone) slots_.settle(running_);
    slots_.grow();
    for (std::size_t i = count - 1; i > position; --i) {
        slots_.set(i, slots_.date(i - 1));
        position_of_[slot_at_position_[i]] = i;
    }
    slots_.set(position, kNever);
    position_of_[slot] = position;
    if (running_ != kNone && running_ >= position) ++running_;
}

double EventCore::next_date() {
    if (stopped_) return kNever;
    if (running_ != kNone) slots_.settle(running_);
    return std::min(slots_.earliest_s(), messages_.earliest_s());
}

bool EventCore::message_first(double slot_date_s, double message_date_s) const {
    if (message_date_s != slot_date_s) return message_date_s < slot_date_s;
    if (message_date_s == kNever) return false;
    return messages_.top().order >> 48U <= kind_at_position_[slots_.earliest_slot()];
}

void EventCore::run_slot() {
    const std::size_t position = slots_.earliest_slot();
    now_s_ = slots_.earliest_s();
    ++events_;
    slots_.store(position, kNever);
    running_ = position;
    at_position_[position]->on_date(now_s_);
    slots_.settle(running_);
    running_ = kNone;
}

void EventCore::run_message() {
    const InFlight m = messages_.pop();
    now_s_ = m.date_s;
    ++events_;
    components_[m.target]->on_message(
        now_s_, {m.a, m.b, m.target, static_cast<Kind>(m.order >> 48U), m.outcome});
}

void EventCore::drain(double horizon_s) {
    PLIMSOLL_EXPECTS(running_ == kNone);
    // an infinite horizon must not reach what never happens
    const double finite = std::min(horizon_s, std::numeric_limits<double>::max());
    while (!stopped_) {
        const double limit = std::min(finite, order_date());
        const double slot_date = slots_.earliest_s();
        const double message_date = messages_.earliest_s();
        if (std::min(slot_date, message_date) > limit) return;
        if (message_first(slot_date, message_date)) {
            run_message();
        } else {
            run_slot();
        }
    }
}

void EventCore::order(OrderVerb verb, std::uint32_t subject, double amount) {
    outbox_.push_back({now_s_, amount, subject, verb});
}

Order EventCore::take_order() {
    PLIMSOLL_EXPECTS(first_order_ < outbox_.size());
    const Order order = outbox_[first_order_++];
    if (first_order_ == outbox_.size()) {
        outbox_.clear();
        first_order_ = 0;
    }
    return order;
}

}  // namespace plimsoll::kernel
