#include "cli/commands.h"
#include "cli/output.h"
#include "cli/scenario_options.h"

namespace plimsoll::cli {
namespace {

int run(const Arguments& arguments) {
    LoadRequest request = load_request(arguments);
    // What does not fit can still be looked at.
    request.checks = LoadRequest::Checks::fields;
    deliver(arguments, resolved_json(load_scenario(request)));
    return 0;
}

}  // namespace

Command resolve_command() {
    return {"resolve",
            "print a scenario merged, with every default filled in",
            scenario_options() + output_options(),
            run};
}

}  // namespace plimsoll::cli
