#include "sim/replications.h"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <vector>

#include "models/contract.h"
#include "sim/intervals.h"
#include "sim/result_fields.h"

namespace plimsoll {
namespace {

template <class T>
using Samples = std::vector<const T*>;

/// Where the mean and the ends of the interval go.
template <class T>
struct Out {
    T& mean;
    T& low;
    T& high;
};

template <class T>
struct OptionalTraits : std::false_type {};
template <class T>
struct OptionalTraits<std::optional<T>> : std::true_type {};
template <class T>
struct ListTraits : std::false_type {};
template <class T>
struct ListTraits<std::vector<T>> : std::true_type {};
template <class T>
struct NamedTraits : std::false_type {};
template <class T>
struct NamedTraits<std::pair<std::string, T>> : std::true_type {};

double limited(double value, FieldRole role) {
    if (role == FieldRole::share) return std::clamp(value, 0.0, 1.0);
    if (role == FieldRole::amount) return std::max(value, 0.0);
    return value;
}

/// Whether two list elements stand for the same thing: all their labels agree.
template <Described T>
bool same(const T& a, const T& b) {
    bool equal = true;
    for_each_field<T>([&](const auto& field) {
        if (field.role == FieldRole::label) equal = equal && a.*field.member == b.*field.member;
    });
    return equal;
}
template <class T>
bool same(const std::pair<std::string, T>& a, const std::pair<std::string, T>& b) {
    return a.first == b.first;
}

template <class T>
void combine_value(const Samples<T>& samples, Out<T> out, FieldRole role);

void combine_numbers(const Samples<double>& samples, Out<double> out, FieldRole role) {
    std::vector<double> values;
    for (const double* sample : samples) values.push_back(*sample);
    double sum = 0.0;
    for (const double value : values) sum += value;
    out.mean = sum / static_cast<double>(values.size());
    out.low = out.mean;
    out.high = out.mean;
    // Equal values have no spread; the sum's rounding must not give them one.
    if (std::all_of(values.begin(), values.end(), [&](double v) { return v == values.front(); })) {
        out.mean = out.low = out.high = values.front();
        return;
    }
    const Interval interval = student_interval(values);
    out.low = limited(interval.low, role);
    out.high = limited(interval.high, role);
}

template <class T>
void combine_optional(const Samples<std::optional<T>>& samples,
                      Out<std::optional<T>> out,
                      FieldRole role) {
    Samples<T> present;
    for (const std::optional<T>* sample : samples)
        if (*sample) present.push_back(&**sample);
    out.mean.reset();
    out.low.reset();
    out.high.reset();
    if (present.empty()) return;
    combine_value<T>(present, {out.mean.emplace(), out.low.emplace(), out.high.emplace()}, role);
    if (present.size() > 1) return;
    out.low.reset();
    out.high.reset();
}

/// Lists are matched by their elements' labels: a ledger line may be missing from a replication,
/// and is zero there.
template <class T>
void combine_list(const Samples<std::vector<T>>& samples, Out<std::vector<T>> out, FieldRole role) {
    std::vector<T> keys;
    for (const std::vector<T>* sample : samples)
        for (const T& element : *sample)
            if (std::none_of(
                    keys.begin(), keys.end(), [&](const T& k) { return same(k, element); }))
                keys.push_back(element);
    out.mean = keys;
    out.low = keys;
    out.high = keys;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        T nothing{};
        if constexpr (Described<T>)
            for_each_field<T>([&](const auto& field) {
                if (field.role == FieldRole::label) nothing.*field.member = keys[i].*field.member;
            });
        else
            nothing.first = keys[i].first;
        Samples<T> matching;
        for (const std::vector<T>* sample : samples) {
            const auto at = std::find_if(sample->begin(), sample->end(), [&](const T& element) {
                return same(keys[i], element);
            });
            matching.push_back(at == sample->end() ? &nothing : &*at);
        }
        combine_value<T>(matching, {out.mean[i], out.low[i], out.high[i]}, role);
    }
}

template <Described T>
void combine_struct(const Samples<T>& samples, Out<T> out) {
    for_each_field<T>([&](const auto& field) {
        using Member = std::remove_reference_t<decltype(out.mean.*field.member)>;
        Samples<Member> members;
        for (const T* sample : samples) members.push_back(&(sample->*field.member));
        combine_value<Member>(
            members,
            {out.mean.*field.member, out.low.*field.member, out.high.*field.member},
            field.role);
    });
}

template <class T>
void combine_value(const Samples<T>& samples, Out<T> out, FieldRole role) {
    if constexpr (NamedTraits<T>::value) {
        using Value = typename T::second_type;
        Samples<Value> values;
        for (const T* sample : samples) values.push_back(&sample->second);
        combine_value<Value>(values, {out.mean.second, out.low.second, out.high.second}, role);
    } else {
        out.mean = *samples.front();
        out.low = out.mean;
        out.high = out.mean;
        // Tables of labels only (names, hashes) are walked too: all of it is a copy.
        if constexpr (std::is_same_v<T, double>) {
            if (role != FieldRole::label) combine_numbers(samples, out, role);
        } else if constexpr (std::is_same_v<T, bool>) {
            std::size_t yes = 0;
            for (const bool* sample : samples) yes += *sample ? 1 : 0;
            out.mean = 2 * yes > samples.size();
        } else if constexpr (std::is_same_v<T, std::optional<Interval>>) {
            // An interval of one run says nothing about the mean of several.
            out.mean.reset();
        } else if constexpr (OptionalTraits<T>::value) {
            combine_optional(samples, out, role);
        } else if constexpr (ListTraits<T>::value) {
            combine_list(samples, out, role);
        } else if constexpr (Described<T>) {
            combine_struct(samples, out);
        }
        if constexpr (std::is_same_v<T, SloVerdict>)
            if (out.mean.attainment) out.mean.met = *out.mean.attainment >= out.mean.quantile;
    }
}

}  // namespace

ReplicatedSummary combine(std::span<const Summary> replications) {
    PLIMSOLL_EXPECTS(!replications.empty());
    ReplicatedSummary result;
    if (replications.size() == 1) {
        result.mean = replications.front();
        return result;
    }
    Samples<Summary> samples;
    for (const Summary& summary : replications) samples.push_back(&summary);
    ReplicatedSummary::Ends& ends = result.intervals.emplace();
    combine_value<Summary>(samples, {result.mean, ends.low, ends.high}, FieldRole::number);
    for (Summary* summary : {&result.mean, &ends.low, &ends.high})
        summary->made_by.replications = static_cast<std::int64_t>(replications.size());
    return result;
}

}  // namespace plimsoll
