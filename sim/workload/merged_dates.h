#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "models/contract.h"

namespace plimsoll {

/// The next dates of many sources, the earliest first, ties by number: a heap whose top is replaced
/// when its source moves on.
class MergedDates {
public:
    /// The first date of each source.
    explicit MergedDates(const std::vector<double>& first_dates) {
        heap_.reserve(first_dates.size());
        for (std::size_t i = 0; i < first_dates.size(); ++i)
            heap_.push_back({first_dates[i], static_cast<std::uint32_t>(i)});
        for (std::size_t i = heap_.size() / 2; i-- > 0;) sink(i);
    }

    [[nodiscard]] double date() const { return heap_.front().date; }
    [[nodiscard]] std::size_t source() const { return heap_.front().source; }
    /// The source of the earliest date has another next one.
    void replace(double date) {
        PLIMSOLL_EXPECTS(date >= heap_.front().date);
        heap_.front().date = date;
        sink(0);
    }

private:
    struct Entry {
        double date;
        std::uint32_t source;
    };
    [[nodiscard]] static bool before(const Entry& a, const Entry& b) {
        return a.date < b.date || (a.date == b.date && a.source < b.source);
    }
    void sink(std::size_t at) {
        const Entry moved = heap_[at];
        for (;;) {
            std::size_t child = 2 * at + 1;
            if (child >= heap_.size()) break;
            if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
            if (!before(heap_[child], moved)) break;
            heap_[at] = heap_[child];
            at = child;
        }
        heap_[at] = moved;
    }

    std::vector<Entry> heap_;
};

}  // namespace plimsoll
