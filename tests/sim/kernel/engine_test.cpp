#include "sim/kernel/engine.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "models/contract.h"
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

/// Four hosts of one site, each with links of 1 MB/s.
PlatformSpec four_hosts() {
    PlatformSpec spec;
    const SiteId site = spec.add_site({.name = "site"});
    for (const char* host : {"h0", "h1", "h2", "h3"}) {
        spec.add_host(
            {.name = host, .site = site, .egress_bytes_per_s = 1e6, .ingress_bytes_per_s = 1e6});
    }
    return spec;
}

/// Writes down how flows end, dates with `digits` decimals.
class Log final : public FlowListener {
public:
    explicit Log(int digits = 9) : digits_(digits) {}
    void on_flow_end(double now_s, FlowId flow, Outcome outcome) override {
        text += fmt::format("{:.{}f} {} {}\n", now_s, digits_, flow.sequence, name(outcome));
    }
    std::string text;

private:
    int digits_;
};

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

}  // namespace

TEST_CASE(
    "engine: flows share, are capped, fail and are refused at the dates that arithmetic gives") {
    const std::string log = simulated([] {
        EventCore core;
        Engine engine(core, Topology(four_hosts()));
        Log ends;
        const auto flow = [&](HostId from, HostId to, double cap = 0.0) {
            return [&, from, to, cap] {
                engine.start_flow(
                    {.from = from, .to = to, .bytes = 1e6, .rate_cap_bytes_per_s = cap}, ends);
            };
        };
        const LinkId into_h1 = engine.topology().ingress(1);
        Script script(core, 0);
        script
            .at(1.0, flow(0, 1))         // 1: shares the egress of h0,
            .at(1.0, flow(0, 2))         // 2: each at 0.5 MB/s: 1 + 1/0.5 = 3 s
            .at(4.0, flow(0, 1, 2.5e5))  // 3: capped: 4 + 1/0.25 = 8 s
            .at(10.0, flow(0, 1))        // 4: its link goes down at 10.5 s
            .at(10.5, [&] { engine.turn_link_off(into_h1); })
            .at(11.0, flow(0, 1))  // 5: refused
            .at(12.0, [&] { engine.turn_link_on(into_h1); })
            .at(12.0, flow(0, 1))  // 6: 12 + 1 = 13 s
            .at(20.0, flow(2, 3))  // 7: its host goes down at 20.25 s
            .at(20.25, [&] { engine.turn_host_off(3); })
            .at(21.0, flow(2, 3))  // 8: refused
            .at(22.0, [&] { engine.turn_host_on(3); })
            .at(22.0, flow(2, 3))  // 9: half is through at 22.5 s, the rest takes 0.5/0.25 = 2 s
            .at(22.5, [&] { engine.set_bandwidth(engine.topology().egress(2), 2.5e5); });
        engine.run();
        REQUIRE(engine.flows_in_flight() == 0);
        return ends.text;
    });
    CHECK(log == joined({"3.000000000 1 delivered",
                         "3.000000000 2 delivered",
                         "8.000000000 3 delivered",
                         "10.500000000 4 failed",
                         "11.000000000 5 refused",
                         "13.000000000 6 delivered",
                         "20.250000000 7 failed",
                         "21.000000000 8 refused",
                         "24.500000000 9 delivered"}));
}

TEST_CASE(
    "engine: flows that end at one date come in the order of their start, after the events of that "
    "date") {
    const std::string log = simulated([] {
        EventCore core;
        Engine engine(core, Topology(four_hosts()));
        std::string text;
        struct Listener final : FlowListener {
            explicit Listener(std::string& t) : text(t) {}
            void on_flow_end(double now_s, FlowId flow, Outcome) override {
                text += fmt::format("flow {} at {}; ", flow.sequence, now_s);
            }
            std::string& text;
        } listener(text);
        Script script(core, 9);
        const auto own = [&](const char* what) { return [&text, what] { text += what; }; };
        script.at(1.0, [&] {
            // four disjoint pairs of links: all end at 2 s
            for (const HostId from : {3U, 1U, 0U, 2U}) {
                engine.start_flow({.from = from, .to = from ^ 1U, .bytes = 1e6}, listener);
            }
        });
        script.at(2.0, own("first; ")).at(2.0, own("second; ")).at(2.5, own("later; "));
        engine.run();
        return text;
    });
    CHECK(log == "first; second; flow 1 at 2; flow 2 at 2; flow 3 at 2; flow 4 at 2; later; ");
}

