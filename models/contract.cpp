#include "models/contract.h"

#include <fmt/core.h>

namespace plimsoll {

void contract_failed(const char* kind, const char* condition, const char* file, int line) {
    throw ContractViolation(fmt::format("{} {} ({}:{})", kind, condition, file, line));
}

}  // namespace plimsoll
