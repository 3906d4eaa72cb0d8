#include <doctest/doctest.h>

#include "tests/support/queue_laws.h"

namespace plimsoll::test {

TEST_CASE("queueing_laws: all laws hold jointly at 99.9 %, each to 3 %" * doctest::skip()) {
    // (4.5 / 1.96)^2, from a half-width at 95 % to one at 99.9 % over all checks, and some margin.
    CHECK(check_queue_laws(9.0) <= 0.03);
}

}  // namespace plimsoll::test
