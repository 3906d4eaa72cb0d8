#include <array>
#include <utility>

#include "sim/io/trace_csv.h"
#include "sim/workload/arrivals/arrivals.h"

namespace plimsoll {
namespace {

constexpr std::array<ParamField, 1> kFields{
    ParamField{.stem = "path",
               .kind = ParamField::Kind::path,
               .default_value = {},
               .help = "CSV file with arrival_s, prompt_tokens, output_tokens; .gz is read too",
               .required = true}};

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

std::unique_ptr<ArrivalProcess> make(const PolicySpec& spec, Stream /*stream*/, double load) {
    return std::make_unique<TraceArrivals>(read_trace(spec.text("path")), load);
}

ArrivalRate rate_of(const PolicySpec& spec) {
    const std::vector<TraceRow> rows = read_trace(spec.text("path"));
    const double span_s = rows.back().arrival_s - rows.front().arrival_s;
    const auto count = static_cast<double>(rows.size());
    // All rows at one date: no rate can be told, and infinity would poison every sum.
    return {.rate = PerSecond(span_s > 0.0 ? count / span_s : 0.0),
            .think_time = {},
            .span = Seconds(span_s)};
}

}  // namespace

ArrivalKind trace_arrivals() {
    return {.info = {"trace", "the dates and lengths of a recorded trace", kFields},
            .make = make,
            .rate = rate_of,
            .brings_lengths = true};
}

}  // namespace plimsoll
