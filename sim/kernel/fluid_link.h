#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/kernel/date_heap.h"

namespace plimsoll::kernel {

/// Names a transfer on a fluid link; the caller chooses it.
enum class FluidId : std::uint64_t {};

/// One bottleneck shared equally by the transfers on it. Its virtual time is the number of bytes
/// served to each transfer so far: a transfer ends when virtual time reaches the mark set when it
/// began, so that a change costs O(log transfers) however many share the link.
class FluidLink {
public:
    /// A link of `bytes_per_s`, above 0.
    explicit FluidLink(double bytes_per_s);

    /// Begins transfer `id` of `bytes` at `now_s`, not before the last call's date.
    void add(double now_s, FluidId id, double bytes);

    /// Takes transfer `id` off the link, in O(transfers); returns whether it was there.
    bool remove(double now_s, FluidId id);

    /// Date at which the next transfer ends if nothing changes, kNever when there is none.
    [[nodiscard]] double next_end_s() const;

    /// Ends the next transfer, at the date that next_end_s() gave, and returns its id.
    FluidId finish_next(double now_s);

    /// Changes the bandwidth from `now_s` on, in bytes/s, above 0.
    // NOLINTNEXTLINE(bugprone-easily-swappable-parameters): a date first, as everywhere here
    void set_bandwidth(double now_s, double bytes_per_s);

    /// Transfers on the link.
    [[nodiscard]] std::size_t size() const { return marks_.size(); }

private:
    struct Mark {
        double date_s;  // in virtual time: bytes served per transfer at which this one ends
        std::uint64_t order;
        FluidId id;
    };

    void serve(double now_s);

    double bytes_per_s_;
    double served_bytes_ = 0.0;
    double served_at_s_ = 0.0;
    std::uint64_t begun_ = 0;
    DateHeap<Mark> marks_;
};

}  // namespace plimsoll::kernel
