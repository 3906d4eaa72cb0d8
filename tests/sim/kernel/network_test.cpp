#include "sim/kernel/network.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/sim/kernel/simulated.h"
#include "tests/support/property.h"

using namespace plimsoll::kernel;
using plimsoll::ContractViolation;
using plimsoll::test::Actor;
using plimsoll::test::name;
using plimsoll::test::Random;
using plimsoll::test::Script;
using plimsoll::test::simulated;

namespace {

constexpr std::uint32_t kText = 0;
constexpr std::uint32_t kFluid = 1;
constexpr std::uint32_t kFlow = 2;

/// Two sites 0.125 s apart, two hosts each, 1 MB/s everywhere but 0.5 MB/s between the sites.
PlatformSpec two_sites() {
    PlatformSpec spec;
    for (const char* site : {"a", "b"}) {
        const SiteId id = spec.add_site({.name = site, .latency_s = 0.03125});
        for (const char* host : {"0", "1"}) {
            spec.add_host({.name = std::string(site) + host,
                           .site = id,
                           .egress_bytes_per_s = 1e6,
                           .ingress_bytes_per_s = 1e6});
        }
    }
    spec.join({.a = 0, .b = 1, .bytes_per_s = 5e5, .latency_s = 0.125});
    return spec;
}

/// A network with one class per tier, and a component that writes down what arrives.
struct World {
    explicit World(PlatformSpec spec = two_sites(),
                   std::vector<ClassPolicy> classes = {{.name = "text"},
                                                       {.name = "fluid", .tier = Tier::fluid},
                                                       {.name = "flow", .tier = Tier::flow}})
        : engine(core, Topology(std::move(spec))), network(core, engine, std::move(classes), 7) {
        target = core.add(receiver, 0);
        receiver.message = [this](double now_s, const Message& m) {
            text += fmt::format("{} {} {}\n", now_s, m.a, name(m.outcome));
        };
    }

    TransferId send(
        std::uint32_t traffic_class, HostId from, HostId to, double bytes, std::uint64_t a) {
        return network.send({.from = from,
                             .to = to,
                             .bytes = bytes,
                             .traffic_class = traffic_class,
                             .target = target,
                             .kind = 1,
                             .a = a});
    }

    EventCore core;
    Engine engine;
    Network network;
    Actor receiver;
    SlotId target = 0;
    std::string text;
};

}  // namespace

TEST_CASE("network: each tier delivers at the date that arithmetic gives, propagation last") {
    const std::string log = simulated([] {
        World world;
        Script script(world.core, 5);
        script
            .at(1.0, [&] { world.send(kText, 0, 2, 1e6, 1); })   // 1 + 0.125
            .at(1.0, [&] { world.send(kText, 0, 1, 1e6, 2); })   // 1 + 0.03125
            .at(1.0, [&] { world.send(kFluid, 0, 2, 1e6, 3); })  // 1 + 1/0.5 + 0.125
            .at(1.0, [&] { world.send(kFluid, 1, 2, 1e6, 4); })  // shares: both 1 + 2/0.5 + 0.125
            .at(10.0,
                [&] { world.send(kFlow, 0, 2, 1e6, 5); })  // 10 + 4 + 0.125, for the same reason
            .at(10.0, [&] { world.send(kFlow, 1, 2, 1e6, 6); })
            .at(20.0, [&] { world.send(kFlow, 0, 1, 1e6, 7); })   // 20 + 1 + 0.03125
            .at(30.0, [&] { world.send(kFlow, 3, 3, 1e6, 8); })   // from a host to itself: at once
            .at(31.0, [&] { world.send(kFlow, 0, 2, 0.0, 9); });  // nothing to carry: 31 + 0.125
        world.engine.run();
        REQUIRE(world.network.in_flight() == 0);
        REQUIRE(world.network.peak_flows() == 2);
        return world.text;
    });
    CHECK(log ==
          "1.03125 2 delivered\n1.125 1 delivered\n5.125 3 delivered\n5.125 4 delivered\n"
          "14.125 5 delivered\n14.125 6 delivered\n21.03125 7 delivered\n30 8 delivered\n"
          "31.125 9 delivered\n");
}

