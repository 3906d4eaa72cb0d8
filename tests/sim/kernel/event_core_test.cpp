#include "sim/kernel/event_core.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/sim/kernel/simulated.h"
#include "tests/support/property.h"

using namespace plimsoll::kernel;
using plimsoll::ContractViolation;
using plimsoll::test::Actor;
using plimsoll::test::for_all;
using plimsoll::test::Random;

namespace {

constexpr double kForever = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE(
    "event_core: events of one date run by kind, then messages by posting, then slots by "
    "registration") {
    EventCore core;
    std::string log;
    std::vector<std::unique_ptr<Actor>> actors;
    // registered out of the order of their kinds
    for (const Kind kind : {Kind{5}, Kind{3}, Kind{5}, Kind{4}}) {
        auto& actor = actors.emplace_back(std::make_unique<Actor>());
        const SlotId slot = core.add(*actor, kind);
        actor->date = [&log, slot](double) { log += fmt::format(" s{}", slot); };
        actor->message = [&log](double, const Message& m) {
            log += fmt::format(" m{}.{}", m.kind, m.a);
        };
    }
    for (SlotId slot = 0; slot < 4; ++slot) core.arm(slot, 1.0);
    core.post(1.0, {.a = 1, .target = 0, .kind = 4});
    core.post(1.0, {.a = 2, .target = 1, .kind = 6});
    core.post(1.0, {.a = 3, .target = 2, .kind = 4});
    core.drain(kForever);
    // kind 3: slot 1; kind 4: messages 1 and 3, slot 3; kind 5: slots 0 and 2; kind 6: message 2
    CHECK(log == " s1 m4.1 m4.3 s3 s0 s2 m6.2");
    CHECK(core.events() == 7);
    CHECK(core.now() == 1.0);
}

TEST_CASE("event_core: a message carries its words, kind and outcome to its target at its date") {
    EventCore core;
    Actor actor;
    const SlotId slot = core.add(actor, 0);
    std::vector<std::tuple<double, Message>> got;
    actor.message = [&](double now_s, const Message& m) { got.emplace_back(now_s, m); };
    core.post(
        2.0, {.a = ~0ULL, .b = 1ULL << 63U, .target = slot, .kind = 9, .outcome = Outcome::failed});
    core.post(0.5, {.a = 7, .target = slot, .kind = 65535});
    CHECK(core.messages_in_flight() == 2);
    CHECK(core.next_date() == 0.5);
    core.drain(1.0);
    REQUIRE(got.size() == 1);
    CHECK(std::get<1>(got[0]).kind == 65535);
    CHECK(std::get<1>(got[0]).a == 7);
    CHECK(std::get<1>(got[0]).outcome == Outcome::delivered);
    core.drain(kForever);
    REQUIRE(got.size() == 2);
    CHECK(std::get<0>(got[1]) == 2.0);
    CHECK(std::get<1>(got[1]).a == ~0ULL);
    CHECK(std::get<1>(got[1]).b == 1ULL << 63U);
    CHECK(std::get<1>(got[1]).target == slot);
    CHECK(std::get<1>(got[1]).outcome == Outcome::failed);
}

TEST_CASE("event_core: a slot acts once unless armed again, and can be moved or disarmed") {
    EventCore core;
    std::string log;
    std::array<Actor, 3> actors;
    for (SlotId i = 0; i < 3; ++i) {
        const SlotId slot = core.add(actors[i], 0);
        actors[i].date = [&, slot](double now_s) {
            log += fmt::format(" {}@{}", slot, now_s);
            if (slot == 0 && now_s < 3.0) core.arm(slot, now_s + 1.0);
            if (slot == 0 && now_s == 2.0) core.arm(1, 2.5);
            if (slot == 0 && now_s == 2.0) core.disarm(2);
        };
    }
    core.arm(0, 1.0);
    core.arm(1, 10.0);
    core.arm(2, 4.0);
    CHECK(core.armed_at(1) == 10.0);
    core.drain(kForever);
    CHECK(log == " 0@1 0@2 1@2.5 0@3");
    CHECK(core.armed_at(2) == kNever);
    CHECK(core.next_date() == kNever);
}

TEST_CASE(
    "event_core: draining stops after the horizon and, with an order waiting, after the order's "
    "date") {
    EventCore core;
    std::string log;
    std::array<Actor, 2> actors;
    for (SlotId i = 0; i < 2; ++i) {
        const SlotId slot = core.add(actors[i], 0);
        actors[i].date = [&, slot](double now_s) {
            log += fmt::format(" {}@{}", slot, now_s);
            if (slot == 0 && now_s == 2.0) core.order(OrderVerb::link_off, 7);
            core.arm(slot, now_s + 1.0);
        };
        core.arm(slot, 1.0);
    }
    core.drain(1.5);
    CHECK(log == " 0@1 1@1");
    core.drain(kForever);
    CHECK(log == " 0@1 1@1 0@2 1@2");
    CHECK(core.order_date() == 2.0);
    const Order order = core.take_order();
    CHECK(order.verb == OrderVerb::link_off);
    CHECK(order.subject == 7);
    CHECK(order.date_s == 2.0);
    CHECK(core.order_date() == kNever);
    core.drain(3.0);
    CHECK(log == " 0@1 1@1 0@2 1@2 0@3 1@3");
}

TEST_CASE("event_core: after stop nothing happens, not even at the same date") {
    EventCore core;
    Actor first;
    Actor second;
    int ran = 0;
    first.date = [&](double) { core.stop(); };
    second.date = [&](double) { ++ran; };
    core.arm(core.add(first, 0), 1.0);
    core.arm(core.add(second, 0), 1.0);
    core.drain(kForever);
    CHECK(core.stopped());
    CHECK(ran == 0);
    CHECK(core.events() == 1);
    CHECK(core.next_date() == kNever);
}

TEST_CASE("event_core: the past, the unknown and what is no number are refused") {
    EventCore core;
    Actor actor;
    const SlotId slot = core.add(actor, 0);
    core.arm(slot, 1.0);
    core.drain(kForever);
    CHECK_THROWS_AS(core.arm(slot, 0.5), ContractViolation);
    CHECK_THROWS_AS(core.arm(slot, std::nan("")), ContractViolation);
    CHECK_THROWS_AS(core.arm(slot + 1, 2.0), ContractViolation);
    CHECK_THROWS_AS(core.post(0.5, {.target = slot}), ContractViolation);
    CHECK_THROWS_AS(core.post(kNever, {.target = slot}), ContractViolation);
    CHECK_THROWS_AS(core.post(2.0, {.target = slot + 1}), ContractViolation);
    CHECK_THROWS_AS(core.take_order(), ContractViolation);
}

TEST_CASE(
    "event_core: components may join while events run, before or after those of the running kind") {
    EventCore core;
    std::string log;
    Actor first;
    std::vector<std::unique_ptr<Actor>> late;
    const SlotId slot = core.add(first, 5);
    first.date = [&](double now_s) {
        log += fmt::format(" first@{}", now_s);
        if (now_s >= 4.0) return;
        for (const Kind kind : {Kind{1}, Kind{9}}) {
            auto& actor = late.emplace_back(std::make_unique<Actor>());
            actor->date = [&log, kind](double t) { log += fmt::format(" {}@{}", kind, t); };
            core.arm(core.add(*actor, kind), now_s + 1.0);
        }
        core.arm(slot, now_s + 1.0);
    };
    core.arm(slot, 1.0);
    core.drain(kForever);
    CHECK(log == " first@1 1@2 first@2 9@2 1@3 first@3 9@3 1@4 first@4 9@4");
}

namespace {

/// What a random run did, as lines, by the event core or by an oracle that sorts everything pending
/// each time.
struct RandomRun {
    struct Due {
        double date_s;
        Kind kind;
        int is_slot;  // messages before slots
        std::uint64_t id;
        bool operator<(const Due& o) const {
            return std::tie(date_s, kind, is_slot, id) <
                   std::tie(o.date_s, o.kind, o.is_slot, o.id);
        }
    };

