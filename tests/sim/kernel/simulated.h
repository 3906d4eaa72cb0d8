#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "sim/kernel/event_core.h"
#include "sim/kernel/isolate.h"

namespace plimsoll::test {

/// Runs `work` in a process of its own, because SimGrid boots once per process, and returns its
/// text. In there only REQUIRE counts: a failed CHECK would stay in that process.
[[nodiscard]] inline std::string simulated(const std::function<std::string()>& work) {
    const kernel::ChildResult result = kernel::run_isolated(work);
    INFO(result.problem());
    REQUIRE(result.ok());
    return result.text;
}

/// A component that calls functions.
class Actor final : public kernel::Component {
public:
    std::function<void(double)> date = [](double) {};
    std::function<void(double, const kernel::Message&)> message = [](double,
                                                                     const kernel::Message&) {};

    void on_date(double now_s) override { date(now_s); }
    void on_message(double now_s, const kernel::Message& m) override { message(now_s, m); }
};

/// Does things at given dates.
class Script final : public kernel::Component {
public:
    Script(kernel::EventCore& core, kernel::Kind kind)
        : core_(core), slot_(core.add(*this, kind)) {}

    /// Adds an act; dates ascend.
    Script& at(double date_s, std::function<void()> act) {
        acts_.emplace_back(date_s, std::move(act));
        if (acts_.size() == 1) core_.arm(slot_, date_s);
        return *this;
    }

    void on_date(double /*now_s*/) override {
        const std::function<void()> act = acts_[next_++].second;
        if (next_ < acts_.size()) core_.arm(slot_, acts_[next_].first);
        act();
    }
    void on_message(double /*now_s*/, const kernel::Message& /*message*/) override {}

private:
    kernel::EventCore& core_;
    kernel::SlotId slot_;
    std::vector<std::pair<double, std::function<void()>>> acts_;
    std::size_t next_ = 0;
};

/// "delivered", "failed" or "refused".
[[nodiscard]] inline const char* name(kernel::Outcome outcome) {
    switch (outcome) {
        case kernel::Outcome::delivered:
            return "delivered";
        case kernel::Outcome::failed:
            return "failed";
        case kernel::Outcome::refused:
            return "refused";
    }
    return "?";
}

}  // namespace plimsoll::test
