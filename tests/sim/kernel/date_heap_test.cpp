#include "sim/kernel/date_heap.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

#include <doctest/doctest.h>

#include "tests/support/property.h"

using plimsoll::kernel::DateHeap;
using plimsoll::kernel::kNever;
using plimsoll::test::for_all;
using plimsoll::test::Random;

namespace {

struct Entry {
    double date_s;
    std::uint64_t order;
};

}  // namespace

TEST_CASE("date_heap: agrees with an ordered set over random pushes, pops and erasures") {
    const auto generate = [](Random& random) { return random.bits(); };
    for_all(2, 40, generate, [](std::uint64_t seed) {
        Random random(seed);
        DateHeap<Entry> heap;
        std::set<std::pair<double, std::uint64_t>> oracle;
        bool same = true;
        for (std::uint64_t step = 0; step < 3000 && same; ++step) {
            const double what = random.uniform();
            if (what < 0.55 || oracle.empty()) {
                const double date = static_cast<double>(random.between(0, 50));
                heap.push({date, step});
                oracle.emplace(date, step);
            } else if (what < 0.995) {
                const Entry first = heap.pop();
                same = std::pair{first.date_s, first.order} == *oracle.begin();
                oracle.erase(oracle.begin());
            } else {
                const std::size_t erased =
                    heap.erase_if([](const Entry& e) { return e.order % 3 == 0; });
                same = erased ==
                       std::erase_if(oracle, [](const auto& e) { return e.second % 3 == 0; });
            }
            same = same && heap.size() == oracle.size() &&
                   heap.earliest_s() == (oracle.empty() ? kNever : oracle.begin()->first);
        }
        return same;
    });
}
