#include <string>

#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/scenario_options.h"
#include "cli/text_table.h"
#include "sim/io/catalog_show.h"

namespace plimsoll::cli {
namespace {

/// "gpu" is as good as "gpus".
std::vector<std::string> kind_words() {
    std::vector<std::string> words = catalog_singulars();
    for (const std::string& kind : catalog_kinds()) words.push_back(kind);
    return words;
}

int run(const Arguments& arguments) {
    const Catalog catalog = catalog_of(arguments);
    const std::string kind = catalog_kind_named(arguments.text("KIND"));
    const std::string id = arguments.text("ID");
    if (arguments.has("json")) {
        deliver(arguments, item_json(catalog, kind, id));
        return 0;
    }
    TextTable table({{"field", Align::left},
                     {"value", Align::left},
                     {"mark", Align::left},
                     {"source", Align::left}});
    for (const ShownField& field : shown_fields(catalog, kind, id)) {
        const std::string source =
            field.source.empty() ? "" : fmt::format("{} ({})", field.source, field.date);
        table.add({field.path, field.value, field.mark, source});
    }
    deliver(arguments,
            fmt::format("{}/{}: {}\n\n{}\nMarks: R read at the source, R2 read "
                        "second-hand, D derived, M unverified.\n",
                        kind,
                        id,
                        catalog.file_of(kind, id),
                        table.to_string()));
    return 0;
}

}  // namespace

Command show_command() {
    using Kind = OptionSpec::Kind;
    const std::vector<OptionSpec> rows{
        {"KIND", "what kind: gpu, llm, device, price ...", Kind::text, "", true, kind_words()},
        {"ID", "its name in the catalog", Kind::text, "", true}};
    return {"show",
            "show one thing of the catalog, every number with its source",
            rows + catalog_options() + output_options(),
            run};
}

}  // namespace plimsoll::cli