TEST_CASE("engine: a cancelled flow is not heard of again and leaves its share to the others") {
    const std::string log = simulated([] {
        EventCore core;
        Engine engine(core, Topology(four_hosts()));
        Log ends;
        Script script(core, 0);
        FlowId first;
        FlowId second;
        FlowId same_date;
        script.at(0.0, [&] {
            first = engine.start_flow({.from = 0, .to = 1, .bytes = 1e6}, ends);
            second = engine.start_flow({.from = 0, .to = 2, .bytes = 1e6}, ends);
        });
        script.at(1.0, [&] {
            REQUIRE(engine.cancel_flow(first));  // 0.5 MB of the second are left
            REQUIRE_FALSE(engine.cancel_flow(first));
            same_date = engine.start_flow({.from = 2, .to = 3, .bytes = 1e6}, ends);
            REQUIRE(engine.cancel_flow(same_date));
        });
        script.at(1.5, [&] { REQUIRE(engine.cancel_flow(second)); });  // at the date of its end
        script.at(1.75, [&] {
            REQUIRE_FALSE(engine.cancel_flow(second));
            engine.start_flow({.from = 0, .to = 1, .bytes = 1e6}, ends);
        });
        script.at(5.0, [&] { REQUIRE_FALSE(engine.cancel_flow(FlowId{})); });
        engine.run();
        return ends.text;
    });
    CHECK(log == "2.750000000 4 delivered\n");
}

namespace {

/// Three sites of two hosts, one with an uplink.
PlatformSpec three_sites() {
    PlatformSpec spec;
    for (const char* site : {"a", "b", "c"}) {
        const SiteId id =
            spec.add_site({.name = site, .uplink_bytes_per_s = site[0] == 'b' ? 2e6 : 0.0});
        for (const char* host : {"0", "1"}) {
            spec.add_host({.name = std::string(site) + host,
                           .site = id,
                           .egress_bytes_per_s = 1e6,
                           .ingress_bytes_per_s = 2e6});
        }
    }
    spec.join({.a = 0, .b = 1, .bytes_per_s = 1.5e6, .latency_s = 0.03});
    spec.join({.a = 1, .b = 2, .bytes_per_s = 1e6, .latency_s = 0.05});
    spec.join({.a = 0, .b = 2, .bytes_per_s = 0.7e6, .latency_s = 0.08});
    return spec;
}

}  // namespace

TEST_CASE("engine: every kind of route in three regions is the one described") {
    const std::string differences = simulated([] {
        PlatformSpec spec = three_sites();
        // a fourth region behind the third: its routes share links with others
        const SiteId far = spec.add_site({.name = "d", .uplink_bytes_per_s = 3e6});
        spec.add_host(
            {.name = "d0", .site = far, .egress_bytes_per_s = 1e6, .ingress_bytes_per_s = 1e6});
        spec.wan_links.push_back({.name = "c-d", .bytes_per_s = 1e6});
        spec.wan_routes.push_back({.a = far,
                                   .b = 2,
                                   .hops = {{.link = 3, .direction = Direction::backward}},
                                   .latency_s = 0.1});
        spec.wan_routes.push_back(
            {.a = 0, .b = far, .hops = {{.link = 2}, {.link = 3}}, .latency_s = 0.2});
        EventCore core;
        Engine engine(core, Topology(spec));
        std::string text;
        int compared = 0;
        for (HostId from = 0; from < engine.topology().host_count(); ++from) {
            for (HostId to = 0; to < engine.topology().host_count(); ++to) {
                if (from == to || !engine.topology().joined(from, to)) continue;
                ++compared;
                if (engine.simgrid_route(from, to) == engine.topology().route(from, to)) continue;
                text += fmt::format("{} -> {}\n", from, to);
            }
        }
        // 7 hosts are 42 pairs; the fourth region's host and the second's two are not joined: 4
        // pairs less
        return text + fmt::format("{} compared", compared);
    });
    CHECK(differences == "38 compared");
}

TEST_CASE("engine: a flow between regions is held up by the narrowest thing on its way") {
    const std::string log = simulated([] {
        PlatformSpec spec = three_sites();
        spec.hosts[0].egress_bytes_per_s = 8e6;
        spec.hosts[2].ingress_bytes_per_s = 8e6;
        EventCore core;
        Engine engine(core, Topology(spec));
        Log ends;
        Script script(core, 0);
        const auto flow = [&] { engine.start_flow({.from = 0, .to = 2, .bytes = 6e6}, ends); };
        script
            .at(0.0, flow)  // the link of 1.5 MB/s: 4 s
            .at(10.0,
                [&] { engine.set_bandwidth(engine.topology().wan(0, Direction::forward), 6e6); })
            .at(10.0, flow)  // the uplink of 2 MB/s into b: 3 s
            .at(20.0, [&] { engine.set_bandwidth(engine.topology().uplink_in(1), 12e6); })
            .at(20.0, flow)  // the link again, now of 6 MB/s: 1 s
            .at(30.0, [&] { engine.set_bandwidth(engine.topology().egress(0), 5e5); })
            .at(30.0, flow);  // the sender: 12 s
        engine.run();
        return ends.text;
    });
    CHECK(log == joined({"4.000000000 1 delivered",
                         "13.000000000 2 delivered",
                         "21.000000000 3 delivered",
                         "42.000000000 4 delivered"}));
}

