#include <string>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/scenario_options.h"
#include "cli/text_table.h"
#include "sim/io/catalog_show.h"

namespace plimsoll::cli {
namespace {

int run(const Arguments& arguments) {
    const Catalog catalog = catalog_of(arguments);
    std::vector<std::string> kinds = arguments.list("KIND");
    if (kinds.empty()) kinds = catalog_kinds();
    if (arguments.has("json")) {
        deliver(arguments, ids_json(catalog, kinds));
        return 0;
    }
    TextTable table({{"", Align::left}, {"", Align::left}, {"", Align::left}});
    for (const std::string& kind : kinds) {
        for (const std::string& id : catalog.ids(kind)) {
            table.add({kind, id, shown_name(catalog, kind, id)});
        }
    }
    deliver(arguments, table.to_string());
    return 0;
}

}  // namespace

Command list_command() {
    const std::vector<OptionSpec> kinds{{"KIND", "what to list; everything by default",
                                         OptionSpec::Kind::list, "", false, catalog_kinds()}};
    return {"list", "list the catalog: GPUs, servers, fabrics, models, price books",
            kinds + catalog_options() + output_options(), run};
}

}  // namespace plimsoll::cli
