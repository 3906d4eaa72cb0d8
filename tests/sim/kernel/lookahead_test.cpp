#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "sim/kernel/engine.h"
#include "tests/sim/kernel/simulated.h"
#include "tests/support/property.h"

using namespace plimsoll::kernel;
using plimsoll::test::Actor;
using plimsoll::test::name;
using plimsoll::test::Random;
using plimsoll::test::Script;
using plimsoll::test::simulated;

namespace {

/// A random world of own events, flows, caps, failures and changes of bandwidth, written down to
/// the last bit.
class RandomWorld {
public:
    RandomWorld(EventCore& core, Engine& engine, std::uint64_t seed, int acts)
        : core_(core), engine_(engine), random_(seed), left_(acts) {
        for (int i = 0; i < 5; ++i) {
            Actor& actor = *actors_.emplace_back(std::make_unique<Actor>());
            const SlotId slot = core.add(actor, static_cast<Kind>(i % 3));
            actor.date = [this, slot](double now_s) {
                write(now_s, fmt::format("slot {}", slot));
                act(slot);
            };
            actor.message = [this](double now_s, const Message& m) {
                write(now_s, fmt::format("message {}", m.a));
            };
            core.arm(slot, 0.25 * i);
        }
        listener_.world = this;
    }

    std::string text;

private:
    struct Listener final : FlowListener {
        void on_flow_end(double now_s, FlowId flow, Outcome outcome) override {
            world->write(now_s, fmt::format("flow {} {}", flow.sequence, name(outcome)));
            world->core_.post(now_s + world->latency(),
                              {.a = flow.sequence, .target = 0, .kind = 1});
            if (world->random_.chance(0.3)) world->flow();
        }
        RandomWorld* world = nullptr;
    };

    void write(double now_s, const std::string& what) {
        text += fmt::format("{:a} {}\n", now_s, what);
    }

    double latency() { return random_.chance(0.3) ? 0.0 : random_.uniform(); }

    void flow() {
        const auto from = random_.between(HostId{0}, HostId{5});
        const auto to = (from + random_.between(HostId{1}, HostId{5})) % 6;
        // whole numbers and dates on a grid, so that ends tie with events; or anything
        const double bytes =
            random_.chance(0.5) ? 2.5e5 * random_.between(1, 8) : random_.log_between(1.0, 1e7);
        const double cap = random_.chance(0.1) ? 1e5 : 0.0;
        flows_.push_back(engine_.start_flow(
            {.from = from, .to = to, .bytes = bytes, .rate_cap_bytes_per_s = cap}, listener_));
    }

    void act(SlotId slot) {
        if (--left_ <= 0) {
            repair();
            return;
        }
        const double what = random_.uniform();
        const auto link = random_.between(LinkId{0}, engine_.topology().link_count() - 1);
        const auto host = random_.between(HostId{0}, HostId{5});
        if (what < 0.5) {
            for (int i = random_.between(1, 3); i > 0; --i) flow();
        } else if (what < 0.55 && !flows_.empty()) {
            engine_.cancel_flow(random_.pick(flows_));
        } else if (what < 0.60) {
            if (engine_.topology().bytes_per_s(link) > 0.0) engine_.turn_link_off(link);
        } else if (what < 0.64) {
            engine_.turn_host_off(host);
        } else if (what < 0.72) {
            repair();
        } else if (what < 0.78) {
            if (engine_.topology().bytes_per_s(link) > 0.0) {
                engine_.set_bandwidth(link, random_.between(2e5, 3e6));
            }
        } else {
            core_.post(core_.now() + latency(), {.a = 1000U + slot, .target = slot, .kind = 2});
        }
        // jumps of every size, on a grid or not
        const double step =
            random_.chance(0.5) ? 0.25 * random_.between(0, 4) : random_.log_between(1e-7, 50.0);
        core_.arm(slot, core_.now() + step);
    }

    void repair() {
        for (LinkId l = 0; l < engine_.topology().link_count(); ++l) {
            if (engine_.topology().bytes_per_s(l) > 0.0) engine_.turn_link_on(l);
        }
        for (HostId h = 0; h < 6; ++h) engine_.turn_host_on(h);
    }

    EventCore& core_;
    Engine& engine_;
    Random random_;
    int left_;
    Listener listener_;
    std::vector<std::unique_ptr<Actor>> actors_;
    std::vector<FlowId> flows_;
};

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

std::string random_world(Lookahead lookahead, std::uint64_t seed, std::uint64_t& steps) {
    const std::string text = simulated([&] {
        EventCore core;
        Engine engine(core, Topology(three_sites()), lookahead);
        RandomWorld world(core, engine, seed, 1500);
        engine.run();
        return fmt::format("{} steps\n", engine.steps()) + world.text +
               fmt::format("{:a} {} events", core.now(), core.events());
    });
    const std::size_t line = text.find('\n');
    steps = std::stoull(text);
    return text.substr(line);
}

}  // namespace

TEST_CASE(
    "engine: with and without lookahead a run of flows, failures and own events is the same to the "
    "last bit") {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        CAPTURE(seed);
        std::uint64_t steps_on = 0;
        std::uint64_t steps_off = 0;
        const std::string on = random_world(Lookahead::on, seed, steps_on);
        const std::string off = random_world(Lookahead::off, seed, steps_off);
        CHECK(on == off);
        CHECK(on == random_world(Lookahead::on, seed, steps_on));
        CHECK(steps_on < steps_off);
        for (const char* what : {"delivered", "failed", "refused"}) {
            CHECK(on.find(what) != std::string::npos);
        }
    }
}

TEST_CASE(
    "engine: a lone flow ends at the very double that start + bytes / bandwidth is, wherever the "
    "clock stops") {
    for (const Lookahead lookahead : {Lookahead::on, Lookahead::off}) {
        for (std::uint64_t seed = 1; seed <= 10; ++seed) {
            CAPTURE(seed);
            const std::string wrong = simulated([&] {
                EventCore core;
                Engine engine(core, Topology(three_sites()), lookahead);
                Random random(seed);
                struct Ends final : FlowListener {
                    void on_flow_end(double now_s, FlowId, Outcome) override {
                        dates.push_back(now_s);
                    }
                    std::vector<double> dates;
                } ends;
                std::vector<double> expected;
                Script script(core, 0);
                // the clock multiplies at each start and each end, so that differences of dates are
                // rounded
                double now_s = 1e-5;
                while (now_s < 1e6) {
                    const double start_s = now_s * random.between(1.0, 9.0);
                    const double bytes = std::ceil(1e6 * start_s * random.log_between(0.01, 9.0));
                    const double end_s = start_s + bytes / 1e6;
                    script.at(start_s, [&engine, &ends, bytes] {
                        engine.start_flow({.from = 0, .to = 1, .bytes = bytes}, ends);
                    });
                    // close to the end, but before it
                    script.at(std::max(start_s, end_s - 5e-10), [] {});
                    expected.push_back(end_s);
                    now_s = end_s + 1e-5;
                }
                engine.run();
                std::string text;
                REQUIRE(ends.dates.size() == expected.size());
                for (std::size_t i = 0; i < expected.size(); ++i) {
                    if (ends.dates[i] == expected[i]) continue;
                    text += fmt::format("{:a} instead of {:a}\n", ends.dates[i], expected[i]);
                }
                return text;
            });
            CHECK(wrong == "");
        }
    }
}
