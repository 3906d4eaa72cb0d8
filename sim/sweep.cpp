#include "sim/sweep.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "models/contract.h"
#include "sim/io/text_file.h"

namespace plimsoll {
namespace {

constexpr std::size_t kMostPoints = 1'000'000;
constexpr std::string_view kLoad = "load";

std::optional<double> number(std::string_view text) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

/// Cuts at `separator` outside brackets and quotes.
std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts{""};
    int depth = 0;
    bool quoted = false;
    for (const char c : text) {
        if (c == '"') quoted = !quoted;
        if (!quoted && (c == '[' || c == '{')) ++depth;
        if (!quoted && (c == ']' || c == '}')) --depth;
        if (c == separator && depth == 0 && !quoted)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

/// The values of "from:to:Nlog" or "from:to:Nlin"; absent where it is none of them.
std::optional<std::vector<std::string>> range(std::string_view text) {
    const std::vector<std::string> parts = split(text, ':');
    if (parts.size() != 3) return std::nullopt;
    const bool is_log = parts[2].ends_with("log");
    if (!is_log && !parts[2].ends_with("lin")) return std::nullopt;
    const auto from = number(parts[0]);
    const auto to = number(parts[1]);
    const auto count = number(std::string_view(parts[2]).substr(0, parts[2].size() - 3));
    if (!from || !to || !count) return std::nullopt;
    if (*count < 1.0 || *count != std::floor(*count) || *count > kMostPoints)
        throw SweepError(
            fmt::format("{}: the number of points must be a whole number from 1", text));
    if (is_log && (*from <= 0.0 || *to <= 0.0))
        throw SweepError(fmt::format("{}: a logarithmic range needs ends above 0", text));
    std::vector<std::string> values;
    for (double i = 0.0; i < *count; ++i) {
        const double share = *count > 1.0 ? i / (*count - 1.0) : 0.0;
        const double value =
            is_log ? *from * std::pow(*to / *from, share) : *from + share * (*to - *from);
        // Six digits: what a reader can write down, and the same on every machine.
        values.push_back(fmt::format("{:.6g}", value));
    }
    return values;
}

}  // namespace

SweepAxis parse_axis(std::string_view spec) {
    const std::size_t equals = spec.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == spec.size()) {
        throw SweepError(fmt::format(
            "--over {}: expected path=value,value... or path=from:to:Nlog (or Nlin)", spec));
    }
    SweepAxis axis{std::string(spec.substr(0, equals)), {}};
    const std::string_view text = spec.substr(equals + 1);
    if (auto values = range(text))
        axis.values = std::move(*values);
    else
        axis.values = split(text, ',');
    for (const std::string& value : axis.values) {
        if (value.empty()) throw SweepError(fmt::format("--over {}: an empty value", spec));
        const auto factor = number(value);
        if (axis.path == kLoad && (!factor || *factor <= 0.0))
            throw SweepError(fmt::format("--over {}: a load is a number above 0", spec));
    }
    return axis;
}

std::vector<SweepSet> grid_of(std::span<const SweepAxis> axes) {
    PLIMSOLL_EXPECTS(!axes.empty());
    std::size_t count = 1;
    for (std::size_t a = 0; a < axes.size(); ++a) {
        for (std::size_t b = 0; b < a; ++b) {
            if (axes[a].path == axes[b].path)
                throw SweepError(fmt::format("--over {}: named twice", axes[a].path));
        }
        count *= axes[a].values.size();
        if (count > kMostPoints) throw SweepError(fmt::format("more than {} points", kMostPoints));
    }
    std::vector<SweepSet> points{{}};
    for (const SweepAxis& axis : axes) {
        std::vector<SweepSet> longer;
        for (const SweepSet& point : points) {
            for (const std::string& value : axis.values) {
                longer.push_back(point);
                longer.back().emplace_back(axis.path, value);
            }
        }
        points = std::move(longer);
    }
    return points;
}

std::optional<RunFailure> sweep(const LoadRequest& request,
                                std::span<const SweepSet> points,
                                const RunOptions& options,
                                const std::function<void(SweepOutcome)>& on_outcome) {
    LoadRequest base = request;
    // Standard input can be read once.
    if (!base.text && base.path == "-") base.text = read_text_file(base.path);
    std::vector<RunPoint> runs;
    std::vector<std::size_t> index_of_run;
    std::vector<SweepOutcome> refused;
    for (std::size_t i = 0; i < points.size(); ++i) {
        LoadRequest own = base;
        double load = options.load;
        for (const auto& [path, value] : points[i]) {
            if (path == kLoad)
                load *= *number(value);
            else
                own.sets.push_back(fmt::format("{}={}", path, value));
        }
        try {
            runs.push_back({load_scenario(own), load});
            index_of_run.push_back(i);
        } catch (const ScenarioErrors& errors) {
            refused.push_back({i, points[i], std::nullopt, errors.issues()});
        }
    }
    std::size_t told = 0;
    const auto tell_refused = [&](std::size_t before) {
        for (; told < refused.size() && refused[told].index < before; ++told)
            on_outcome(std::move(refused[told]));
    };
    RunOptions run = options;
    run.requests_csv.clear();
    auto failure = run_points(runs, run, [&](std::size_t r, ReplicatedSummary result) {
        const std::size_t i = index_of_run[r];
        tell_refused(i);
        on_outcome({i, points[i], std::move(result), {}});
    });
    if (failure) return failure;
    tell_refused(points.size());
    return std::nullopt;
}

}  // namespace plimsoll
