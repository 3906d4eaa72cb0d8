#include "sim/params.h"

#include <algorithm>

namespace plimsoll {
namespace {

template <class T>
const T* find(const PolicySpec& spec, std::string_view stem) {
    for (const auto& [name, value] : spec.params)
        if (name == stem) return std::get_if<T>(&value);
    return nullptr;
}

}  // namespace

double PolicySpec::number(std::string_view stem, double fallback) const {
    const auto* const value = find<double>(*this, stem);
    return value == nullptr ? fallback : *value;
}

std::string PolicySpec::text(std::string_view stem) const {
    const auto* const value = find<std::string>(*this, stem);
    return value == nullptr ? std::string() : *value;
}

std::vector<std::array<double, 2>> PolicySpec::pairs(std::string_view stem) const {
    using Pairs = std::vector<std::array<double, 2>>;
    const auto* const value = find<Pairs>(*this, stem);
    return value == nullptr ? Pairs() : *value;
}

std::vector<std::array<double, 3>> PolicySpec::triples(std::string_view stem) const {
    using Triples = std::vector<std::array<double, 3>>;
    const auto* const value = find<Triples>(*this, stem);
    return value == nullptr ? Triples() : *value;
}

std::vector<WeightedPolicy> PolicySpec::parts(std::string_view stem) const {
    const auto* const value = find<std::vector<WeightedPolicy>>(*this, stem);
    return value == nullptr ? std::vector<WeightedPolicy>() : *value;
}

bool PolicySpec::has(std::string_view stem) const {
    return std::any_of(
        params.begin(), params.end(), [&](const auto& param) { return param.first == stem; });
}

void PolicySpec::set(std::string_view stem, ParamValue value) {
    for (auto& [name, old] : params) {
        if (name != stem) continue;
        old = std::move(value);
        return;
    }
    params.emplace_back(stem, std::move(value));
}

}  // namespace plimsoll
