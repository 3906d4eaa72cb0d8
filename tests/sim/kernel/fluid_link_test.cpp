#include "sim/kernel/fluid_link.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include "models/contract.h"
#include "tests/support/property.h"

using plimsoll::kernel::FluidId;
using plimsoll::kernel::FluidLink;
using plimsoll::kernel::kNever;
using plimsoll::test::for_all;
using plimsoll::test::Random;

TEST_CASE("fluid_link: transfers share the link equally") {
    FluidLink link(100.0);  // bytes/s
    CHECK(link.next_end_s() == kNever);
    link.add(0.0, FluidId{1}, 300.0);
    CHECK(link.next_end_s() == 3.0);  // 300 / 100
    link.add(1.0, FluidId{2}, 50.0);  // 200 bytes of the first are left; each gets 50 bytes/s
    CHECK(link.next_end_s() == 2.0);  // 1 + 50 / 50
    CHECK(link.finish_next(2.0) == FluidId{2});
    CHECK(link.next_end_s() == 3.5);  // 150 bytes left at 100 bytes/s
    CHECK(link.finish_next(3.5) == FluidId{1});
    CHECK(link.size() == 0);
    CHECK(link.next_end_s() == kNever);
}

TEST_CASE("fluid_link: transfers that end together end in the order of their beginning") {
    FluidLink link(100.0);
    for (const std::uint64_t id : {9U, 3U, 7U}) link.add(1.0, FluidId{id}, 100.0);
    for (const std::uint64_t id : {9U, 3U, 7U}) {
        CHECK(link.next_end_s() == 4.0);  // 1 + 3 * 100 / 100
        CHECK(link.finish_next(4.0) == FluidId{id});
    }
}

TEST_CASE("fluid_link: removing a transfer and changing the bandwidth act from their date on") {
    FluidLink link(100.0);
    link.add(0.0, FluidId{1}, 300.0);
    link.add(0.0, FluidId{2}, 300.0);
    CHECK(link.remove(2.0, FluidId{2}));  // each had 100 bytes
    CHECK_FALSE(link.remove(2.0, FluidId{2}));
    CHECK(link.next_end_s() == 4.0);  // 200 / 100
    link.set_bandwidth(3.0, 25.0);    // 100 bytes left
    CHECK(link.next_end_s() == 7.0);  // 3 + 100 / 25
    CHECK_THROWS_AS(link.set_bandwidth(3.0, 0.0), plimsoll::ContractViolation);
    CHECK_THROWS_AS(link.add(2.0, FluidId{3}, 1.0), plimsoll::ContractViolation);
}

TEST_CASE("fluid_link: a link that never idles keeps its precision over terabytes") {
    // Transfers of 10 GB, one begun whenever another ends half way: two are always under way, and
    // each half takes 0.5e10 / (1e9 / 2) = 10 s.
    FluidLink link(1e9);
    link.add(0.0, FluidId{0}, 1e10);
    link.add(0.0, FluidId{1}, 0.5e10);
    double worst = 0.0;
    bool in_turn = true;
    for (std::uint64_t id = 2; id < 1000; ++id) {
        const double now_s = link.next_end_s();
        const double expected_s = 10.0 * static_cast<double>(id - 1);
        worst = std::max(worst, std::abs(now_s - expected_s) / expected_s);
        const auto ended = static_cast<std::uint64_t>(link.finish_next(now_s));
        in_turn = in_turn && (ended == id - 2 || (id < 4 && ended == 3 - id));
        link.add(now_s, FluidId{id}, 1e10);
    }
    CHECK(worst < 1e-13);
    CHECK(in_turn);
}

TEST_CASE("fluid_link: random transfers end when a simulation in small steps of the fluid says") {
    const auto generate = [](Random& random) { return random.bits(); };
    for_all(4, 20, generate, [](std::uint64_t seed) {
        Random random(seed);
        struct Transfer {
            double begin_s;
            double left;
            double end_s;
        };
        std::vector<Transfer> transfers;
        for (int i = 0; i < 30; ++i) {
            transfers.push_back({random.between(0.0, 20.0), random.between(1.0, 200.0), 0.0});
        }
        std::sort(transfers.begin(), transfers.end(), [](const Transfer& x, const Transfer& y) {
            return x.begin_s < y.begin_s;
        });
        FluidLink link(100.0);
        std::vector<double> ends(transfers.size());
        std::size_t begun = 0;
        while (begun < transfers.size() || link.size() > 0) {
            if (begun < transfers.size() && transfers[begun].begin_s <= link.next_end_s()) {
                link.add(transfers[begun].begin_s, FluidId{begun}, transfers[begun].left);
                ++begun;
            } else {
                const double end_s = link.next_end_s();
                ends[static_cast<std::size_t>(link.finish_next(end_s))] = end_s;
            }
        }
        // the oracle: every transfer loses its share until the next beginning or end
        double now_s = 0.0;
        for (;;) {
            double share = 0.0;
            for (const Transfer& t : transfers)
                share += t.begin_s <= now_s && t.left > 0.0 ? 1.0 : 0.0;
            share = share > 0.0 ? 100.0 / share : 0.0;
            double next_s = kNever;
            for (const Transfer& t : transfers) {
                if (t.begin_s > now_s) next_s = std::min(next_s, t.begin_s);
                if (t.begin_s <= now_s && t.left > 0.0)
                    next_s = std::min(next_s, now_s + t.left / share);
            }
            if (next_s == kNever) break;
            for (Transfer& t : transfers) {
                if (t.begin_s > now_s || t.left <= 0.0) continue;
                t.left -= share * (next_s - now_s);
                if (t.left > 1e-9) continue;
                t.left = 0.0;
                t.end_s = next_s;
            }
            now_s = next_s;
        }
        double worst = 0.0;
        for (std::size_t i = 0; i < ends.size(); ++i) {
            worst = std::max(worst, std::abs(ends[i] - transfers[i].end_s) / ends[i]);
        }
        return worst < 1e-9;
    });
}
