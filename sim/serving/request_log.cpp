#include "sim/serving/request_log.h"

#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace plimsoll {
namespace {

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::completed:
            return "completed";
        case Outcome::rejected:
            return "rejected";
        case Outcome::timed_out:
            return "timed_out";
    }
    return "";
}

}  // namespace

RequestLog::RequestLog(std::string path, const Scenario& scenario)
    : file_(std::move(path)), scenario_(scenario) {
    file_.write(
        "id,class,pool,replica,outcome,arrival_s,admitted_s,first_token_s,end_s,prompt_tokens,"
        "output_tokens,preemptions\n");
}

void RequestLog::take(const RequestRecord& r) {
    row_.clear();
    auto out = std::back_inserter(row_);
    fmt::format_to(out,
                   "{},{},{},{},{},{:.9f},",
                   r.id,
                   scenario_.workload.classes[static_cast<std::size_t>(r.class_index)].name,
                   scenario_.pools[static_cast<std::size_t>(r.pool_index)].name,
                   r.replica,
                   to_string(r.outcome),
                   r.arrival_s);
    // Dates of what never happened are left empty.
    if (r.admitted_s >= 0.0 && r.outcome != Outcome::rejected) {
        fmt::format_to(out, "{:.9f}", r.admitted_s);
    }
    row_ += ',';
    if (r.output_tokens > 0) fmt::format_to(out, "{:.9f}", r.first_token_s);
    fmt::format_to(
        out, ",{:.9f},{},{},{}\n", r.end_s, r.prompt_tokens, r.output_tokens, r.preemptions);
    file_.write(row_);
}

void RequestLog::close() { file_.commit(); }

}  // namespace plimsoll
