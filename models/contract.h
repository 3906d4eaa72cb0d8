#pragma once

#include <stdexcept>
#include <string>

namespace plimsoll {

/// A programmer's mistake: a broken pre- or postcondition. Kept in release builds.
class ContractViolation : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

/// "It does not fit" as a value: why a configuration cannot exist.
struct Infeasible {
    std::string reason;
};

/// Throws ContractViolation naming the condition and where it stands.
[[noreturn]] void contract_failed(const char* kind,
                                  const char* condition,
                                  const char* file,
                                  int line);

}  // namespace plimsoll

#define PLIMSOLL_EXPECTS(condition)     \
    ((condition) ? static_cast<void>(0) \
                 : ::plimsoll::contract_failed("expects", #condition, __FILE__, __LINE__))
#define PLIMSOLL_ENSURES(condition)     \
    ((condition) ? static_cast<void>(0) \
                 : ::plimsoll::contract_failed("ensures", #condition, __FILE__, __LINE__))
