#include "sim/workload/traffic_factors.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "models/contract.h"
#include "sim/random.h"
#include "sim/workload/trace_statistics.h"

namespace plimsoll {
namespace {

/// Steps of the maximisation, and random starts of which the likeliest end counts: to compare
/// shapes, and for the answer.
struct Effort {
    int iterations = 0;
    std::uint64_t starts = 1;
};
constexpr Effort kComparing{.iterations = 100, .starts = 2};
constexpr Effort kAnswering{.iterations = 300, .starts = 6};
/// Slices of time within a piece of the curve, inside which requests are only counted.
constexpr std::size_t kSlices = 4;
/// Where the axes of the grid of lengths are cut. The longest requests are few, but most of the
/// work.
constexpr std::array kCuts{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.985};
constexpr std::array<std::size_t, 4> kKinds{1, 2, 3, 4};
constexpr std::array<std::size_t, 9> kPieces{1, 2, 4, 6, 8, 12, 16, 24, 32};
/// The share of the best shape's gain over a constant rate that a shape has to reach.
constexpr double kEnough = 0.95;
/// Residual dispersions over two windows count as equal below this ratio.
constexpr double kWhite = 1.1;
/// What a kind of requests costs besides its curve: its law of lengths, numbers.
constexpr std::size_t kNumbersPerLaw = 30;

/// Requests of one cell of lengths in one slice of time.
struct Count {
    std::size_t slice = 0;
    std::size_t cell = 0;
    double requests = 0.0;
};

/// Cells of about equally many requests: the quantiles of each length cut its axis.
class LengthGrid {
public:
    explicit LengthGrid(std::span<const TraceRow> rows)
        : prompt_(cuts(rows, &TraceRow::prompt_tokens)),
          output_(cuts(rows, &TraceRow::output_tokens)) {}

    [[nodiscard]] std::size_t size() const { return (prompt_.size() + 1) * (output_.size() + 1); }
    [[nodiscard]] std::size_t cell(const TraceRow& row) const {
        return place(prompt_, row.prompt_tokens) * (output_.size() + 1) +
               place(output_, row.output_tokens);
    }

private:
    static std::vector<std::int32_t> cuts(std::span<const TraceRow> rows,
                                          std::int32_t TraceRow::*length) {
        std::vector<std::int32_t> sorted;
        sorted.reserve(rows.size());
        for (const TraceRow& row : rows) sorted.push_back(row.*length);
        std::sort(sorted.begin(), sorted.end());
        std::vector<std::int32_t> cuts;
        for (const double share : kCuts) {
            const auto place = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
            const std::int32_t cut = sorted[place];
            if (cut > sorted.front() && (cuts.empty() || cut > cuts.back())) cuts.push_back(cut);
        }
        return cuts;
    }
    static std::size_t place(const std::vector<std::int32_t>& cuts, std::int32_t length) {
        return static_cast<std::size_t>(std::upper_bound(cuts.begin(), cuts.end(), length) -
                                        cuts.begin());
    }

    std::vector<std::int32_t> prompt_;
    std::vector<std::int32_t> output_;
};

/// The corners of the curves and the slices between them.
struct TimeGrid {
    double first_s = 0.0;
    double slice_s = 0.0;
    std::size_t pieces = 1;

    TimeGrid(std::span<const TraceRow> rows, std::size_t pieces_)
        : first_s(rows.front().arrival_s),
          slice_s((rows.back().arrival_s - first_s) / static_cast<double>(pieces_ * kSlices)),
          pieces(pieces_) {}

