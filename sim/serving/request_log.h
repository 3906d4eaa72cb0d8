#pragma once

#include <string>

#include "sim/io/text_stream.h"
#include "sim/scenario.h"
#include "sim/serving/fleet.h"

namespace plimsoll {

/// Writes one CSV row a request as it leaves, in order of leaving; dates in seconds from the start.
/// The file appears under its name when complete. Throws FileError.
class RequestLog final : public RecordSink {
public:
    RequestLog(std::string path, const Scenario& scenario);
    void take(const RequestRecord& record) override;
    /// Puts the file in its place.
    void close();

private:
    TextWriter file_;
    const Scenario& scenario_;
    std::string row_;
};

}  // namespace plimsoll
