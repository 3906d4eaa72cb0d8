#include "sim/kernel/fluid_link.h"

#include <algorithm>

#include "models/contract.h"

namespace plimsoll::kernel {
namespace {

// Beyond this a mark would no longer resolve a byte's hundred-thousandth part.
constexpr double kRebaseBytes = 0x1p36;

}  // namespace

FluidLink::FluidLink(double bytes_per_s) : bytes_per_s_(bytes_per_s) {
    PLIMSOLL_EXPECTS(bytes_per_s > 0.0 && bytes_per_s < kNever);
}

void FluidLink::serve(double now_s) {
    PLIMSOLL_EXPECTS(now_s >= served_at_s_);
    if (marks_.empty()) {
        served_bytes_ = 0.0;
    } else {
        const double share = bytes_per_s_ / static_cast<double>(marks_.size());
        served_bytes_ =
            std::min(served_bytes_ + (now_s - served_at_s_) * share, marks_.earliest_s());
    }
    served_at_s_ = now_s;
    if (served_bytes_ > kRebaseBytes) {
        marks_.shift(served_bytes_);
        served_bytes_ = 0.0;
    }
}

void FluidLink::add(double now_s, FluidId id, double bytes) {
    PLIMSOLL_EXPECTS(bytes > 0.0);
    serve(now_s);
    marks_.push({served_bytes_ + bytes, begun_++, id});
}

bool FluidLink::remove(double now_s, FluidId id) {
    serve(now_s);
    return marks_.erase_if([id](const Mark& mark) { return mark.id == id; }) > 0;
}

double FluidLink::next_end_s() const {
    if (marks_.empty()) return kNever;
    const double left_bytes = marks_.earliest_s() - served_bytes_;
    return served_at_s_ + left_bytes * static_cast<double>(marks_.size()) / bytes_per_s_;
}

FluidId FluidLink::finish_next(double now_s) {
    PLIMSOLL_EXPECTS(!marks_.empty());
    serve(now_s);
    const Mark mark = marks_.pop();
    // exactly, whatever the rounding of the date
    served_bytes_ = mark.date_s;
    return mark.id;
}

// NOLINTNEXTLINE(bugprone-easily-swappable-parameters)
void FluidLink::set_bandwidth(double now_s, double bytes_per_s) {
    PLIMSOLL_EXPECTS(bytes_per_s > 0.0 && bytes_per_s < kNever);
    serve(now_s);
    bytes_per_s_ = bytes_per_s;
}

}  // namespace plimsoll::kernel
