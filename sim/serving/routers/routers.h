#pragma once

#include <memory>

#include "sim/serving/router.h"

namespace plimsoll {

/// Each replica in turn.
[[nodiscard]] std::unique_ptr<Router> make_round_robin(const PolicySpec& spec);
/// The replica with the fewest requests, running and waiting; the first of equals.
[[nodiscard]] std::unique_ptr<Router> make_least_loaded(const PolicySpec& spec);
/// One queue for all: a request goes to the emptiest replica with room, or waits for the first
/// that has some.
[[nodiscard]] std::unique_ptr<Router> make_central_queue(const PolicySpec& spec);

}  // namespace plimsoll
