#include "models/ledger.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "models/contract.h"

namespace plimsoll {
namespace {

constexpr std::array<std::string_view, kComponents> kComponentNames{"owned_capital",
                                                                    "network_equipment",
                                                                    "rent",
                                                                    "colocation",
                                                                    "electricity",
                                                                    "maintenance",
                                                                    "staff",
                                                                    "licences",
                                                                    "egress",
                                                                    "api_purchases",
                                                                    "device_energy",
                                                                    "training",
                                                                    "revenue"};
constexpr std::array<std::string_view, kLedgerPhases> kPhaseNames{
    "prompt", "output", "idle", "none"};
constexpr std::array<std::string_view, 5> kKeyNames{
    "site", "pool", "component", "request_class", "phase"};

std::string_view text(const Account& account, LedgerKey key) {
    switch (key) {
        case LedgerKey::site:
            return account.site;
        case LedgerKey::pool:
            return account.pool;
        case LedgerKey::component:
            return to_string(account.component);
        case LedgerKey::request_class:
            return account.request_class;
        case LedgerKey::phase:
            return to_string(account.phase);
    }
    return {};
}

/// Zero where names order by their characters.
std::size_t rank(const Account& account, LedgerKey key) {
    if (key == LedgerKey::component) return static_cast<std::size_t>(account.component);
    if (key == LedgerKey::phase) return static_cast<std::size_t>(account.phase);
    return 0;
}

}  // namespace

std::string_view to_string(Component component) {
    return kComponentNames[static_cast<std::size_t>(component)];
}

std::string_view to_string(LedgerPhase phase) {
    return kPhaseNames[static_cast<std::size_t>(phase)];
}

std::string_view to_string(LedgerKey key) { return kKeyNames[static_cast<std::size_t>(key)]; }

void CompensatedSum::add(double term) {
    const double sum = sum_ + term;
    lost_ += std::abs(sum_) >= std::abs(term) ? (sum_ - sum) + term : (term - sum) + sum_;
    sum_ = sum;
}

Amounts AmountSums::amounts() const {
    return {.usd = Usd(usd.value()),
            .energy = Joules(energy.value()),
            .co2e = KgCo2e(co2e.value()),
            .gpu_time = Seconds(gpu_time.value()),
            .tokens = Tokens(tokens.value())};
}

void AmountSums::add(const Amounts& a) {
    usd.add(a.usd.value());
    energy.add(a.energy.value());
    co2e.add(a.co2e.value());
    gpu_time.add(a.gpu_time.value());
    tokens.add(a.tokens.value());
}

void Ledger::post(const Account& account, const Amounts& amounts) {
    auto at = std::lower_bound(
        lines_.begin(), lines_.end(), account, [](const Line& line, const Account& wanted) {
            return line.account < wanted;
        });
    if (at == lines_.end() || at->account != account) {
        at = lines_.insert(at, Line{.account = account, .sums = {}});
    }
    at->sums.add(amounts);
}

void Ledger::merge(const Ledger& other) {
    for (const LedgerRow& row : other.rows()) post(row.account, row.amounts);
}

std::vector<LedgerRow> Ledger::rows() const {
    std::vector<LedgerRow> rows;
    rows.reserve(lines_.size());
    for (const Line& line : lines_) rows.push_back({line.account, line.sums.amounts()});
    return rows;
}

Amounts Ledger::total() const {
    AmountSums sums;
    for (const Line& line : lines_) sums.add(line.sums.amounts());
    return sums.amounts();
}

std::vector<LedgerSum> Ledger::sums_by(LedgerKey key) const {
    std::vector<const Line*> order;
    order.reserve(lines_.size());
    for (const Line& line : lines_) order.push_back(&line);
    std::stable_sort(order.begin(), order.end(), [key](const Line* a, const Line* b) {
        const std::size_t rank_a = rank(a->account, key);
        const std::size_t rank_b = rank(b->account, key);
        if (rank_a != rank_b) return rank_a < rank_b;
        return text(a->account, key) < text(b->account, key);
    });
    std::vector<LedgerSum> sums;
    AmountSums running;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const std::string_view name = text(order[i]->account, key);
        running.add(order[i]->sums.amounts());
        if (i + 1 == order.size() || text(order[i + 1]->account, key) != name) {
            sums.push_back({std::string(name), running.amounts()});
            running = {};
        }
    }
    return sums;
}

Amounts Ledger::total_of(LedgerKey key, std::string_view value) const {
    AmountSums sums;
    for (const Line& line : lines_) {
        if (text(line.account, key) == value) sums.add(line.sums.amounts());
    }
    return sums.amounts();
}

std::vector<std::int64_t> cents_that_add_up(std::span<const Usd> amounts) {
    CompensatedSum sum;
    std::vector<std::int64_t> cents;
    std::vector<double> remainder;
    std::int64_t floors = 0;
    for (const Usd amount : amounts) {
        const double exact = amount.value() * 100.0;
        const double floor = std::floor(exact);
        sum.add(amount.value());
        cents.push_back(static_cast<std::int64_t>(floor));
        remainder.push_back(exact - floor);
        floors += cents.back();
    }
    std::vector<std::size_t> order(cents.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&remainder](std::size_t a, std::size_t b) {
        return remainder[a] > remainder[b];
    });
    std::int64_t left = std::llround(sum.value() * 100.0) - floors;
    for (const std::size_t i : order) {
        if (left <= 0) break;
        ++cents[i];
        --left;
    }
    return cents;
}

Attribution attribute(Usd cost, const TimeSplit& split) {
    PLIMSOLL_EXPECTS(split.prompt.value() >= 0.0 && split.output.value() >= 0.0 &&
                     split.idle.value() >= 0.0);
    const Seconds total = split.total();
    if (total.value() <= 0.0) return {.prompt = {}, .output = {}, .idle = cost};
    const Usd prompt = cost * (split.prompt / total);
    const Usd output = cost * (split.output / total);
    // The remainder, so that the three add up to the cost whatever the rounding.
    const Usd idle = split.idle.value() > 0.0 ? cost - prompt - output : Usd();
    if (split.idle.value() > 0.0) return {prompt, output, idle};
    return {prompt, cost - prompt, idle};
}

}  // namespace plimsoll
