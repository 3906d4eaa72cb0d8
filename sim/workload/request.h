#pragma once

#include <cstdint>

namespace plimsoll {

/// The lengths of one request, tokens.
struct LengthPair {
    std::int32_t prompt = 1;
    std::int32_t output = 1;
};

/// One request as it reaches the router.
struct Request {
    std::int64_t id = 0;
    std::int32_t class_index = 0;
    std::int32_t prompt_tokens = 0;
    std::int32_t output_tokens = 0;
    /// The conversation that it is a turn of, within its class; -1: none.
    std::int32_t session = -1;
    double arrival_s = 0.0;
};

/// How a request left the system.
enum class Outcome : std::uint8_t { completed, rejected, timed_out };

/// What is known of a request once it has left. Dates in seconds from the start of the run;
/// token dates are those of delivery to the client.
struct RequestRecord {
    std::int64_t id = 0;
    std::int32_t class_index = 0;
    std::int32_t pool_index = 0;
    std::int32_t replica = -1;
    std::int32_t prompt_tokens = 0;
    std::int32_t output_tokens = 0;
    std::int32_t preemptions = 0;
    /// As in Request.
    std::int32_t session = -1;
    Outcome outcome = Outcome::completed;
    double arrival_s = 0.0;
    /// Start of the step that first computed part of its prompt; negative if there was none before
    /// the end.
    double admitted_s = 0.0;
    /// Meaningless without output tokens.
    double first_token_s = 0.0;
    /// Delivery of the last token, or the date of rejection or abort.
    double end_s = 0.0;
};

}  // namespace plimsoll
