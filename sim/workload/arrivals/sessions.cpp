#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <queue>
#include <vector>

#include "models/contract.h"
#include "sim/workload/arrivals/arrivals.h"
#include "sim/workload/arrivals/diurnal.h"
#include "sim/workload/arrivals/renewal.h"
#include "sim/workload/length_laws.h"

namespace plimsoll {
namespace {

constexpr std::array<std::string_view, 3> kThinkWords{"exponential", "lognormal", "constant"};

constexpr std::array<ParamField, 12> kFields = [] {
    const auto local = local_time_fields(false);
    return std::array<ParamField, 12>{
        rate_field("conversations that begin per second, on average"),
        ParamField{.stem = "turns",
                   .default_value = {},
                   .minimum = 1.0,
                   .maximum = 1e4,
                   .help = "mean turns of a conversation, geometric; this or turn_points"},
        ParamField{.stem = "turn_points",
                   .kind = ParamField::Kind::pairs,
                   .default_value = {},
                   .help = "[probability, turns] from probability 0 to 1, both rising"},
        ParamField{.stem = "think_time",
                   .dimension = Dimension::time,
                   .default_value = {},
                   .help = "mean pause between an answer and the next turn",
                   .required = true},
        ParamField{.stem = "think_distribution",
                   .kind = ParamField::Kind::text,
                   .default_value = {},
                   .help = "how pauses vary",
                   .words = kThinkWords},
        ParamField{.stem = "think_sigma",
                   .default_value = 1.0,
                   .maximum = 4.0,
                   .help = "of lognormal pauses: standard deviation of the logarithm"},
        ParamField{.stem = "system_tokens",
                   .kind = ParamField::Kind::integer,
                   .default_value = 0.0,
                   .maximum = 1e7,
                   .help = "tokens before the first turn: instructions, tools"},
        ParamField{.stem = "history_limit",
                   .kind = ParamField::Kind::integer,
                   .default_value = 1e6,
                   .minimum = 1.0,
                   .maximum = 1e8,
                   .help = "most tokens of the conversation so far that a prompt repeats"},
        local[0],
        local[1],
        local[2],
        local[3]};
}();

PolicySpec turns_spec(const PolicySpec& spec) {
    if (spec.has("turn_points"))
        return {.kind = "quantiles", .params = {{"points", spec.pairs("turn_points")}}};
    return {.kind = "geometric", .params = {{"mean", spec.number("turns", 1.0)}}};
}

enum class Think { exponential, lognormal, constant };

struct Options {
    RateClock starts;
    PolicySpec turns;
    double think_s = 0.0;
    double think_sigma = 1.0;
    Think think = Think::exponential;
    double system_tokens = 0.0;
    double history_limit = 0.0;
};

/// Conversations begin on their own; their turns wait for answers.
class Sessions final : public ArrivalProcess {
public:
    Sessions(Options options, const Stream& stream)
        : options_(std::move(options)),
          starts_(stream.part(0)),
          counts_(stream.part(1)),
          pauses_(stream.part(2)),
          turns_(make_lengths(options_.turns)) {
        start_s_ = options_.starts.advance(starts_.exponential());
    }

private:
    struct Session {
        std::int32_t turns_left = 0;
        std::int32_t history = 0;
    };
    struct Turn {
        double date_s;
        std::int32_t session;
        bool operator>(const Turn& other) const {
            return date_s > other.date_s || (date_s == other.date_s && session > other.session);
        }
    };

    [[nodiscard]] double do_next_s() const override {
        return due_.empty() ? start_s_ : std::min(start_s_, due_.top().date_s);
    }
    [[nodiscard]] ArrivalDraw do_take() override {
        Turn turn{};
        if (due_.empty() || start_s_ <= due_.top().date_s) {
            turn = {start_s_, begin()};
            start_s_ = options_.starts.advance(starts_.exponential());
        } else {
            turn = due_.top();
            due_.pop();
        }
        const auto index = static_cast<std::size_t>(turn.session);
        --sessions_[index].turns_left;
        return {.date_s = turn.date_s,
                .session = turn.session,
                .history_tokens = sessions_[index].history};
    }
    void do_on_end(double date_s, const RequestEnd& end) override {
        PLIMSOLL_EXPECTS(end.session >= 0 &&
                         static_cast<std::size_t>(end.session) < sessions_.size());
        Session& session = sessions_[static_cast<std::size_t>(end.session)];
        // Who got no answer does not come back.
        if (!end.completed || session.turns_left == 0) {
            free_.push_back(end.session);
            return;
        }
        const double said = static_cast<double>(end.prompt_tokens) + end.output_tokens;
        session.history = static_cast<std::int32_t>(std::min(said, options_.history_limit));
        due_.push({date_s + pause(), end.session});
    }

    std::int32_t begin() {
        std::int32_t index = static_cast<std::int32_t>(sessions_.size());
        if (free_.empty()) {
            sessions_.emplace_back();
        } else {
            index = free_.back();
            free_.pop_back();
        }
        const double history = std::min(options_.system_tokens, options_.history_limit);
        sessions_[static_cast<std::size_t>(index)] = {
            .turns_left = turns_->draw(counts_), .history = static_cast<std::int32_t>(history)};
        return index;
    }
    double pause() {
        const double sigma = options_.think_sigma;
        switch (options_.think) {
            case Think::exponential:
                return options_.think_s * pauses_.exponential();
            case Think::lognormal:
                return options_.think_s * pauses_.lognormal(-0.5 * sigma * sigma, sigma);
            case Think::constant:
                break;
        }
        return options_.think_s;
    }

