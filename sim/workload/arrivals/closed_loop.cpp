#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <queue>
#include <vector>

#include "models/contract.h"
#include "sim/workload/arrivals/arrivals.h"

namespace plimsoll {
namespace {

constexpr std::array<std::string_view, 2> kThinkWords{"constant", "exponential"};

constexpr std::array<ParamField, 4> kFields{
    ParamField{.stem = "concurrency",
               .kind = ParamField::Kind::integer,
               .default_value = {},
               .minimum = 1.0,
               .maximum = 1e8,
               .help = "users, each with at most one request in the system",
               .required = true},
    ParamField{.stem = "think_time",
               .dimension = Dimension::time,
               .default_value = 0.0,
               .help = "mean pause between an answer and the user's next request"},
    ParamField{.stem = "think_distribution",
               .kind = ParamField::Kind::text,
               .default_value = {},
               .help = "how pauses vary",
               .words = kThinkWords},
    ParamField{.stem = "ramp",
               .dimension = Dimension::time,
               .default_value = 0.0,
               .help = "time over which the users start, evenly spread; 0: all at once"}};

struct Options {
    std::int64_t users;
    double think_s;
    bool exponential;
    double ramp_s;
};

class ClosedLoop final : public ArrivalProcess {
public:
    ClosedLoop(const Options& options, Stream stream)
        : stream_(stream), think_s_(options.think_s), exponential_(options.exponential) {
        // Equal or rising dates are a heap already.
        std::vector<double> starts(static_cast<std::size_t>(options.users));
        for (std::size_t i = 0; i < starts.size(); ++i)
            starts[i] =
                options.ramp_s * static_cast<double>(i) / static_cast<double>(options.users);
        due_ = Heap(std::greater<>(), std::move(starts));
    }

private:
    using Heap = std::priority_queue<double, std::vector<double>, std::greater<>>;

    [[nodiscard]] double do_next_s() const override {
        if (due_.empty()) return kNever;
        return due_.top();
    }
    [[nodiscard]] ArrivalDraw do_take() override {
        const ArrivalDraw draw{.date_s = due_.top()};
        due_.pop();
        return draw;
    }
    void do_on_end(double date_s, const RequestEnd& end) override {
        // Who is turned away at once does not ask again in the same instant for ever.
        constexpr double kRetry_s = 1.0;
        const double pause = exponential_ ? think_s_ * stream_.exponential() : think_s_;
        due_.push(date_s + (end.completed ? pause : std::max(pause, kRetry_s)));
    }

    Stream stream_;
    double think_s_;
    bool exponential_;
    Heap due_;
};

std::unique_ptr<ArrivalProcess> make(const PolicySpec& spec, Stream stream, double load) {
    const double users = std::max(1.0, std::round(spec.number("concurrency", 0.0) * load));
    PLIMSOLL_EXPECTS(users <= 1e9);
    return std::make_unique<ClosedLoop>(
        Options{.users = static_cast<std::int64_t>(users),
                .think_s = spec.number("think_time", 0.0),
                .exponential = spec.text("think_distribution") == "exponential",
                .ramp_s = spec.number("ramp", 0.0)},
        stream);
}

ArrivalRate rate_of(const PolicySpec& spec) {
    return {.rate = {},
            .concurrency = spec.number("concurrency", 0.0),
            .think_time = Seconds(spec.number("think_time", 0.0)),
            .span = {}};
}

}  // namespace

ArrivalKind closed_loop_arrivals() {
    return {{"closed_loop", "users who wait for their answer, think, and ask again", kFields},
            make,
            rate_of};
}

}  // namespace plimsoll
