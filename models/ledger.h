#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/units.h"

namespace plimsoll {

/// What an amount was spent on (or earned by).
enum class Component {
    owned_capital,
    network_equipment,
    rent,
    colocation,
    electricity,
    maintenance,
    staff,
    licences,
    egress,
    api_purchases,
    device_energy,
    training,
    revenue,
};
inline constexpr std::size_t kComponents = 13;
/// The JSON spelling, equal to the enumerator.
[[nodiscard]] std::string_view to_string(Component component);

/// What the paid time did: worked on prompts, on output tokens, or nothing. `none` is for amounts
/// that no engine time stands behind (egress, staff, revenue).
enum class LedgerPhase { prompt, output, idle, none };
inline constexpr std::size_t kLedgerPhases = 4;
[[nodiscard]] std::string_view to_string(LedgerPhase phase);

/// Where an amount is posted. Accounts order by these members in turn.
struct Account {
    std::string site;
    std::string pool;
    Component component = Component::rent;
    /// Request class; empty for what no class caused (idle).
    std::string request_class;
    LedgerPhase phase = LedgerPhase::none;

    auto operator<=>(const Account&) const = default;
};

/// What is posted. Costs are positive, revenue negative.
struct Amounts {
    Usd usd;
    Joules energy;
    KgCo2e co2e;
    /// GPU-time paid for.
    Seconds gpu_time;
    Tokens tokens;

    bool operator==(const Amounts&) const = default;
};

/// A running sum with a second word for what the first one lost, so that a million small postings
/// add up as if exact. [Neumaier74]
class CompensatedSum {
public:
    void add(double term);
    [[nodiscard]] double value() const { return sum_ + lost_; }

private:
    double sum_ = 0.0;
    double lost_ = 0.0;
};

/// Compensated sums of amounts.
struct AmountSums {
    CompensatedSum usd;
    CompensatedSum energy;
    CompensatedSum co2e;
    CompensatedSum gpu_time;
    CompensatedSum tokens;

    void add(const Amounts& amounts);
    [[nodiscard]] Amounts amounts() const;
};

/// One line of the ledger.
struct LedgerRow {
    Account account;
    Amounts amounts;
};

/// By what a sum may be broken down.
enum class LedgerKey { site, pool, component, request_class, phase };
[[nodiscard]] std::string_view to_string(LedgerKey key);

/// A sum over all accounts that agree in one key.
struct LedgerSum {
    std::string key;
    Amounts amounts;
};

/// Every dollar, joule, kilogram, GPU-second and token, posted once. Any breakdown adds up to
/// total() to the cent, and rows come in the order of their accounts whatever the order of the
/// postings.
class Ledger {
public:
    void post(const Account& account, const Amounts& amounts);
    /// Posts all of `other`.
    void merge(const Ledger& other);

    [[nodiscard]] bool empty() const { return lines_.empty(); }
    [[nodiscard]] std::vector<LedgerRow> rows() const;
    [[nodiscard]] Amounts total() const;
    /// Broken down by `key`: components and phases in the order of their enumerations, names in
    /// the order of their characters.
    [[nodiscard]] std::vector<LedgerSum> sums_by(LedgerKey key) const;
    /// The part whose `key` reads `value`.
    [[nodiscard]] Amounts total_of(LedgerKey key, std::string_view value) const;

private:
    struct Line {
        Account account;
        AmountSums sums;
    };
    /// Ascending by account.
    std::vector<Line> lines_;
};

/// Cents of each amount, rounded so that they add up to the rounded sum: the largest remainders
/// go up, ties by position.
[[nodiscard]] std::vector<std::int64_t> cents_that_add_up(std::span<const Usd> amounts);

/// How the paid time of a pool was spent. A mixed step counts as output for what its decodes would
/// have taken alone, and as prompt for the rest.
struct TimeSplit {
    Seconds prompt;
    Seconds output;
    Seconds idle;

    [[nodiscard]] Seconds total() const { return prompt + output + idle; }
};

/// A cost by what the time did.
struct Attribution {
    Usd prompt;
    Usd output;
    Usd idle;
};

/// `cost` in proportion to the time split; the parts add up to it exactly. All idle when the split
/// is empty.
[[nodiscard]] Attribution attribute(Usd cost, const TimeSplit& split);

}  // namespace plimsoll
