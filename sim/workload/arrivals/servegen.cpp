#include "sim/io/servegen.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "models/contract.h"
#include "sim/io/trace_csv.h"
#include "sim/workload/alias_table.h"
#include "sim/workload/arrivals/arrivals.h"
#include "sim/workload/arrivals/renewal.h"
#include "sim/workload/merged_dates.h"

namespace plimsoll {
namespace {

constexpr std::array<ParamField, 5> kFields{
    ParamField{.stem = "path",
               .kind = ParamField::Kind::path,
               .default_value = {},
               .help = "folder of chunk-N-trace.csv and chunk-N-dataset.json; .gz is read too",
               .required = true},
    ParamField{.stem = "clients",
               .kind = ParamField::Kind::text,
               .default_value = {},
               .help = "numbers of the clients, as \"12,14\"; absent: all in the folder"},
    ParamField{.stem = "rate",
               .dimension = Dimension::rate,
               .default_value = {},
               .minimum = 1e-9,
               .help = "mean arrivals per second of all these clients over the part that is "
                       "replayed; absent: as they sent"},
    ParamField{.stem = "start",
               .dimension = Dimension::time,
               .default_value = 0.0,
               .help = "where in the data the run begins"},
    ParamField{.stem = "duration",
               .dimension = Dimension::time,
               .default_value = {},
               .minimum = 1e-3,
               .help = "how much of the data is replayed; absent: the rest"}};

RateFunction curve_of(const ServegenClient& client) {
    std::vector<RateFunction::Point> points;
    double before = 0.0;
    for (const ServegenClient::Window& window : client.windows) {
        points.push_back({window.start_s, before});
        points.push_back({window.start_s, window.rate});
        before = window.rate;
    }
    points.push_back({client.end_s(), before});
    points.push_back({client.end_s(), 0.0});
    return RateFunction(std::move(points));
}

/// The part of the data that is replayed, and by what its rates are multiplied.
struct Part {
    double start_s = 0.0;
    double end_s = 0.0;
    double factor = 1.0;

    [[nodiscard]] double span_s() const { return end_s - start_s; }
};

double arrivals_in(const RateFunction& curve, const Part& part) {
    return curve.integral(part.end_s) - curve.integral(part.start_s);
}

Part part_of(const std::vector<ServegenClient>& clients, const PolicySpec& spec) {
    Part part{.start_s = spec.number("start", 0.0)};
    for (const ServegenClient& client : clients) part.end_s = std::max(part.end_s, client.end_s());
    part.end_s = std::min(part.end_s, part.start_s + spec.number("duration", 1e12));
    double arrivals = 0.0;
    if (part.end_s > part.start_s) {
        for (const ServegenClient& client : clients)
            arrivals += arrivals_in(curve_of(client), part);
    }
    if (arrivals <= 0.0) throw TraceError(spec.text("path") + ": no requests in this part");
    if (spec.has("rate")) part.factor = spec.number("rate", 0.0) * part.span_s() / arrivals;
    return part;
}

/// One client under way: gaps as in the window where they begin, along its rate.
class Client {
public:
    Client(const ServegenClient& client, const Part& part, double load)
        : windows_(client.windows),
          window_s_(client.window_s),
          part_(part),
          clock_(curve_of(client).times(part.factor * load), part.start_s) {
        for (const ServegenClient::Window& window : client.windows) laws_.push_back(law_of(window));
        for (const ServegenClient::Lengths& lengths : client.lengths)
            tables_.push_back({lengths.start_s, Table(lengths.prompt), Table(lengths.output)});
    }

    double first(Stream& stream) { return limited(clock_.advance(law(0.0).first(stream))); }
    double after(double date_s, Stream& stream) {
        return limited(clock_.advance(law(date_s).draw(stream)));
    }
    [[nodiscard]] ArrivalDraw arrival(double date_s, Stream& stream) const {
        const auto after = std::upper_bound(tables_.begin() + 1,
                                            tables_.end(),
                                            date_s + part_.start_s,
                                            [](double s, const auto& t) { return s < t.start_s; });
        const Tables& tables = *(after - 1);
        const std::int32_t prompt = tables.prompt.draw(stream);
        return {
            .date_s = date_s, .prompt_tokens = prompt, .output_tokens = tables.output.draw(stream)};
    }

private:
    class Table {
    public:
        explicit Table(const ServegenClient::Histogram& histogram) : alias_(weights(histogram)) {
            for (const auto& [length, probability] : histogram)
                lengths_.push_back(static_cast<std::int32_t>(length));
        }
        [[nodiscard]] std::int32_t draw(Stream& stream) const {
            return lengths_[alias_.draw(stream)];
        }

    private:
        static std::vector<double> weights(const ServegenClient::Histogram& histogram) {
            std::vector<double> all;
            for (const auto& [length, probability] : histogram) all.push_back(probability);
            return all;
        }
        std::vector<std::int32_t> lengths_;
        AliasTable alias_;
    };
    struct Tables {
        double start_s;
        Table prompt;
        Table output;
    };

