#include "sim/serving/request_log.h"

#include <cerrno>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "sim/io/file_error.h"
#include "sim/io/text_file.h"

namespace plimsoll {
namespace {

constexpr std::size_t kFlushAt = 1U << 20U;

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
    : path_(std::move(path)), temporary_(path_ + ".tmp"), scenario_(scenario) {
    file_ = std::fopen(temporary_.c_str(), "wb");
    if (file_ == nullptr) throw FileError(path_, system_message(errno));
    buffer_ =
        "id,class,pool,replica,outcome,arrival_s,admitted_s,first_token_s,end_s,prompt_tokens,"
        "output_tokens,preemptions\n";
}

RequestLog::~RequestLog() {
    if (file_ == nullptr) return;
    std::fclose(file_);
    std::remove(temporary_.c_str());
}

void RequestLog::take(const RequestRecord& r) {
    auto out = std::back_inserter(buffer_);
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
    buffer_ += ',';
    if (r.output_tokens > 0) fmt::format_to(out, "{:.9f}", r.first_token_s);
    fmt::format_to(
        out, ",{:.9f},{},{},{}\n", r.end_s, r.prompt_tokens, r.output_tokens, r.preemptions);
    if (buffer_.size() >= kFlushAt) flush();
}

void RequestLog::flush() {
    if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_) != buffer_.size()) {
        throw FileError(path_, system_message(errno));
    }
    buffer_.clear();
}

void RequestLog::close() {
    flush();
    std::FILE* file = std::exchange(file_, nullptr);
    if (std::fclose(file) != 0 || std::rename(temporary_.c_str(), path_.c_str()) != 0) {
        throw FileError(path_, system_message(errno));
    }
}

}  // namespace plimsoll