    static constexpr int kComponents = 200;
    static constexpr int kEvents = 3000;

    static Kind kind_of(std::uint64_t slot) { return static_cast<Kind>(slot * 7 % 4); }

    /// What an event at `now_s` does, drawn from `random`: arms and posts through `arm` and `post`.
    template <class Arm, class Post>
    static void act(Random& random, double now_s, Arm arm, Post post) {
        for (int i = random.between(0, 2); i > 0; --i) {
            const auto slot = random.between(0, kComponents - 1);
            const double date = random.chance(0.1) ? kNever : now_s + random.between(0, 5);
            arm(static_cast<SlotId>(slot), date);
        }
        for (int i = random.between(0, 1); i > 0; --i) {
            const auto kind = static_cast<Kind>(random.between(0, 4));
            post(now_s + random.between(0, 3), kind);
        }
    }

    static std::string by_core(std::uint64_t seed) {
        Random random(seed);
        EventCore core;
        std::string log;
        std::uint64_t posted = 0;
        std::vector<Actor> actors(kComponents);
        const auto more = [&](double now_s) {
            if (core.events() >= kEvents) core.stop();
            act(
                random,
                now_s,
                [&](SlotId slot, double date) { core.arm(slot, date); },
                [&](double date, Kind kind) {
                    core.post(date, {.a = posted++, .target = 0, .kind = kind});
                });
        };
        for (int i = 0; i < kComponents; ++i) {
            Actor& actor = actors[static_cast<std::size_t>(i)];
            const SlotId slot = core.add(actor, kind_of(static_cast<std::uint64_t>(i)));
            actor.date = [&, slot](double now_s) {
                log += fmt::format("{} slot {}\n", now_s, slot);
                more(now_s);
            };
            actor.message = [&](double now_s, const Message& m) {
                log += fmt::format("{} message {}\n", now_s, m.a);
                more(now_s);
            };
            core.arm(slot, 0.0);
        }
        core.drain(kForever);
        return log;
    }

    static std::string by_oracle(std::uint64_t seed) {
        Random random(seed);
        std::string log;
        std::vector<Due> pending;
        std::uint64_t posted = 0;
        for (std::uint64_t i = 0; i < kComponents; ++i) pending.push_back({0.0, kind_of(i), 1, i});
        for (int event = 1; !pending.empty() && event <= kEvents; ++event) {
            const auto least = std::min_element(pending.begin(), pending.end());
            const Due due = *least;
            pending.erase(least);
            log += fmt::format(
                "{} {} {}\n", due.date_s, due.is_slot == 1 ? "slot" : "message", due.id);
            act(
                random,
                due.date_s,
                [&](SlotId slot, double date) {
                    std::erase_if(pending,
                                  [&](const Due& d) { return d.is_slot == 1 && d.id == slot; });
                    if (date < kNever) pending.push_back({date, kind_of(slot), 1, slot});
                },
                [&](double date, Kind kind) {
                    pending.push_back({date, kind, 0, posted++});
                });
        }
        return log;
    }
};

}  // namespace

TEST_CASE(
    "event_core: random runs full of ties happen in the order of an oracle that sorts all that is "
    "pending") {
    const auto generate = [](Random& random) { return random.bits(); };
    for_all(3, 20, generate, [](std::uint64_t seed) {
        return RandomRun::by_core(seed) == RandomRun::by_oracle(seed);
    });
}
