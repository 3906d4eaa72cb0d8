#include "sim/io/layers.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "sim/io/file_error.h"
#include "sim/io/json_text.h"
#include "sim/io/scenario_tables.h"
#include "sim/io/set_path.h"
#include "sim/io/text_file.h"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& path) {
    return path == "-" ? "" : fs::path(path).parent_path().string();
}

std::string identity(const std::string& path) {
    std::error_code ignored;
    const fs::path canonical = fs::weakly_canonical(path, ignored);
    return canonical.empty() ? path : canonical.string();
}

/// Reads a file with all it extends.
class LayerReader {
public:
    LayerReader(const LoadRequest& request, DecodeContext& context)
        : request_(request), context_(context) {}

    std::optional<Node> read_root() {
        const std::string name = request_.path == "-" ? "<stdin>" : request_.path;
        if (request_.text) return layer(name, folder_of(request_.path), *request_.text);
        std::string text;
        try {
            text = read_text_file(request_.path);
        } catch (const FileError& error) {
            const std::string what = error.what();
            context_.report({.file = name,
                             .path = "",
                             .message = what.substr(what.find(": ") + 2),
                             .allowed = {},
                             .kind = ScenarioIssue::Kind::file});
            return std::nullopt;
        }
        return layer(name, folder_of(request_.path), text);
    }

    [[nodiscard]] int next_layer() { return layers_++; }

private:
    std::optional<Node> layer(const std::string& name,
                              const std::string& folder,
                              std::string_view text) {
        const auto source = std::make_shared<SourceFile>(SourceFile{name, folder, 0});
        std::vector<ScenarioIssue> issues;
        std::optional<Node> root = parse_json(text, source, issues);
        for (ScenarioIssue& issue : issues) context_.report(std::move(issue));
        if (!root || !expect_object(context_, *root, "")) return std::nullopt;
        chain_.push_back({name, identity(name)});
        Node merged = Node::object();
        const bool complete = extended(*root, folder, merged);
        chain_.pop_back();
        source->layer = next_layer();
        root->erase("extends");
        merge(merged, *root);
        if (!complete) return std::nullopt;
        return merged;
    }

    /// Merges what `root` extends into `merged`; false after a mistake.
    bool extended(const Node& root, const std::string& folder, Node& merged) {
        const Node::Member* extends = root.find("extends");
        if (extends == nullptr) return true;
        const Node& value = extends->value;
        const std::vector<Node> one{value};
        bool complete = true;
        for (const Node& base : value.type == Node::Type::list ? value.items : one) {
            if (!base.is_text()) {
                context_.error(base.place,
                               "extends",
                               "expected a file name or a list of them, got " + described(base));
                complete = false;
                continue;
            }
            const std::string path =
                folder.empty() || base.text.starts_with('/') ? base.text : folder + "/" + base.text;
            if (const std::optional<Node> layer = base_layer(base, path)) {
                merge(merged, *layer);
            } else {
                complete = false;
            }
        }
        return complete;
    }

    std::optional<Node> base_layer(const Node& base, const std::string& path) {
        const std::string id = identity(path);
        const auto known = std::find_if(
            chain_.begin(), chain_.end(), [&](const Link& link) { return link.identity == id; });
        if (known != chain_.end()) {
            std::vector<std::string> names;
            for (auto at = known; at != chain_.end(); ++at) names.push_back(at->name);
            names.push_back(path);
            context_.error(
                base.place,
                "extends",
                fmt::format("a file cannot extend itself: {}", fmt::join(names, " -> ")));
            return std::nullopt;
        }
        try {
            const std::string text = read_text_file(path);
            return layer(path, folder_of(path), text);
        } catch (const FileError& error) {
            context_.report({.file = base.place.source->name,
                             .line = base.place.line,
                             .column = base.place.column,
                             .path = "extends",
                             .message = error.what(),
                             .allowed = {},
                             .kind = ScenarioIssue::Kind::file});
            return std::nullopt;
        }
    }

    struct Link {
        std::string name;
        std::string identity;
    };

    const LoadRequest& request_;
    DecodeContext& context_;
    std::vector<Link> chain_;
    int layers_ = 0;
};

}  // namespace

std::optional<Node> merged_scenario(const LoadRequest& request, DecodeContext& context) {
    LayerReader reader(request, context);
    std::optional<Node> root = reader.read_root();
    if (!root) return std::nullopt;
    const std::shared_ptr<const Table> table = scenario_table();
    for (const std::string& path : request.unsets) {
        const auto source =
            std::make_shared<const SourceFile>(SourceFile{"--unset", "", reader.next_layer()});
        unset_path(context, *table, *root, path, source);
    }
    for (const std::string& set : request.sets) {
        const auto source =
            std::make_shared<const SourceFile>(SourceFile{"--set", "", reader.next_layer()});
        const std::size_t equals = set.find('=');
        if (equals == std::string::npos || equals == 0) {
            context.error({source, 0, 0}, "", fmt::format("expected path=value, got \"{}\"", set));
            continue;
        }
        set_path(context, *table, *root, set.substr(0, equals), set.substr(equals + 1), source);
    }
    return root;
}

}  // namespace plimsoll