TEST_CASE("engine: a flow under way gains when the link that held it up is widened") {
    const std::string log = simulated([] {
        EventCore core;
        Engine engine(core, Topology(four_hosts()));
        Log ends;
        Script script(core, 0);
        script.at(0.0, [&] { engine.set_bandwidth(engine.topology().egress(0), 2.5e5); });
        script.at(0.0, [&] { engine.start_flow({.from = 0, .to = 1, .bytes = 1e6}, ends); });
        // 0.25 MB are through; the rest at 0.75 MB/s takes 1 s
        script.at(1.0, [&] { engine.set_bandwidth(engine.topology().egress(0), 7.5e5); });
        engine.run();
        return ends.text;
    });
    CHECK(log == "2.000000000 1 delivered\n");
}

TEST_CASE("engine: without a platform own events run without a step of the network's clock") {
    const std::string text = simulated([] {
        EventCore core;
        Engine engine(core, Topology({}));
        Actor actor;
        const SlotId slot = core.add(actor, 0);
        actor.date = [&](double now_s) {
            if (core.events() < 1'000'000) core.arm(slot, now_s + 0.125);
        };
        core.arm(slot, 0.0);
        engine.run();
        return fmt::format("{} events, {} steps, {}", core.events(), engine.steps(), core.now());
    });
    CHECK(text == "1000000 events, 0 steps, 124999.875");  // 999,999 / 8
}

TEST_CASE("engine: a stopped run ends at once, dropping its flows and orders") {
    for (const Lookahead lookahead : {Lookahead::on, Lookahead::off}) {
        const std::string text = simulated([lookahead] {
            EventCore core;
            Engine engine(core, Topology(four_hosts()), lookahead);
            Log ends;
            Script script(core, 0);
            script.at(1.0, [&] { engine.start_flow({.from = 0, .to = 1, .bytes = 1e9}, ends); });
            script.at(2.0, [&] {
                engine.start_flow({.from = 1, .to = 2, .bytes = 1e6}, ends);
                core.stop();
            });
            script.at(3.0, [&] { ends.text += "an event after the stop"; });
            engine.run();
            return ends.text + fmt::format("{} {}", core.now(), engine.flows_in_flight());
        });
        CHECK(text == "2 0");
    }
}

TEST_CASE(
    "engine: what a component throws comes out of the run, from events and from ends of flows "
    "alike") {
    for (const bool from_flow : {false, true}) {
        const std::string text = simulated([from_flow] {
            struct Thrower final : FlowListener {
                void on_flow_end(double, FlowId, Outcome) override {
                    throw std::runtime_error("flow");
                }
            } thrower;
            EventCore core;
            Engine engine(core, Topology(four_hosts()));
            Script script(core, 0);
            script.at(0.0, [&] {
                engine.start_flow({.from = 0, .to = 1, .bytes = 1e6}, thrower);
                engine.start_flow({.from = 2, .to = 3, .bytes = 9e6}, thrower);  // still under way
            });
            if (!from_flow) script.at(0.5, [] { throw std::runtime_error("event"); });
            try {
                engine.run();
            } catch (const std::runtime_error& error) {
                return std::string(error.what());
            }
            return std::string("nothing");
        });
        CHECK(text == (from_flow ? "flow" : "event"));
    }
}

TEST_CASE("engine: misuse is refused") {
    const std::string text = simulated([] {
        EventCore core;
        Engine engine(core, Topology(three_sites()));
        Log ends;
        REQUIRE_THROWS_AS(engine.start_flow({.from = 0, .to = 0, .bytes = 1.0}, ends),
                          ContractViolation);
        REQUIRE_THROWS_AS(engine.start_flow({.from = 0, .to = 6, .bytes = 1.0}, ends),
                          ContractViolation);
        REQUIRE_THROWS_AS(engine.start_flow({.from = 0, .to = 1, .bytes = -1.0}, ends),
                          ContractViolation);
        REQUIRE_THROWS_AS(engine.set_bandwidth(0, 0.0), ContractViolation);
        REQUIRE_THROWS_AS(engine.turn_link_off(engine.topology().uplink_in(0)), ContractViolation);
        REQUIRE_THROWS_AS(engine.turn_link_off(1000), ContractViolation);
        REQUIRE_THROWS_AS(engine.turn_host_off(6), ContractViolation);
        REQUIRE_THROWS_AS(Engine(core, Topology({})), ContractViolation);
        return std::string("refused");
    });
    CHECK(text == "refused");
}

TEST_CASE("engine: booting SimGrid leaves the process its signal handlers") {
    const std::string text = simulated([] {
        std::signal(SIGINT, SIG_DFL);
        EventCore core;
        const Engine engine(core, Topology({}));
        std::string handlers;
        for (const int signal : {SIGINT, SIGSEGV, SIGBUS}) {
            handlers += std::signal(signal, SIG_DFL) == SIG_DFL ? "default " : "other ";
        }
        return handlers;
    });
    CHECK(text == "default default default ");
}
