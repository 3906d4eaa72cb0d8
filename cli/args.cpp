#include "cli/args.h"

#include <algorithm>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include "sim/io/did_you_mean.h"

namespace plimsoll::cli {
namespace {

constexpr const char* kFooter =
    "\nExit codes: 0 answered; 1 answered \"no\" (does not fit, check failed); 2 usage or "
    "scenario;\n"
    "70 internal; 74 file system; 130 interrupted; 141 broken pipe.\n"
    "The answer goes to stdout, everything else to stderr. \"plimsoll COMMAND --help\" says more.";

bool is_positional(const OptionSpec& option) { return !option.names.starts_with('-'); }

/// "-o,--output" -> "output".
std::string key_of(const OptionSpec& option) {
    if (is_positional(option)) return option.names;
    return option.names.substr(option.names.rfind("--") + 2);
}

std::vector<std::string> names_of(std::span<const Command> commands) {
    std::vector<std::string> names;
    for (const Command& command : commands) names.push_back(command.name);
    return names;
}

/// The parser and what it has read.
class Program {
public:
    explicit Program(std::span<const Command> commands)
        : commands_(commands),
          app_("Cost and capacity of deployments of language models", "plimsoll") {
        app_.set_version_flag("--version", fmt::format("plimsoll {}", PLIMSOLL_VERSION));
        app_.set_help_flag("-h,--help", "say what this does");
        app_.require_subcommand(1);
        app_.footer(kFooter);
        for (const Command& command : commands) declare(command);
    }

    [[nodiscard]] CLI::App& app() { return app_; }

    [[nodiscard]] Parsed parse(int argc, const char* const* argv) {
        Parsed parsed;
        parsed.arguments.program = argc > 0 ? argv[0] : "plimsoll";
        try {
            check_command(argc, argv);
            app_.parse(argc, argv);
        } catch (const CLI::CallForHelp&) {
            parsed.answer = help();
            return parsed;
        } catch (const CLI::CallForAllHelp&) {
            parsed.answer = help();
            return parsed;
        } catch (const CLI::CallForVersion& version) {
            parsed.answer = std::string(version.what()) + "\n";
            return parsed;
        } catch (const CLI::ParseError& error) {
            throw UsageError(explained(error));
        }
        const CLI::App* chosen = app_.get_subcommands().front();
        for (const Command& command : commands_) {
            if (command.name == chosen->get_name()) parsed.command = &command;
        }
        for (const OptionSpec& option : parsed.command->options) take(option, *chosen, parsed);
        return parsed;
    }

private:
    struct Value {
        bool flag = false;
        std::vector<std::string> texts;
    };

    void declare(const Command& command) {
        CLI::App* sub = app_.add_subcommand(command.name, command.help);
        sub->set_help_flag("-h,--help", "say what this does");
        for (const OptionSpec& option : command.options) {
            Value& value = *values_.emplace_back(std::make_unique<Value>());
            if (option.kind == OptionSpec::Kind::flag) {
                CLI::Option* flag = sub->add_flag(option.names, value.flag, option.help);
                if (option.hidden) flag->group("");
                continue;
            }
            CLI::Option* added = sub->add_option(option.names, value.texts, option.help);
            // Without this an option that may be repeated swallows the positional after it.
            added->allow_extra_args(is_positional(option) && option.kind == OptionSpec::Kind::list);
            if (is_positional(option) && option.kind != OptionSpec::Kind::list) added->expected(1);
            if (option.required) added->required();
            if (!option.value.empty())
                added->type_name(option.value);
            else
                added->type_name("");
        }
    }

