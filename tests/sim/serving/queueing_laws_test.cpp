#include <doctest/doctest.h>

#include "tests/support/queue_laws.h"

namespace plimsoll::test {

// A quarter of the requests of the campaign's base, so that the suite stays short; each wait is
// compared with its recursion besides, to the last bits.
TEST_CASE(
    "queueing_laws: M/M/1 waits as Pollaczek and Khinchine say, from 0.3 to 0.95 of capacity") {
    CHECK(check_queue_laws(0.25, "M/M/1") < 0.2);
}

TEST_CASE("queueing_laws: M/D/1 waits half as long") {
    CHECK(check_queue_laws(0.25, "M/D/1") < 0.15);
}

TEST_CASE("queueing_laws: eight replicas with one queue wait as Erlang's C says") {
    CHECK(check_queue_laws(0.1, "M/M/8") < 0.35);
}

TEST_CASE("queueing_laws: queues of their own wait longer than one for all") {
    for (const double load : {0.5, 0.7, 0.9}) {
        QueueCase c{.law = "own queues", .load = load, .servers = 8, .requests = 200000};
        const double theory = theoretical_wait(c);
        const auto wait = [&](const char* router) {
            c.router = router;
            return batch_mean(QueueModel(c).run().wait_batches, 0.999);
        };
        const BatchMean central = wait("central_queue");
        const BatchMean least = wait("least_loaded");
        const BatchMean in_turn = wait("round_robin");
        CAPTURE(load);
        CHECK(std::abs(central.mean - theory) <= central.half_width);
        CHECK(least.mean - least.half_width > central.mean);
        CHECK(least.mean - least.half_width > theory);
        CHECK(in_turn.mean - in_turn.half_width > least.mean);
    }
}

}  // namespace plimsoll::test