    Options options_;
    Stream starts_;
    Stream counts_;
    Stream pauses_;
    std::unique_ptr<LengthDistribution> turns_;
    double start_s_ = 0.0;
    std::priority_queue<Turn, std::vector<Turn>, std::greater<>> due_;
    std::vector<Session> sessions_;
    std::vector<std::int32_t> free_;
};

Think think_of(const PolicySpec& spec) {
    const std::string word = spec.text("think_distribution");
    return word == "constant"    ? Think::constant
           : word == "lognormal" ? Think::lognormal
                                 : Think::exponential;
}

std::unique_ptr<ArrivalProcess> make(const PolicySpec& spec, Stream stream, double load) {
    PLIMSOLL_EXPECTS(!arrival_problem(spec));
    return std::make_unique<Sessions>(
        Options{.starts = local_time_clock(spec, spec.number("rate", 0.0) * load),
                .turns = turns_spec(spec),
                .think_s = spec.number("think_time", 0.0),
                .think_sigma = spec.number("think_sigma", 1.0),
                .think = think_of(spec),
                .system_tokens = spec.number("system_tokens", 0.0),
                .history_limit = spec.number("history_limit", 1e6)},
        stream);
}

/// P(turns >= j) for j = 1, 2, ... until less than 1e-9 is left; `rounding` is what a turn number
/// may fall short of and still count.
template <class Law>
std::vector<double> survival_under(const Law& law, double rounding) {
    std::vector<double> survival;
    for (double j = 1.0; j < 1e6; j += 1.0) {
        const double p = 1.0 - law.below(j - rounding);
        if (p < 1e-9) break;
        survival.push_back(p);
    }
    return survival;
}

std::vector<double> survival_of(const PolicySpec& spec) {
    const PolicySpec turns = turns_spec(spec);
    return turns.kind == "geometric" ? survival_under(GeometricLaw(turns), 0.0)
                                     : survival_under(QuantileLaw(turns), 0.5);
}

ArrivalRate rate_of(const PolicySpec& spec) {
    double turns = 0.0;
    for (const double p : survival_of(spec)) turns += p;
    return {.rate = PerSecond(spec.number("rate", 0.0) * turns), .think_time = {}, .span = {}};
}

struct Moments {
    double mean;
    double square;
};

/// Of min(X, limit) for a normal X.
Moments limited_normal(double mean, double variance, double limit) {
    if (variance <= 0.0) {
        const double x = std::min(mean, limit);
        return {x, x * x};
    }
    const double sigma = std::sqrt(variance);
    const double a = (limit - mean) / sigma;
    const double below = 0.5 * std::erfc(-a / std::numbers::sqrt2);
    const double density = std::exp(-0.5 * a * a) * 0.3989422804014327;
    return {mean * below - sigma * density + limit * (1.0 - below),
            (mean * mean + variance) * below - sigma * (mean + limit) * density +
                limit * limit * (1.0 - below)};
}

/// A turn's prompt is what was said before and the turn's own tokens, which do not depend on it.
/// Sums of many lengths are taken as normal where the limit of the history cuts them.
RequestMoments grown(const PolicySpec& spec, const RequestMoments& turns) {
    const double limit = spec.number("history_limit", 1e6);
    const double said = turns.prompt.mean + turns.output.mean;
    const double covariance = turns.mean_product - turns.prompt.mean * turns.output.mean;
    const double said_variance =
        turns.prompt.variance() + turns.output.variance() + 2.0 * covariance;
    RequestMoments sum{.prompt = {}, .output = turns.output, .mean_product = 0.0};
    double total = 0.0;
    double before = 0.0;
    for (const double weight : survival_of(spec)) {
        const Moments history = limited_normal(
            spec.number("system_tokens", 0.0) + before * said, before * said_variance, limit);
        total += weight;
        sum.prompt.mean += weight * (history.mean + turns.prompt.mean);
        sum.prompt.second_moment +=
            weight *
            (history.square + 2.0 * history.mean * turns.prompt.mean + turns.prompt.second_moment);
        sum.mean_product += weight * (history.mean * turns.output.mean + turns.mean_product);
        if (weight >= 1e-3) sum.prompt.longest = history.mean + turns.prompt.longest;
        before += 1.0;
    }
    sum.prompt.mean /= total;
    sum.prompt.second_moment /= total;
    sum.mean_product /= total;
    return sum;
}

std::optional<std::string> problem(const PolicySpec& spec) {
    if (spec.has("turns") == spec.has("turn_points")) return "give either turns or turn_points";
    if (auto why = length_problem(turns_spec(spec))) return "turn_points: " + *why;
    return local_time_problem(spec);
}

}  // namespace

ArrivalKind sessions_arrivals() {
    return {.info = {"sessions", "conversations whose turns wait for their answers", kFields},
            .make = make,
            .rate = rate_of,
            .problem = problem,
            .grown = grown};
}

}  // namespace plimsoll
