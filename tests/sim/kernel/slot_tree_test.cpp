#include "sim/kernel/slot_tree.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/property.h"

using plimsoll::kernel::kNever;
using plimsoll::kernel::SlotTree;
using plimsoll::test::for_all;
using plimsoll::test::Random;

TEST_CASE("slot_tree: without slots nothing ever happens") {
    const SlotTree tree;
    CHECK(tree.size() == 0);
    CHECK(tree.earliest_s() == kNever);
}

TEST_CASE("slot_tree: of equal dates the smallest index is the earliest, at every size") {
    for (const std::size_t size : {1U, 2U, 4U, 5U, 8U, 9U, 64U, 65U, 513U, 5000U}) {
        SlotTree tree;
        tree.resize(size);
        for (std::size_t slot = size; slot-- > 0;) {
            tree.set(slot, 2.5);
            CHECK(tree.earliest_slot() == slot);
        }
        for (std::size_t slot = 0; slot < size; ++slot) {
            CHECK(tree.earliest_slot() == slot);
            tree.set(slot, kNever);
        }
        CHECK(tree.earliest_s() == kNever);
    }
}

TEST_CASE("slot_tree: a slot left stale is right again once settled, whatever was set meanwhile") {
    SlotTree tree;
    tree.resize(100);
    tree.set(10, 1.0);
    tree.store(10, kNever);  // stale
    tree.set(11, 3.0);       // same octet
    tree.set(90, 2.0);       // another
    tree.store(10, 2.0);
    tree.settle(10);
    CHECK(tree.earliest_s() == 2.0);
    CHECK(tree.earliest_slot() == 10);
}

TEST_CASE("slot_tree: agrees with an ordered multimap over random operations and growth") {
    const auto generate = [](Random& random) {
        return std::pair{random.bits(), random.between(1, 700)};
    };
    for_all(1, 60, generate, [](const auto& c) {
        Random random(c.first);
        SlotTree tree;
        std::vector<double> dates;
        std::multimap<double, std::size_t> oracle;
        const auto forget = [&](std::size_t slot) {
            const auto range = oracle.equal_range(dates[slot]);
            oracle.erase(std::find_if(range.first, range.second, [&](const auto& entry) {
                return entry.second == slot;
            }));
        };
        bool same = true;
        for (int step = 0; step < 2000 && same; ++step) {
            if (dates.empty() ||
                (dates.size() < static_cast<std::size_t>(c.second) && random.chance(0.4))) {
                tree.grow();
                dates.push_back(kNever);
            } else {
                const std::size_t slot = random.between(std::size_t{0}, dates.size() - 1);
                if (dates[slot] != kNever) forget(slot);
                // few distinct dates, so that ties abound
                dates[slot] =
                    random.chance(0.1) ? kNever : static_cast<double>(random.between(0, 40));
                if (dates[slot] != kNever) oracle.emplace(dates[slot], slot);
                tree.set(slot, dates[slot]);
            }
            const double earliest = oracle.empty() ? kNever : oracle.begin()->first;
            same = tree.size() == dates.size() && tree.earliest_s() == earliest;
            if (earliest == kNever) continue;
            std::size_t first = dates.size();
            const auto range = oracle.equal_range(earliest);
            for (auto i = range.first; i != range.second; ++i) first = std::min(first, i->second);
            same = same && tree.earliest_slot() == first && tree.date(first) == earliest;
        }
        return same;
    });
}