    /// CLI11 says only that a command is required.
    void check_command(int argc, const char* const* argv) const {
        if (argc < 2) {
            throw UsageError(fmt::format("a command is required: {} (plimsoll --help)",
                                         fmt::join(names_of(commands_), ", ")));
        }
        const std::string first = argv[1];
        const std::vector<std::string> names = names_of(commands_);
        if (first.starts_with('-')) {
            const std::vector<std::string> known{"--help", "-h", "--version"};
            if (std::find(known.begin(), known.end(), first) == known.end()) {
                throw UsageError(unknown_message("option", first, known));
            }
            return;
        }
        if (std::find(names.begin(), names.end(), first) == names.end()) {
            throw UsageError(unknown_message("command", first, names));
        }
    }

    [[nodiscard]] const CLI::App* chosen() const {
        const std::vector<CLI::App*> subs = app_.get_subcommands();
        return subs.empty() ? nullptr : subs.front();
    }

    [[nodiscard]] std::string help() const {
        const CLI::App* sub = chosen();
        return sub == nullptr ? app_.help() : sub->help("plimsoll");
    }

    [[nodiscard]] std::string explained(const CLI::ParseError& error) const {
        const CLI::App* sub = chosen();
        if (sub == nullptr) return error.what();
        const std::string more = fmt::format(" (plimsoll {} --help)", sub->get_name());
        for (const std::string& rest : app_.remaining(true)) {
            if (!rest.starts_with('-') || rest == "-") {
                return fmt::format("unexpected argument \"{}\"{}", rest, more);
            }
            std::vector<std::string> known;
            for (const CLI::Option* option : sub->get_options()) {
                for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
            }
            const std::string near = nearest(rest.substr(0, rest.find('=')), known);
            return fmt::format("unknown option \"{}\"{}{}",
                               rest,
                               near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near),
                               more);
        }
        return error.what() + more;
    }

    void take(const OptionSpec& option, const CLI::App& sub, Parsed& parsed) const {
        const std::string key = key_of(option);
        const std::string name =
            is_positional(option) ? option.names : option.names.substr(option.names.rfind("--"));
        const CLI::Option* given = sub.get_option(name);
        if (given->count() == 0) return;
        if (option.kind == OptionSpec::Kind::flag) {
            parsed.arguments.add(key, "true");
            return;
        }
        for (const std::string& value : given->results()) {
            const bool known =
                option.words.empty() ||
                std::find(option.words.begin(), option.words.end(), value) != option.words.end();
            if (!known) {
                throw UsageError(name + ": " + unknown_message("", value, option.words));
            }
            parsed.arguments.add(key, value);
        }
    }

    std::span<const Command> commands_;
    CLI::App app_;
    std::vector<std::unique_ptr<Value>> values_;
};

}  // namespace

Parsed parse(int argc, const char* const* argv, std::span<const Command> commands) {
    return Program(commands).parse(argc, argv);
}

std::vector<CompletedCommand> completions(std::span<const Command> commands) {
    Program program(commands);
    std::vector<CompletedCommand> found;
    for (const CLI::App* sub : program.app().get_subcommands({})) {
        CompletedCommand& completed = found.emplace_back();
        completed.name = sub->get_name();
        completed.help = sub->get_description();
        const Command& command =
            *std::find_if(commands.begin(), commands.end(), [&](const Command& row) {
                return row.name == sub->get_name();
            });
        const auto words_of = [&](const std::string& name) {
            for (const OptionSpec& option : command.options) {
                if (key_of(option) == name) return option.words;
            }
            return std::vector<std::string>();
        };
        for (const CLI::Option* option : sub->get_options()) {
            if (option->get_group().empty()) continue;
            if (option->get_positional()) {
                if (completed.words.empty()) completed.words = words_of(option->get_name(true));
                continue;
            }
            CompletedOption& row = completed.options.emplace_back();
            row.long_name = option->get_lnames().front();
            if (!option->get_snames().empty()) row.short_name = option->get_snames().front();
            row.help = option->get_description();
            row.words = words_of(row.long_name);
            row.takes_value = option->get_items_expected_max() > 0;
        }
    }
    return found;
}

}  // namespace plimsoll::cli
