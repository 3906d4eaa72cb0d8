#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "models/units.h"
#include "sim/params.h"
#include "sim/random.h"

namespace plimsoll {

inline constexpr double kNever = std::numeric_limits<double>::infinity();

/// One arrival: its date and, where the process dictates them (a trace), its lengths.
struct ArrivalDraw {
    double date_s = 0.0;
    /// 0: to be drawn from the class's length distributions.
    std::int32_t prompt_tokens = 0;
    std::int32_t output_tokens = 0;
    /// The conversation that it is a turn of; -1: none. Numbers of ended ones are used again.
    std::int32_t session = -1;
    /// What of the conversation so far stands before the prompt's new tokens.
    std::int32_t history_tokens = 0;
};

/// How a request left, as the process that drew it needs to know it.
struct RequestEnd {
    std::int32_t session = -1;
    /// The whole prompt and what was answered.
    std::int32_t prompt_tokens = 0;
    std::int32_t output_tokens = 0;
    bool completed = true;
};

/// Draws the arrivals of one class of requests, in order of date.
class ArrivalProcess {
public:
    virtual ~ArrivalProcess() = default;

    /// Date of the next arrival; kNever when none is due (the end, or a closed loop that waits).
    [[nodiscard]] double next_s() const { return do_next_s(); }
    /// Takes the next arrival. Expects next_s() to be finite. Dates never decrease.
    [[nodiscard]] ArrivalDraw take();
    /// Tells the process that one of its requests left the system at `date_s`: users of a closed
    /// loop and conversations go on from there.
    void on_end(double date_s, const RequestEnd& end = {}) { do_on_end(date_s, end); }

private:
    [[nodiscard]] virtual double do_next_s() const = 0;
    [[nodiscard]] virtual ArrivalDraw do_take() = 0;
    virtual void do_on_end(double date_s, const RequestEnd& end);

    double last_s_ = 0.0;
};

/// No prompt or answer is longer, whatever a distribution's tail says, tokens.
inline constexpr double kMaxTokens = 1e9;

/// The length of a prompt or an answer, tokens, at least 1.
class LengthDistribution {
public:
    virtual ~LengthDistribution() = default;
    [[nodiscard]] std::int32_t draw(Stream& stream) const;
    /// The length that takes the place of `z` among standard normal numbers: it rises with z, and
    /// of a normal z it is distributed as draw() is. A mixture draws its part from `stream`.
    [[nodiscard]] std::int32_t draw_at(double z, Stream& stream) const;

private:
    /// A whole number in [1, kMaxTokens].
    [[nodiscard]] virtual double do_draw(Stream& stream) const = 0;
    [[nodiscard]] virtual double do_draw_at(double z, Stream& stream) const = 0;
};

/// What an arrival process offers on average, before any load factor.
struct ArrivalRate {
    /// Requests per second; 0 for a closed loop, whose rate is an outcome.
    PerSecond rate;
    /// Users of a closed loop; 0 for an open one.
    double concurrency = 0.0;
    /// Mean pause of a closed loop's user between an answer and the next request.
    Seconds think_time;
    /// How long a trace lasts, from its first arrival to its last; 0 for generators.
    Seconds span;
    /// Squared coefficient of variation of the times between arrivals, at the mean rate.
    double scv = 1.0;
};

/// The process that `spec` names, fed from `stream`. `load` multiplies open-loop rates, compresses
/// trace time and multiplies closed-loop concurrency (rounded, at least 1). Throws FileError on an
/// unreadable trace and TraceError on a malformed one.
[[nodiscard]] std::unique_ptr<ArrivalProcess> make_arrival(const PolicySpec& spec,
                                                           Stream stream,
                                                           double load);
/// The distribution that `spec` names; a trace's lengths come with its arrivals, so "trace" is
/// refused here.
[[nodiscard]] std::unique_ptr<LengthDistribution> make_lengths(const PolicySpec& spec);
/// The mean rate of the process that `spec` names; reads a trace (count / span). Throws as
/// make_arrival.
[[nodiscard]] ArrivalRate arrival_rate(const PolicySpec& spec);

}  // namespace plimsoll