    static GapLaw law_of(const ServegenClient::Window& window) {
        if (window.cv == 0.0) return {};
        return gap_law(window.is_weibull ? GapFamily::weibull : GapFamily::gamma,
                       std::clamp(window.cv, kMinGapCv, kMaxGapCv));
    }
    [[nodiscard]] const GapLaw& law(double date_s) const {
        const double at = std::max(0.0, date_s + part_.start_s - windows_.front().start_s);
        const auto index = static_cast<std::size_t>(at / window_s_);
        return laws_[std::min(index, laws_.size() - 1)];
    }
    [[nodiscard]] double limited(double date_s) const {
        return date_s < part_.span_s() ? date_s : kNever;
    }

    std::vector<ServegenClient::Window> windows_;
    double window_s_;
    Part part_;
    RateClock clock_;
    std::vector<GapLaw> laws_;
    std::vector<Tables> tables_;
};

/// All clients, merged; each has a stream for its dates and one for its lengths.
class Servegen final : public ArrivalProcess {
public:
    Servegen(const std::vector<ServegenClient>& clients,
             const Part& part,
             double load,
             const Stream& stream)
        : dates_({}) {
        std::vector<double> first;
        for (std::size_t i = 0; i < clients.size(); ++i) {
            clients_.push_back(
                {Client(clients[i], part, load), stream.part(2 * i), stream.part(2 * i + 1)});
            Running& running = clients_.back();
            first.push_back(running.client.first(running.gaps));
        }
        dates_ = MergedDates(first);
    }

private:
    struct Running {
        Client client;
        Stream gaps;
        Stream lengths;
    };

    [[nodiscard]] double do_next_s() const override { return dates_.date(); }
    [[nodiscard]] ArrivalDraw do_take() override {
        Running& running = clients_[dates_.source()];
        const ArrivalDraw draw = running.client.arrival(dates_.date(), running.lengths);
        dates_.replace(running.client.after(draw.date_s, running.gaps));
        return draw;
    }

    std::vector<Running> clients_;
    MergedDates dates_;
};

std::vector<ServegenClient> clients_of(const PolicySpec& spec) {
    return read_servegen(spec.text("path"), spec.text("clients"));
}

std::unique_ptr<ArrivalProcess> make(const PolicySpec& spec, Stream stream, double load) {
    const std::vector<ServegenClient> clients = clients_of(spec);
    return std::make_unique<Servegen>(clients, part_of(clients, spec), load, stream);
}

ArrivalRate rate_of(const PolicySpec& spec) {
    const std::vector<ServegenClient> clients = clients_of(spec);
    const Part part = part_of(clients, spec);
    double arrivals = 0.0;
    double dispersion = 0.0;
    for (const ServegenClient& client : clients) {
        const RateFunction curve = curve_of(client);
        for (const ServegenClient::Window& window : client.windows) {
            const double from_s = std::clamp(window.start_s, part.start_s, part.end_s);
            const double to_s =
                std::clamp(window.start_s + client.window_s, part.start_s, part.end_s);
            const double count = window.rate * (to_s - from_s);
            arrivals += count;
            dispersion += count * (window.cv > 0.0 ? window.cv * window.cv : 1.0);
        }
    }
    return {.rate = PerSecond(part.factor * arrivals / part.span_s()),
            .think_time = {},
            .span = {},
            .scv = dispersion / arrivals};
}

/// Mean and mean square of a histogram, and its longest length.
LengthMoments moments_of(const ServegenClient::Histogram& histogram) {
    LengthMoments moments;
    double total = 0.0;
    for (const auto& [length, probability] : histogram) {
        total += probability;
        moments.mean += probability * length;
        moments.second_moment += probability * length * length;
        moments.longest = std::max(moments.longest, length);
    }
    moments.mean /= total;
    moments.second_moment /= total;
    return moments;
}

void add(LengthMoments& sum, const LengthMoments& part, double share) {
    sum.mean += share * part.mean;
    sum.second_moment += share * part.second_moment;
    sum.longest = std::max(sum.longest, part.longest);
}

/// Over clients and windows, by their requests.
RequestMoments lengths_of(const PolicySpec& spec) {
    const std::vector<ServegenClient> clients = clients_of(spec);
    const Part part = part_of(clients, spec);
    double total = 0.0;
    for (const ServegenClient& client : clients) total += arrivals_in(curve_of(client), part);
    RequestMoments sum;
    for (const ServegenClient& client : clients) {
        const RateFunction curve = curve_of(client);
        for (std::size_t i = 0; i < client.lengths.size(); ++i) {
            const bool last = i + 1 == client.lengths.size();
            // The first lengths also stand for what came before them.
            const double from_s = i == 0 ? part.start_s : client.lengths[i].start_s;
            const double to_s = last ? part.end_s : client.lengths[i + 1].start_s;
            Part own = part;
            own.start_s = std::clamp(from_s, part.start_s, part.end_s);
            own.end_s = std::clamp(to_s, own.start_s, part.end_s);
            const double share = arrivals_in(curve, own) / total;
            if (share <= 0.0) continue;
            const LengthMoments prompt = moments_of(client.lengths[i].prompt);
            const LengthMoments output = moments_of(client.lengths[i].output);
            add(sum.prompt, prompt, share);
            add(sum.output, output, share);
            sum.mean_product += share * prompt.mean * output.mean;
        }
    }
    return sum;
}

}  // namespace

ArrivalKind servegen_arrivals() {
    return {
        .info = {"servegen", "published clients of a service, each with its own traffic", kFields},
        .make = make,
        .rate = rate_of,
        .lengths = lengths_of};
}

}  // namespace plimsoll
