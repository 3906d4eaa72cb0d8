#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/kernel/slot_tree.h"

namespace plimsoll::kernel {

/// 4-ary heap of entries ordered by (date_s, order); `Entry` has both as members and is cheap to
/// copy. Allocates only when more entries wait than ever before.
template <class Entry>
class DateHeap {
public:
    /// Whether nothing waits.
    [[nodiscard]] bool empty() const { return entries_.empty(); }

    /// Number of entries that wait.
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

    /// The first entry; the heap must not be empty.
    [[nodiscard]] const Entry& top() const { return entries_.front(); }

    /// Date of the first entry, kNever when nothing waits.
    [[nodiscard]] double earliest_s() const { return earliest_s_; }

    /// Adds an entry.
    void push(const Entry& entry) {
        std::size_t hole = entries_.size();
        entries_.push_back(entry);
        while (hole > 0) {
            const std::size_t parent = (hole - 1) / 4;
            if (!before(entry, entries_[parent])) break;
            entries_[hole] = entries_[parent];
            hole = parent;
        }
        entries_[hole] = entry;
        earliest_s_ = entries_.front().date_s;
    }

    /// Takes the first entry out; the heap must not be empty.
    Entry pop() {
        const Entry first = entries_.front();
        const Entry last = entries_.back();
        entries_.pop_back();
        if (entries_.empty()) {
            earliest_s_ = kNever;
            return first;
        }
        sink(0, last);
        earliest_s_ = entries_.front().date_s;
        return first;
    }

    /// Removes every entry that `matches` and returns how many there were, in O(size).
    template <class Predicate>
    std::size_t erase_if(Predicate matches) {
        const std::size_t erased = std::erase_if(entries_, matches);
        for (std::size_t i = entries_.size(); i-- > 0;) sink(i, Entry(entries_[i]));
        earliest_s_ = entries_.empty() ? kNever : entries_.front().date_s;
        return erased;
    }

    /// Subtracts `offset` from every date, which must not change their order.
    void shift(double offset) {
        for (Entry& entry : entries_) entry.date_s -= offset;
        earliest_s_ -= offset;
    }

private:
    static bool before(const Entry& x, const Entry& y) {
        return x.date_s < y.date_s || (x.date_s == y.date_s && x.order < y.order);
    }

    void sink(std::size_t hole, const Entry& entry) {
        const std::size_t count = entries_.size();
        for (;;) {
            const std::size_t child = 4 * hole + 1;
            if (child >= count) break;
            const std::size_t end = child + 4 < count ? child + 4 : count;
            std::size_t least = child;
            for (std::size_t i = child + 1; i < end; ++i) {
                if (before(entries_[i], entries_[least])) least = i;
            }
            if (!before(entries_[least], entry)) break;
            entries_[hole] = entries_[least];
            hole = least;
        }
        entries_[hole] = entry;
    }

    std::vector<Entry> entries_;
    double earliest_s_ = kNever;
};

}  // namespace plimsoll::kernel
