#include <array>
#include <utility>

#include "models/contract.h"
#include "sim/io/convert_trace.h"
#include "sim/io/trace_csv.h"
#include "sim/workload/arrivals/arrivals.h"

namespace plimsoll {
namespace {

constexpr std::array<std::string_view, 5> kFormatWords{
    "plimsoll", "csv", "jsonl", "azure", "mooncake"};
constexpr std::array<std::string_view, 5> kUnitWords{"s", "ms", "us", "ns", "date"};

constexpr std::array<ParamField, 5> kFields{
    ParamField{.stem = "path",
               .kind = ParamField::Kind::path,
               .default_value = {},
               .help = "the trace, plain or .gz",
               .required = true},
    ParamField{.stem = "format",
               .kind = ParamField::Kind::text,
               .default_value = {},
               .help = "plimsoll: CSV with arrival_s, prompt_tokens, output_tokens; csv: other "
                       "columns; jsonl: a JSON object a line; azure, mooncake: as published",
               .words = kFormatWords},
    ParamField{.stem = "columns",
               .kind = ParamField::Kind::text,
               .default_value = {},
               .help = "csv, jsonl: what the columns are called, as "
                       "\"arrival=ts,prompt=in,output=out\""},
    ParamField{.stem = "unit",
               .kind = ParamField::Kind::text,
               .default_value = {},
               .help = "csv, jsonl: unit of the arrivals",
               .words = kUnitWords},
    ParamField{.stem = "quantum",
               .dimension = Dimension::time,
               .default_value = {},
               .help = "step in which arrivals were recorded, over which those of one date are "
                       "spread; 0: as they are; mooncake: 3 s unless given"}};

constexpr double kMooncakeQuantumS = 3.0;

class TraceArrivals final : public ArrivalProcess {
public:
    TraceArrivals(std::vector<TraceRow> rows, double load) : rows_(std::move(rows)), load_(load) {}

private:
    [[nodiscard]] double do_next_s() const override {
        return next_ < rows_.size() ? rows_[next_].arrival_s / load_ : kNever;
    }
    [[nodiscard]] ArrivalDraw do_take() override {
        const TraceRow& row = rows_[next_];
        ++next_;
        return {.date_s = row.arrival_s / load_,
                .prompt_tokens = row.prompt_tokens,
                .output_tokens = row.output_tokens};
    }

    std::vector<TraceRow> rows_;
    double load_;
    std::size_t next_ = 0;
};

TraceTime time_of(const std::string& unit) {
    constexpr std::array kTimes{
        TraceTime::s, TraceTime::ms, TraceTime::us, TraceTime::ns, TraceTime::date};
    for (std::size_t i = 0; i < kTimes.size(); ++i)
        if (unit == kUnitWords[i]) return kTimes[i];
    return TraceTime::s;
}

std::vector<TraceRow> rows_of(const PolicySpec& spec) {
    const std::string format = spec.text("format");
    std::vector<TraceRow> rows;
    if (format.empty() || format == "plimsoll") {
        rows = read_trace(spec.text("path"));
    } else {
        ConvertRequest request{.source = format == "csv"     ? TraceSource::csv
                                         : format == "jsonl" ? TraceSource::jsonl
                                         : format == "azure" ? TraceSource::azure
                                                             : TraceSource::mooncake,
                               .input = spec.text("path"),
                               .output = {},
                               .columns = {},
                               .quantum = QuantumRule::keep};
        if (spec.has("columns")) request.columns = parse_columns(spec.text("columns"));
        request.columns.time = time_of(spec.text("unit"));
        rows = read_foreign_trace(request);
    }
    const double quantum_s = spec.number("quantum", format == "mooncake" ? kMooncakeQuantumS : 0.0);
    if (quantum_s > 0.0) spread_dates(rows, quantum_s);
    return rows;
}

std::unique_ptr<ArrivalProcess> make(const PolicySpec& spec, Stream /*stream*/, double load) {
    return std::make_unique<TraceArrivals>(rows_of(spec), load);
}

ArrivalRate rate_of(const PolicySpec& spec) {
    const std::vector<TraceRow> rows = rows_of(spec);
    const double span_s = rows.back().arrival_s - rows.front().arrival_s;
    const auto count = static_cast<double>(rows.size());
    // All rows at one date: no rate can be told, and infinity would poison every sum.
    return {.rate = PerSecond(span_s > 0.0 ? count / span_s : 0.0),
            .think_time = {},
            .span = Seconds(span_s)};
}

RequestMoments lengths_of(const PolicySpec& spec) { return moments_of(rows_of(spec)); }

std::optional<std::string> problem(const PolicySpec& spec) {
    const std::string format = spec.text("format");
    const bool has_columns = format == "csv" || format == "jsonl";
    const std::string unit = spec.text("unit");
    if (!has_columns && (spec.has("columns") || (!unit.empty() && unit != "s")))
        return "columns and unit are for the formats csv and jsonl";
    if (!spec.has("columns")) return std::nullopt;
    try {
        static_cast<void>(parse_columns(spec.text("columns")));
    } catch (const TraceError& error) {
        return error.what();
    }
    return std::nullopt;
}

}  // namespace

ArrivalKind trace_arrivals() {
    return {.info = {"trace", "the dates and lengths of a recorded trace", kFields},
            .make = make,
            .rate = rate_of,
            .problem = problem,
            .lengths = lengths_of};
}

}  // namespace plimsoll