    [[nodiscard]] std::size_t slices() const { return pieces * kSlices; }
    [[nodiscard]] std::size_t slice(double date_s) const {
        return std::min(slices() - 1, static_cast<std::size_t>((date_s - first_s) / slice_s));
    }
    /// The weight of the corner after the middle of a slice.
    [[nodiscard]] static double after(std::size_t slice) {
        return (static_cast<double>(slice % kSlices) + 0.5) / static_cast<double>(kSlices);
    }
    /// The area under a corner's hat.
    [[nodiscard]] double area(std::size_t corner) const {
        const double piece_s = slice_s * static_cast<double>(kSlices);
        return corner == 0 || corner == pieces ? 0.5 * piece_s : piece_s;
    }
};

std::vector<Count> counted(std::span<const TraceRow> rows,
                           const TimeGrid& time,
                           const LengthGrid& lengths,
                           std::span<const std::uint8_t> half,
                           std::uint8_t which) {
    std::vector<Count> counts;
    std::vector<double> cells(lengths.size());
    std::size_t begin = 0;
    while (begin < rows.size()) {
        const std::size_t slice = time.slice(rows[begin].arrival_s);
        std::fill(cells.begin(), cells.end(), 0.0);
        std::size_t end = begin;
        for (; end < rows.size() && time.slice(rows[end].arrival_s) == slice; ++end)
            if (half.empty() || half[end] == which) ++cells[lengths.cell(rows[end])];
        for (std::size_t cell = 0; cell < cells.size(); ++cell)
            if (cells[cell] > 0.0)
                counts.push_back({.slice = slice, .cell = cell, .requests = cells[cell]});
        begin = end;
    }
    return counts;
}

/// Rates at the corners and shares of the cells, by kind.
struct Model {
    std::vector<std::vector<double>> rate;
    std::vector<std::vector<double>> share;
    double log_likelihood = 0.0;

