#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/io/scenario_json.h"
#include "tests/sim/io/malformed_case.h"

namespace plimsoll::test {

/// The catalog that is shipped.
[[nodiscard]] inline std::vector<std::string> shipped_catalog() {
    return {PLIMSOLL_SOURCE_DIR "/scenarios/catalog"};
}

/// The sound scenario with `from` replaced by `to`.
[[nodiscard]] inline std::string changed(std::string_view from,
                                         std::string_view to,
                                         std::string text = std::string(kSoundScenario)) {
    const std::size_t at = text.find(from);
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

/// `text` as the file s.json, with options.
[[nodiscard]] inline LoadRequest request_of(std::string text, std::vector<std::string> sets = {}) {
    LoadRequest request;
    request.path = "s.json";
    request.text = std::move(text);
    request.sets = std::move(sets);
    request.catalog_dirs = shipped_catalog();
    return request;
}

/// What loading complains of, or an empty string.
[[nodiscard]] inline std::string complaints(const LoadRequest& request) {
    try {
        static_cast<void>(load_scenario(request));
    } catch (const ScenarioErrors& errors) {
        return printed(errors.issues());
    }
    return "";
}

}  // namespace plimsoll::test