TEST_CASE("network: on one bottleneck fluid transfers end when flows do, for random arrivals") {
    static constexpr std::size_t kSends = 2000;
    const auto dates = [](Tier tier, std::uint64_t seed) {
        const std::string text = simulated([&] {
            PlatformSpec spec;
            const SiteId site = spec.add_site({.name = "site", .latency_s = 1e-4});
            spec.add_host({.name = "in",
                           .site = site,
                           .egress_bytes_per_s = 1e12,
                           .ingress_bytes_per_s = 1e9});
            for (int i = 0; i < 50; ++i) {
                spec.add_host({.name = fmt::format("h{}", i),
                               .site = site,
                               .egress_bytes_per_s = 1e12,
                               .ingress_bytes_per_s = 1e12});
            }
            World world(spec, {{.name = "media", .tier = tier}});
            std::vector<double> ends(kSends);
            world.receiver.message = [&](double now_s, const Message& m) { ends[m.a] = now_s; };
            Random random(seed);
            Actor source;
            const SlotId slot = world.core.add(source, 1);
            std::uint64_t sent = 0;
            source.date = [&](double now_s) {
                world.send(0,
                           random.between(HostId{1}, HostId{50}),
                           0,
                           random.log_between(1e3, 1e7),
                           sent++);
                // bursts and lulls around full load: 1e9 bytes/s carry one of 1.1e6 bytes every 1.1
                // ms
                const double gap_s =
                    random.chance(0.3) ? 0.0 : -std::log(1.0 - random.uniform()) * 1.6e-3;
                if (sent < kSends) world.core.arm(slot, now_s + gap_s);
            };
            world.core.arm(slot, 1.0);
            world.engine.run();
            REQUIRE(world.network.count(0, tier).delivered == kSends);
            std::string result;
            for (const double end : ends) result += fmt::format("{:a} ", end);
            return result;
        });
        std::vector<double> result;
        for (std::size_t at = 0; at < text.size();) {
            std::size_t used = 0;
            result.push_back(std::stod(text.substr(at, 40), &used));
            at += used + 1;
        }
        return result;
    };
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        const std::vector<double> fluid = dates(Tier::fluid, seed);
        const std::vector<double> flow = dates(Tier::flow, seed);
        REQUIRE(fluid.size() == kSends);
        REQUIRE(flow.size() == kSends);
        double worst = 0.0;
        for (std::size_t i = 0; i < kSends; ++i) {
            worst = std::max(worst, std::abs(fluid[i] - flow[i]) / flow[i]);
        }
        CHECK(worst < 1e-9);
    }
}

TEST_CASE(
    "network: a failure fails what is under way, refuses what follows and spares propagation") {
    for (const std::uint32_t tier : {kFluid, kFlow}) {
        for (const bool host : {false, true}) {
            CAPTURE(tier);
            CAPTURE(host);
            const std::string log = simulated([tier, host] {
                World world;
                Network& network = world.network;
                const LinkId link = world.engine.topology().ingress(2);
                Script script(world.core, 5);
                script
                    .at(1.0, [&] { world.send(kText, 0, 2, 10.0, 1); })  // arrives at 1.125
                    .at(1.0, [&] { world.send(tier, 0, 2, 1e6, 2); })    // would arrive at 3.125
                    .at(1.0, [&] { world.send(tier, 1, 0, 1e6, 3); })    // goes elsewhere: 2.03125
                    .at(1.0625,
                        [&] { host ? network.turn_host_off(2) : network.turn_link_off(link); })
                    .at(2.5, [&] { world.send(tier, 0, 2, 1e6, 4); })
                    .at(2.5, [&] { world.send(kText, 0, 2, 1e6, 5); })
                    .at(2.5, [&] { REQUIRE_FALSE(network.route_up(0, 2)); })
                    .at(3.0, [&] { host ? network.turn_host_on(2) : network.turn_link_on(link); })
                    .at(3.0, [&] { world.send(tier, 0, 2, 1e6, 6); })  // 3 + 2 + 0.125
                    .at(3.0, [&] { REQUIRE(network.route_up(0, 2)); });
                world.engine.run();
                const TierCount& count =
                    network.count(tier, tier == kFluid ? Tier::fluid : Tier::flow);
                REQUIRE(count.sends == 4);
                REQUIRE(count.delivered == 2);
                REQUIRE(count.failed == 1);
                REQUIRE(count.refused == 1);
                REQUIRE(count.bytes == 4e6);
                REQUIRE(network.in_flight() == 0);
                return world.text;
            });
            CHECK(log ==
                  "1.0625 2 failed\n1.125 1 delivered\n2.03125 3 delivered\n2.5 4 refused\n2.5 5 "
                  "refused\n"
                  "5.125 6 delivered\n");
        }
    }
}