    [[nodiscard]] double rate_in(std::size_t kind, std::size_t slice) const {
        const double after = TimeGrid::after(slice);
        const std::size_t corner = slice / kSlices;
        return (1.0 - after) * rate[kind][corner] + after * rate[kind][corner + 1];
    }
    [[nodiscard]] double intensity(const Count& count) const {
        double sum = 0.0;
        for (std::size_t k = 0; k < rate.size(); ++k)
            sum += rate_in(k, count.slice) * share[k][count.cell];
        return sum;
    }
};

double score(const Model& model, const std::vector<Count>& counts, const TimeGrid& time) {
    double sum = 0.0;
    // A cell that the fitted half does not know is not impossible.
    for (const Count& count : counts)
        sum += count.requests * std::log(std::max(1e-9, model.intensity(count)));
    for (const auto& rates : model.rate)
        for (std::size_t corner = 0; corner < rates.size(); ++corner)
            sum -= rates[corner] * time.area(corner);
    return sum;
}

Model start(const std::vector<Count>& counts,
            const TimeGrid& time,
            std::size_t cells,
            std::size_t kinds,
            Stream& stream) {
    double requests = 0.0;
    std::vector<double> of_cell(cells, 0.01);
    for (const Count& count : counts) {
        requests += count.requests;
        of_cell[count.cell] += count.requests;
    }
    const double mean = requests / (time.slice_s * static_cast<double>(time.slices()));
    Model model;
    for (std::size_t k = 0; k < kinds; ++k) {
        // Equal kinds would stay equal.
        std::vector<double>& rates = model.rate.emplace_back(time.pieces + 1);
        for (double& rate : rates)
            rate = mean / static_cast<double>(kinds) * (0.5 + stream.uniform());
        std::vector<double>& shares = model.share.emplace_back(of_cell);
        double sum = 0.0;
        for (double& share : shares) {
            share *= 0.5 + stream.uniform();
            sum += share;
        }
        for (double& share : shares) share /= sum;
    }
    return model;
}

Model fitted(const std::vector<Count>& counts,
             const TimeGrid& time,
             std::size_t cells,
             std::size_t kinds,
             std::uint64_t seed,
             int iterations) {
    Stream stream(seed, 0, "traffic factors");
    Model model = start(counts, time, cells, kinds, stream);
    for (int i = 0; i < iterations; ++i) {
        Model next;
        next.rate.assign(kinds, std::vector<double>(time.pieces + 1, 0.0));
        next.share.assign(kinds, std::vector<double>(cells, 1e-6));
        for (const Count& count : counts) {
            const double after = TimeGrid::after(count.slice);
            const std::size_t corner = count.slice / kSlices;
            const double weight = count.requests / model.intensity(count);
            for (std::size_t k = 0; k < kinds; ++k) {
                const double left = (1.0 - after) * model.rate[k][corner];
                const double right = after * model.rate[k][corner + 1];
                const double share = weight * model.share[k][count.cell];
                next.rate[k][corner] += share * left;
                next.rate[k][corner + 1] += share * right;
                next.share[k][count.cell] += share * (left + right);
            }
        }
        for (std::size_t k = 0; k < kinds; ++k) {
            for (std::size_t corner = 0; corner <= time.pieces; ++corner)
                next.rate[k][corner] /= time.area(corner);
            double sum = 0.0;
            for (const double share : next.share[k]) sum += share;
            for (double& share : next.share[k]) share /= sum;
        }
        model = std::move(next);
    }
    model.log_likelihood = score(model, counts, time);
    return model;
}

Model best_of(const std::vector<Count>& counts,
              const TimeGrid& time,
              std::size_t cells,
              std::size_t kinds,
              const Effort& effort) {
    Model best = fitted(counts, time, cells, kinds, 1, effort.iterations);
    for (std::uint64_t seed = 2; kinds > 1 && seed <= effort.starts; ++seed) {
        Model other = fitted(counts, time, cells, kinds, seed, effort.iterations);
        if (other.log_likelihood > best.log_likelihood) best = std::move(other);
    }
    return best;
}

/// As many pieces as it takes for the residual dispersion to be the same over both windows, or
/// the most there are.
std::size_t whitening_pieces(std::span<const TraceRow> rows, const FactorShape& shape) {
    const auto [short_s, long_s] = residual_windows(rows);
    for (const std::size_t pieces : kPieces) {
        if (pieces < shape.pieces) continue;
        // Kinds share the corners, so the sum of their curves is that of one kind.
        const TrafficFactors factors = traffic_factors(rows, {.kinds = 1, .pieces = pieces});
        const auto in_short = residual_dispersion(rows, factors, short_s);
        const auto in_long = residual_dispersion(rows, factors, long_s);
        if (!in_short || !in_long) return shape.pieces;
        if (in_long->value() < kWhite * in_short->value()) return pieces;
    }
    return kPieces.back();
}

}  // namespace

double TrafficFactors::rate(double date_s) const {
    const double piece_s = corners_s[1] - corners_s[0];
    const double at = std::max(0.0, (date_s - corners_s.front()) / piece_s);
    const std::size_t corner = std::min(corners_s.size() - 2, static_cast<std::size_t>(at));
    const double after = std::min(1.0, at - static_cast<double>(corner));
    double sum = 0.0;
    for (const auto& rates : rate_per_s)
        sum += (1.0 - after) * rates[corner] + after * rates[corner + 1];
    return sum;
}

double TrafficFactors::expected(double date_s) const {
    double sum = 0.0;
    for (std::size_t i = 1; i < corners_s.size() && corners_s[i - 1] < date_s; ++i) {
        const double end_s = std::min(date_s, corners_s[i]);
        sum += 0.5 * (rate(corners_s[i - 1]) + rate(end_s)) * (end_s - corners_s[i - 1]);
    }
    return sum;
}

TrafficFactors traffic_factors(std::span<const TraceRow> rows, const FactorShape& shape) {
    PLIMSOLL_EXPECTS(rows.size() >= 2 && rows.back().arrival_s > rows.front().arrival_s);
    PLIMSOLL_EXPECTS(shape.kinds >= 1 && shape.pieces >= 1);
    const TimeGrid time(rows, shape.pieces);
    const LengthGrid lengths(rows);
    const Model model =
        best_of(counted(rows, time, lengths, {}, 0), time, lengths.size(), shape.kinds, kAnswering);
    TrafficFactors factors;
    factors.kinds = shape.kinds;
    factors.rate_per_s = model.rate;
    for (std::size_t corner = 0; corner <= shape.pieces; ++corner)
        factors.corners_s.push_back(time.first_s +
                                    time.slice_s * static_cast<double>(corner * kSlices));
    for (const TraceRow& row : rows) {
        const Count count{
            .slice = time.slice(row.arrival_s), .cell = lengths.cell(row), .requests = 1.0};
        const double all = model.intensity(count);
        for (std::size_t k = 0; k < shape.kinds; ++k)
            factors.memberships.push_back(model.rate_in(k, count.slice) *
                                          model.share[k][count.cell] / all);
    }
    return factors;
}

FactorShape factor_shape(std::span<const TraceRow> rows) {
    PLIMSOLL_EXPECTS(rows.size() >= 2 && rows.back().arrival_s > rows.front().arrival_s);
    const LengthGrid lengths(rows);
    Stream stream(1, 0, "halves");
    std::vector<std::uint8_t> half(rows.size());
    for (std::uint8_t& side : half) side = static_cast<std::uint8_t>(stream.below(2));

    struct Scored {
        FactorShape shape;
        double score = 0.0;
    };
    std::vector<Scored> all;
    double best = -1e300;
    for (const std::size_t kinds : kKinds) {
        for (const std::size_t pieces : kPieces) {
            const TimeGrid time(rows, pieces);
            const auto first = counted(rows, time, lengths, half, 0);
            const auto second = counted(rows, time, lengths, half, 1);
            const double sum =
                score(best_of(first, time, lengths.size(), kinds, kComparing), second, time) +
                score(best_of(second, time, lengths.size(), kinds, kComparing), first, time);
            all.push_back({{.kinds = kinds, .pieces = pieces}, sum});
            best = std::max(best, sum);
        }
    }
    const double constant = all.front().score;
    const auto numbers = [](const FactorShape& shape) {
        return shape.kinds * (shape.pieces + 1 + kNumbersPerLaw);
    };
    FactorShape chosen = all.front().shape;
    bool any = false;
    for (const Scored& each : all) {
        if (each.score - constant < kEnough * (best - constant)) continue;
        if (!any || numbers(each.shape) < numbers(chosen)) chosen = each.shape;
        any = true;
    }
    return {.kinds = chosen.kinds, .pieces = whitening_pieces(rows, chosen)};
}

std::array<double, 2> residual_windows(std::span<const TraceRow> rows) {
    const double gap_s =
        (rows.back().arrival_s - rows.front().arrival_s) / static_cast<double>(rows.size());
    const double window_s = std::max(10.0, 5.0 * gap_s);
    return {window_s, 6.0 * window_s};
}

std::optional<ResidualDispersion> residual_dispersion(std::span<const TraceRow> rows,
                                                      const TrafficFactors& factors,
                                                      double window_s) {
    const CountStatistics counts = count_statistics(rows, window_s);
    if (!counts.dispersion) return std::nullopt;
    const double first_s = rows.front().arrival_s;
    const auto windows = static_cast<double>(counts.windows);
    const double mean = factors.expected(first_s + windows * window_s) / windows;
    double squares = 0.0;
    double behind = 0.0;
    for (std::int64_t i = 1; i <= counts.windows; ++i) {
        const double at = factors.expected(first_s + static_cast<double>(i) * window_s);
        squares += (at - behind - mean) * (at - behind - mean);
        behind = at;
    }
    return ResidualDispersion{.window_s = window_s,
                              .of_counts = *counts.dispersion,
                              .of_curve = squares / (windows - 1.0) / mean};
}

}  // namespace plimsoll
