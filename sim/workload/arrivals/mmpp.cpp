#include <array>
#include <numeric>
#include <utility>
#include <vector>

#include "models/contract.h"
#include "sim/workload/arrivals/arrivals.h"

namespace plimsoll {
namespace {

constexpr std::array<ParamField, 1> kFields{
    ParamField{.stem = "states",
               .kind = ParamField::Kind::pairs,
               .default_value = {},
               .help = "[arrivals per second, mean time in the state in s]; each state is followed "
                       "by any of the others with the same probability",
               .required = true}};

struct State {
    double rate = 0.0;
    double mean_hold_s = 0.0;
};

std::vector<State> states_of(const PolicySpec& spec, double load) {
    std::vector<State> states;
    for (const auto& [rate, hold_s] : spec.pairs("states")) states.push_back({rate * load, hold_s});
    return states;
}

/// Poisson arrivals whose rate is that of the present state. Both clocks forget, so at every change
/// of state the time to the next arrival is drawn anew.
class Mmpp final : public ArrivalProcess {
public:
    Mmpp(std::vector<State> states, const Stream& stream)
        : states_(std::move(states)), arrivals_(stream.part(0)), changes_(stream.part(1)) {
        // The jumps visit all states equally often: the share of time is that of the holding time.
        double total_s = 0.0;
        for (const State& state : states_) total_s += state.mean_hold_s;
        double at = total_s * changes_.uniform();
        while (state_ + 1 < states_.size() && at >= states_[state_].mean_hold_s) {
            at -= states_[state_].mean_hold_s;
            ++state_;
        }
        hold();
        advance();
    }

private:
    [[nodiscard]] double do_next_s() const override { return next_s_; }
    [[nodiscard]] ArrivalDraw do_take() override {
        const ArrivalDraw draw{.date_s = next_s_};
        advance();
        return draw;
    }

    void hold() { change_s_ = now_s_ + states_[state_].mean_hold_s * changes_.exponential(); }

    void advance() {
        for (;;) {
            const double rate = states_[state_].rate;
            const double date_s = rate > 0.0 ? now_s_ + arrivals_.exponential() / rate : kNever;
            if (date_s <= change_s_) {
                now_s_ = next_s_ = date_s;
                return;
            }
            now_s_ = change_s_;
            const std::uint64_t step = 1 + changes_.below(states_.size() - 1);
            state_ = (state_ + step) % states_.size();
            hold();
        }
    }

    std::vector<State> states_;
    Stream arrivals_;
    Stream changes_;
    std::size_t state_ = 0;
    double now_s_ = 0.0;
    double change_s_ = 0.0;
    double next_s_ = 0.0;
};

std::unique_ptr<ArrivalProcess> make(const PolicySpec& spec, Stream stream, double load) {
    PLIMSOLL_EXPECTS(!arrival_problem(spec));
    return std::make_unique<Mmpp>(states_of(spec, load), stream);
}

/// E[gap^2] = 2 pi (R - Q)^-1 1 / rate with the rates R, the generator Q and its stationary shares
/// pi. [Heffes86] Every row of Q is the same but for its diagonal, so that x = (R - Q)^-1 1 is
/// x_i = (1 + c_i sum of x) / a_i.
ArrivalRate rate_of(const PolicySpec& spec) {
    const std::vector<State> states = states_of(spec, 1.0);
    const double others = static_cast<double>(states.size() - 1);
    double time_s = 0.0;
    double arrivals = 0.0;
    double sum_of_ones = 0.0;
    double sum_of_shares = 0.0;
    for (const State& state : states) {
        time_s += state.mean_hold_s;
        arrivals += state.rate * state.mean_hold_s;
        const double c = 1.0 / (state.mean_hold_s * others);
        const double a = state.rate + 1.0 / state.mean_hold_s + c;
        sum_of_ones += 1.0 / a;
        sum_of_shares += c / a;
    }
    const double sum = sum_of_ones / (1.0 - sum_of_shares);
    const double rate = arrivals / time_s;
    double mean_x = 0.0;
    for (const State& state : states) {
        const double c = 1.0 / (state.mean_hold_s * others);
        const double a = state.rate + 1.0 / state.mean_hold_s + c;
        mean_x += state.mean_hold_s / time_s * (1.0 + c * sum) / a;
    }
    return {
        .rate = PerSecond(rate), .think_time = {}, .span = {}, .scv = 2.0 * mean_x * rate - 1.0};
}

std::optional<std::string> problem(const PolicySpec& spec) {
    const auto states = spec.pairs("states");
    if (states.size() < 2) return "at least two states are needed";
    bool any = false;
    for (const auto& [rate, hold_s] : states) {
        if (!(rate >= 0.0)) return "rates must not be negative";
        if (!(hold_s > 0.0)) return "mean times in a state must be above 0";
        any = any || rate > 0.0;
    }
    if (!any) return "some rate must be above 0";
    return std::nullopt;
}

}  // namespace

ArrivalKind mmpp_arrivals() {
    return {.info = {"mmpp", "Poisson arrivals whose rate jumps between states", kFields},
            .make = make,
            .rate = rate_of,
            .problem = problem};
}

}  // namespace plimsoll
