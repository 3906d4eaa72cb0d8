#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/io/field_table.h"
#include "sim/io/issue.h"
#include "sim/io/json_node.h"
#include "sim/io/units_suffix.h"

namespace plimsoll {

class Catalog;
struct SourcedField;

/// What decoding collects: mistakes, and the sources of catalog numbers used.
class DecodeContext {
public:
    explicit DecodeContext(const Catalog* catalog);
    ~DecodeContext();
    DecodeContext(const DecodeContext&) = delete;
    DecodeContext& operator=(const DecodeContext&) = delete;

    void error(const Place& place,
               const std::string& path,
               std::string message,
               std::vector<std::string> allowed = {});
    void report(ScenarioIssue issue) { issues_.push_back(std::move(issue)); }

    /// Null where ids cannot be resolved.
    [[nodiscard]] const Catalog* catalog() const { return catalog_; }
    [[nodiscard]] const std::vector<ScenarioIssue>& issues() const { return issues_; }
    /// Whether something at or below `path` was reported.
    [[nodiscard]] bool has_issue(const std::string& path) const;

    /// The catalog's `sources` now stand behind the fields below `path`, instead of earlier ones.
    void use_sources(const std::string& path, const std::vector<SourcedField>& sources);
    /// The field at `path`, or all below it, got another value: the catalog no longer vouches.
    void drop_sources(const std::string& path);
    [[nodiscard]] const std::vector<SourcedField>& sources() const { return sources_; }

private:
    const Catalog* catalog_;
    std::vector<ScenarioIssue> issues_;
    std::vector<SourcedField> sources_;
};

/// The key of an object that holds `field`, whatever its unit.
struct FoundField {
    const Node::Member* member = nullptr;
    /// Null where the field has no dimension.
    const Unit* unit = nullptr;
};

/// Finds `field` in `node`. Two keys with different units in one layer are a mistake; over layers
/// the later one counts.
[[nodiscard]] FoundField find_field(DecodeContext& context,
                                    const Field& field,
                                    const Node& node,
                                    const std::string& path);

// decode_object(context, table, node, path, object, has_base) of field_table.h fills the struct at
// `object`, of the table's type, from `node`; absent fields stay as they are, and required ones may
// be absent only with `has_base`. encode_object is the way back, in canonical units.

/// As decode_object for one scalar.
[[nodiscard]] std::optional<FieldValue> decode_scalar(DecodeContext& context,
                                                      const Field& field,
                                                      const Unit* unit,
                                                      const Node& node,
                                                      const std::string& path);

/// Adds one scalar to `node`, under the key with its unit.
void encode_scalar(Node& node, const Field& field, const FieldValue& value);

/// A policy's object: {"kind": ..., options}.
[[nodiscard]] PolicySpec decode_policy(DecodeContext& context,
                                       std::span<const PolicyInfo> kinds,
                                       const Node& node,
                                       const std::string& path);
[[nodiscard]] Node encode_policy(std::span<const PolicyInfo> kinds, const PolicySpec& spec);
/// A policy's option as a field, for messages and the schema.
[[nodiscard]] Field option_field(const ParamField& option);
/// The weight that stands beside the options of each of several policies.
[[nodiscard]] Field weight_field();
/// A policy field of a struct.
template <class S>
[[nodiscard]] Field policy_field(std::string stem,
                                 PolicySpec S::*member,
                                 std::function<std::span<const PolicyInfo>()> kinds,
                                 std::string help);

/// False, with a report, where `node` is not of the type.
[[nodiscard]] bool expect_object(DecodeContext& context, const Node& node, const std::string& path);

/// `path`.`key`.
[[nodiscard]] std::string join(const std::string& path, std::string_view key);

/// "more than 0", "between 0 and 1", "at least 1 s", in the unit that the key names.
[[nodiscard]] std::string printed(const Range& range, const Unit* unit);

template <class S>
Field policy_field(std::string stem,
                   PolicySpec S::*member,
                   std::function<std::span<const PolicyInfo>()> kinds,
                   std::string help) {
    Field f;
    f.stem = std::move(stem);
    f.kind = FieldKind::policy;
    f.help = std::move(help);
    f.shorthand = "kind";
    f.policies = kinds;
    f.decode =
        [member, kinds](
            DecodeContext& context, const Node& node, const std::string& path, void* object) {
            static_cast<S*>(object)->*member = decode_policy(context, kinds(), node, path);
        };
    f.encode = [member, kinds](const void* object) -> std::optional<Node> {
        const PolicySpec& spec = static_cast<const S*>(object)->*member;
        if (spec.kind.empty()) return std::nullopt;
        return encode_policy(kinds(), spec);
    };
    return f;
}

}  // namespace plimsoll
