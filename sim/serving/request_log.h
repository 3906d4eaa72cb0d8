#pragma once

#include <cstdio>
#include <string>

#include "sim/scenario.h"
#include "sim/serving/fleet.h"

namespace plimsoll {

/// Writes one CSV row a request as it leaves, in order of leaving; dates in seconds from the start.
/// The file appears under its name when complete. Throws FileError.
class RequestLog final : public RecordSink {
public:
    RequestLog(std::string path, const Scenario& scenario);
    ~RequestLog() override;
    void take(const RequestRecord& record) override;
    /// Puts the file in its place.
    void close();

private:
    void flush();

    std::string path_;
    std::string temporary_;
    const Scenario& scenario_;
    std::FILE* file_ = nullptr;
    std::string buffer_;
};

}  // namespace plimsoll
