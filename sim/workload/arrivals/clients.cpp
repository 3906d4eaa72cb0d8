#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "models/contract.h"
#include "sim/workload/arrivals/arrivals.h"
#include "sim/workload/arrivals/renewal.h"
#include "sim/workload/merged_dates.h"

namespace plimsoll {
namespace {

constexpr std::array<std::string_view, 2> kShareWords{"zipf", "pareto"};
constexpr std::array<std::string_view, 2> kFamilyWords{"gamma", "weibull"};

constexpr std::array<ParamField, 7> kFields{
    rate_field("mean arrivals per second of all clients together"),
    ParamField{.stem = "count",
               .kind = ParamField::Kind::integer,
               .default_value = {},
               .minimum = 1.0,
               .maximum = 1e6,
               .help = "clients",
               .required = true},
    ParamField{.stem = "share",
               .kind = ParamField::Kind::text,
               .default_value = {},
               .help = "how requests spread over clients: zipf, the k-th sends in proportion to "
                       "k^-exponent; pareto, shares with that tail exponent",
               .words = kShareWords},
    ParamField{.stem = "exponent",
               .default_value = 1.0,
               .maximum = 10.0,
               .help = "of the shares; 0 with zipf: all send the same"},
    ParamField{.stem = "family",
               .kind = ParamField::Kind::text,
               .default_value = {},
               .help = "density of the times between a client's requests",
               .words = kFamilyWords},
    gap_cv_field("variation of the times between a client's requests; the median client's"),
    ParamField{.stem = "cv_sigma",
               .default_value = 0.0,
               .maximum = 3.0,
               .help = "how cv differs between clients: standard deviation of its logarithm"}};

/// Shares of the requests, the largest first; they add up to 1.
std::vector<double> shares_of(const PolicySpec& spec) {
    const auto count = static_cast<std::size_t>(spec.number("count", 1.0));
    const double exponent = spec.number("exponent", 1.0);
    const bool pareto = spec.text("share") == "pareto";
    std::vector<double> shares(count);
    double total = 0.0;
    for (std::size_t k = 0; k < count; ++k) {
        // The middle of the k-th of `count` equal parts of a Pareto distribution, from its tail.
        const double log_weight =
            pareto ? -portable_log((static_cast<double>(k) + 0.5) / static_cast<double>(count)) /
                         exponent
                   : -exponent * portable_log(static_cast<double>(k) + 1.0);
        shares[k] = portable_exp(log_weight);
        total += shares[k];
    }
    for (double& share : shares) share /= total;
    return shares;
}

/// A renewal process of its own for every client, all of them merged.
class Clients final : public ArrivalProcess {
public:
    Clients(std::vector<double> mean_gaps_s, std::vector<GapLaw> laws, Stream stream)
        : stream_(stream),
          mean_gaps_s_(std::move(mean_gaps_s)),
          laws_(std::move(laws)),
          dates_(first_dates()) {}

private:
    [[nodiscard]] double do_next_s() const override { return dates_.date(); }
    [[nodiscard]] ArrivalDraw do_take() override {
        const ArrivalDraw draw{.date_s = dates_.date()};
        const std::size_t client = dates_.source();
        const double gap = laws_[client].draw(stream_);
        dates_.replace(draw.date_s + mean_gaps_s_[client] * gap);
        return draw;
    }
    std::vector<double> first_dates() {
        std::vector<double> dates(mean_gaps_s_.size());
        for (std::size_t i = 0; i < dates.size(); ++i)
            dates[i] = mean_gaps_s_[i] * laws_[i].first(stream_);
        return dates;
    }

    Stream stream_;
    std::vector<double> mean_gaps_s_;
    std::vector<GapLaw> laws_;
    MergedDates dates_;
};

std::unique_ptr<ArrivalProcess> make(const PolicySpec& spec, Stream stream, double load) {
    const double rate = spec.number("rate", 0.0) * load;
    PLIMSOLL_EXPECTS(rate > 0.0 && !arrival_problem(spec));
    std::vector<double> gaps = shares_of(spec);
    for (double& gap : gaps) gap = 1.0 / (rate * gap);
    const GapFamily family =
        spec.text("family") == "weibull" ? GapFamily::weibull : GapFamily::gamma;
    const double cv = spec.number("cv", 1.0);
    const double sigma = spec.number("cv_sigma", 0.0);
    const GapLaw common = gap_law(family, cv);
    std::vector<GapLaw> laws(gaps.size(), common);
    if (sigma > 0.0) {
        Stream clients = stream.part(0);
        for (GapLaw& law : laws) {
            const double own = cv * clients.lognormal(0.0, sigma);
            law = gap_law(family, std::clamp(own, kMinGapCv, kMaxGapCv));
        }
    }
    return std::make_unique<Clients>(std::move(gaps), std::move(laws), stream);
}

/// Over long times the dispersion of a merger is the mean of the clients', weighted by rate; that
/// of a renewal process is the square of its cv. E[cv^2] of a lognormal cv.
ArrivalRate rate_of(const PolicySpec& spec) {
    const double cv = spec.number("cv", 1.0);
    const double sigma = spec.number("cv_sigma", 0.0);
    return {.rate = PerSecond(spec.number("rate", 0.0)),
            .think_time = {},
            .span = {},
            .scv = cv * cv * std::exp(2.0 * sigma * sigma)};
}

std::optional<std::string> problem(const PolicySpec& spec) {
    if (spec.text("share") == "pareto" && spec.number("exponent", 1.0) < 0.2)
        return "a pareto exponent must be at least 0.2";
    return std::nullopt;
}

}  // namespace

ArrivalKind clients_arrivals() {
    return {.info = {"clients", "many clients, a few of which send most requests", kFields},
            .make = make,
            .rate = rate_of,
            .problem = problem};
}

}  // namespace plimsoll
