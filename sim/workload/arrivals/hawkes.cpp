#include <algorithm>
#include <array>

#include "models/contract.h"
#include "sim/workload/arrivals/arrivals.h"

namespace plimsoll {
namespace {

constexpr std::array<ParamField, 3> kFields{
    ParamField{.stem = "base_rate",
               .dimension = Dimension::rate,
               .default_value = {},
               .minimum = 1e-9,
               .help = "arrivals per second that no other arrival caused; all together it is this "
                       "over (1 - branching)",
               .required = true},
    ParamField{.stem = "branching",
               .default_value = {},
               .maximum = 0.99,
               .help = "arrivals that an arrival causes on average, directly",
               .required = true},
    ParamField{.stem = "decay",
               .dimension = Dimension::time,
               .default_value = {},
               .minimum = 1e-6,
               .help = "mean time between an arrival and one that it caused",
               .required = true}};

/// Every arrival raises the rate by branching / decay, and what is above the base rate decays
/// exponentially. The gap to the next arrival is the smaller of two independent times, one to an
/// arrival of the base rate and one to an arrival of the excess, and both have an inverse: no
/// rejection, no bound on the rate. [Dassios13]
class Hawkes final : public ArrivalProcess {
public:
    struct Options {
        double base_rate;
        double branching;
        double decay_s;
    };
    Hawkes(const Options& options, Stream stream)
        : stream_(stream),
          base_gap_s_(1.0 / options.base_rate),
          decay_s_(options.decay_s),
          jump_(options.branching / options.decay_s),
          // The mean excess: the mean rate holds from the first second on.
          excess_(options.base_rate * options.branching / (1.0 - options.branching)) {
        advance();
    }

private:
    [[nodiscard]] double do_next_s() const override { return next_s_; }
    [[nodiscard]] ArrivalDraw do_take() override {
        const ArrivalDraw draw{.date_s = next_s_};
        excess_ += jump_;
        advance();
        return draw;
    }

    void advance() {
        const double base = base_gap_s_ * stream_.exponential();
        // All of the excess holds excess * decay arrivals: a larger area is never reached.
        const double area = stream_.exponential() / decay_s_;
        const double left = excess_ - area;
        const double gap = left > 0.0 ? -decay_s_ * portable_log(left / excess_) : kNever;
        if (gap < base) {
            // Down to here the excess has been spent on the area.
            excess_ = left;
            next_s_ += gap;
        } else {
            excess_ *= portable_exp(-std::min(600.0, base / decay_s_));
            next_s_ += base;
        }
    }

    Stream stream_;
    double base_gap_s_;
    double decay_s_;
    double jump_;
    double excess_;
    double next_s_ = 0.0;
};

std::unique_ptr<ArrivalProcess> make(const PolicySpec& spec, Stream stream, double load) {
    const Hawkes::Options options{.base_rate = spec.number("base_rate", 0.0) * load,
                                  .branching = spec.number("branching", 0.0),
                                  .decay_s = spec.number("decay", 1.0)};
    PLIMSOLL_EXPECTS(options.base_rate > 0.0 && options.branching < 1.0 && options.decay_s > 0.0);
    return std::make_unique<Hawkes>(options, stream);
}

/// The variation over long times, where the clusters are points: 1 / (1 - n)^2. [Hawkes74]
ArrivalRate rate_of(const PolicySpec& spec) {
    const double direct = 1.0 - spec.number("branching", 0.0);
    return {.rate = PerSecond(spec.number("base_rate", 0.0) / direct),
            .think_time = {},
            .span = {},
            .scv = 1.0 / (direct * direct)};
}

}  // namespace

ArrivalKind hawkes_arrivals() {
    return {.info = {"hawkes", "arrivals that cause further arrivals", kFields},
            .make = make,
            .rate = rate_of};
}

}  // namespace plimsoll