TEST_CASE("network: a cancelled transfer never arrives and leaves its share to the others") {
    for (const std::uint32_t tier : {kFluid, kFlow}) {
        CAPTURE(tier);
        const std::string log = simulated([tier] {
            World world;
            TransferId first;
            TransferId second;
            Script script(world.core, 5);
            script.at(0.0, [&] { first = world.send(tier, 0, 1, 1e6, 1); });
            script.at(0.0, [&] { second = world.send(tier, 0, 3, 1e6, 2); });
            // the first had 0.5 MB at 1 s where it shares; fluid, the second's bottleneck is
            // another link
            script.at(0.5, [&] { REQUIRE(world.network.cancel(second)); });
            script.at(0.5, [&] { REQUIRE_FALSE(world.network.cancel(second)); });
            script.at(3.0, [&] { REQUIRE_FALSE(world.network.cancel(first)); });
            script.at(
                3.0, [&] { REQUIRE_FALSE(world.network.cancel(world.send(kText, 0, 1, 1.0, 3))); });
            world.engine.run();
            REQUIRE(
                world.network.count(tier, tier == kFluid ? Tier::fluid : Tier::flow).cancelled ==
                1);
            return world.text;
        });
        // flows: 0.25 MB at 0.5 MB/s in the first half second, then 0.75 MB at 1 MB/s; fluid: 1 s
        // in all
        CHECK(log == (tier == kFluid ? "1.03125 1 delivered\n3.03125 3 delivered\n"
                                     : "1.28125 1 delivered\n3.03125 3 delivered\n"));
    }
}

TEST_CASE("network: a change of bandwidth reaches transfers of both tiers") {
    for (const std::uint32_t tier : {kFluid, kFlow}) {
        CAPTURE(tier);
        const std::string log = simulated([tier] {
            World world;
            Script script(world.core, 5);
            const LinkId wan = world.engine.topology().wan(0, Direction::forward);
            script.at(0.0, [&] { world.send(tier, 0, 2, 1e6, 1); });
            // 0.5 MB are through, the rest at 0.8 MB/s: 1 + 0.625 + 0.125
            script.at(1.0, [&] { world.network.set_bandwidth(wan, 8e5); });
            world.engine.run();
            return world.text;
        });
        CHECK(log == "1.75 1 delivered\n");
    }
}

TEST_CASE("network: the policy of a class decides by size, cap and bottleneck") {
    const std::string log = simulated([] {
        World world(two_sites(),
                    {{.name = "media", .tier = Tier::flow, .from_bytes = 1e5},
                     {.name = "capped", .tier = Tier::flow, .rate_cap_bytes_per_s = 2.5e5},
                     {.name = "egress", .tier = Tier::fluid, .bottleneck = Bottleneck::egress},
                     {.name = "ingress", .tier = Tier::fluid, .bottleneck = Bottleneck::ingress}});
        Script script(world.core, 5);
        script
            .at(0.0, [&] { world.send(0, 0, 1, 99'999.0, 1); })  // 0.03125
            .at(1.0, [&] { world.send(0, 0, 1, 1e5, 2); })       // 1 + 0.1 + 0.03125
            .at(2.0, [&] { world.send(1, 0, 1, 1e6, 3); })       // 2 + 4 + 0.03125
            .at(10.0, [&] { world.send(2, 0, 2, 1e6, 4); })  // 10 + 1 + 0.125: not the link between
            .at(20.0, [&] { world.send(3, 0, 2, 1e6, 5); })  // both share the ingress of host 2:
            .at(20.0, [&] { world.send(3, 3, 2, 1e6, 6); });  // 20 + 2 + 0.125 and 20 + 2 + 0.03125
        world.engine.run();
        REQUIRE(world.network.count(0, Tier::latency).sends == 1);
        REQUIRE(world.network.count(0, Tier::flow).sends == 1);
        return world.text;
    });
    CHECK(log ==
          "0.03125 1 delivered\n1.13125 2 delivered\n6.03125 3 delivered\n11.125 4 delivered\n"
          "22.03125 6 delivered\n22.125 5 delivered\n");
}

TEST_CASE("network: policies that contradict themselves and sends to nowhere are refused") {
    const std::string text = simulated([] {
        PlatformSpec spec = two_sites();
        const SiteId island = spec.add_site({.name = "island"});
        spec.add_host(
            {.name = "i", .site = island, .egress_bytes_per_s = 1.0, .ingress_bytes_per_s = 1.0});
        World world(spec);
        const auto with = [&](const ClassPolicy& policy) {
            return Network(world.core, world.engine, {policy}, 0);
        };
        REQUIRE_THROWS_AS(with({.name = "x", .tier = Tier::fluid, .rate_cap_bytes_per_s = 1.0}),
                          std::invalid_argument);
        REQUIRE_THROWS_AS(with({.name = "x", .tier = Tier::flow, .rate_cap_bytes_per_s = -1.0}),
                          std::invalid_argument);
        REQUIRE_THROWS_AS(with({.name = "x", .from_bytes = std::nan("")}), std::invalid_argument);
        REQUIRE_THROWS_AS(world.send(kText, 0, 4, 1.0, 1), ContractViolation);
        REQUIRE_THROWS_AS(world.send(3, 0, 1, 1.0, 1), ContractViolation);
        REQUIRE_THROWS_AS(world.send(kText, 0, 1, -1.0, 1), ContractViolation);
        return std::string("refused");
    });
    CHECK(text == "refused");
}
