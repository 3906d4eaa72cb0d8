#include <string>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "cli/args.h"
#include "cli/commands.h"
#include "cli/output.h"

namespace plimsoll::cli {
namespace {

std::vector<std::string> option_names(const CompletedCommand& command) {
    std::vector<std::string> names;
    for (const CompletedOption& option : command.options) names.push_back("--" + option.long_name);
    return names;
}

std::string quoted(std::string text) {
    for (std::size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 4) {
        text.replace(at, 1, "'\\''");
    }
    return "'" + text + "'";
}

std::string bash_script(const std::vector<CompletedCommand>& commands) {
    std::string names;
    std::string cases;
    for (const CompletedCommand& command : commands) {
        names += (names.empty() ? "" : " ") + command.name;
        cases += fmt::format("        {})\n", command.name);
        for (const CompletedOption& option : command.options) {
            if (option.words.empty()) continue;
            cases += fmt::format(
                "            [[ $last == --{} ]] && {{ COMPREPLY=($(compgen -W {} -- \"$word\")); "
                "return; }}\n",
                option.long_name,
                quoted(fmt::format("{}", fmt::join(option.words, " "))));
        }
        cases += fmt::format(
            "            [[ $word == -* ]] && {{ COMPREPLY=($(compgen -W {} -- \"$word\")); "
            "return; "
            "}}\n",
            quoted(fmt::format("{}", fmt::join(option_names(command), " "))));
        if (!command.words.empty()) {
            cases += fmt::format("            COMPREPLY=($(compgen -W {} -- \"$word\"))\n",
                                 quoted(fmt::format("{}", fmt::join(command.words, " "))));
        } else {
            cases += "            COMPREPLY=($(compgen -f -- \"$word\"))\n";
        }
        cases += "            ;;\n";
    }
    return fmt::format(
        "_plimsoll() {{\n"
        "    local word=${{COMP_WORDS[COMP_CWORD]}} last=${{COMP_WORDS[COMP_CWORD-1]}}\n"
        "    if (( COMP_CWORD == 1 )); then\n"
        "        COMPREPLY=($(compgen -W '{} --help --version' -- \"$word\"))\n"
        "        return\n"
        "    fi\n"
        "    case ${{COMP_WORDS[1]}} in\n"
        "{}"
        "    esac\n"
        "}}\n"
        "complete -o filenames -F _plimsoll plimsoll\n",
        names,
        cases);
}

/// "name:what it does" for _describe.
std::string described(const std::string& name, std::string help) {
    for (std::size_t at = 0; (at = help.find(':', at)) != std::string::npos; at += 2) {
        help.insert(at, "\\");
    }
    return quoted(name + ":" + help);
}

std::string zsh_script(const std::vector<CompletedCommand>& commands) {
    std::string names;
    std::string cases;
    for (const CompletedCommand& command : commands) {
        names += "        " + described(command.name, command.help) + "\n";
        cases += fmt::format("        {})\n            words_of=(\n", command.name);
        for (const CompletedOption& option : command.options) {
            cases += "                " + described("--" + option.long_name, option.help) + "\n";
        }
        cases += "            )\n";
        for (const CompletedOption& option : command.options) {
            if (option.words.empty()) continue;
            cases += fmt::format("            [[ $last == --{} ]] && {{ compadd -- {}; return }}\n",
                                 option.long_name,
                                 fmt::join(option.words, " "));
        }
        cases += "            [[ $PREFIX == -* ]] && { _describe option words_of; return }\n";
        cases += command.words.empty()
                     ? "            _files\n"
                     : fmt::format("            compadd -- {}\n", fmt::join(command.words, " "));
        cases += "            ;;\n";
    }
    return fmt::format(
        "#compdef plimsoll\n"
        "_plimsoll() {{\n"
        "    local -a commands words_of\n"
        "    local last=${{words[CURRENT-1]}}\n"
        "    commands=(\n{}    )\n"
        "    if (( CURRENT == 2 )); then\n"
        "        _describe command commands\n"
        "        return\n"
        "    fi\n"
        "    case ${{words[2]}} in\n{}"
        "    esac\n"
        "}}\n"
        "compdef _plimsoll plimsoll\n",
        names,
        cases);
}

std::string fish_script(const std::vector<CompletedCommand>& commands) {
    std::string out;
    for (const CompletedCommand& command : commands) {
        out += fmt::format("complete -c plimsoll -n __fish_use_subcommand -f -a {} -d {}\n",
                           command.name,
                           quoted(command.help));
        const std::string seen = quoted("__fish_seen_subcommand_from " + command.name);
        for (const CompletedOption& option : command.options) {
            std::string line =
                fmt::format("complete -c plimsoll -n {} -l {}", seen, option.long_name);
            if (!option.short_name.empty()) line += " -s " + option.short_name;
            if (option.takes_value) line += " -r";
            if (!option.words.empty()) {
                line += fmt::format(" -f -a {}",
                                    quoted(fmt::format("{}", fmt::join(option.words, " "))));
            }
            out += line + " -d " + quoted(option.help) + "\n";
        }
        if (command.words.empty()) continue;
        out += fmt::format("complete -c plimsoll -n {} -f -a {}\n",
                           seen,
                           quoted(fmt::format("{}", fmt::join(command.words, " "))));
    }
    return out;
}

struct Shell {
    const char* name;
    std::string (*script)(const std::vector<CompletedCommand>& commands);
};
constexpr Shell kShells[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};

int run(const Arguments& arguments) {
    const std::vector<Command> commands = all_commands();
    for (const Shell& shell : kShells) {
        if (arguments.text("SHELL") == shell.name) {
            deliver(arguments, shell.script(completions(commands)));
        }
    }
    return 0;
}

}  // namespace

Command completion_command() {
    using Kind = OptionSpec::Kind;
    std::vector<std::string> shells;
    for (const Shell& shell : kShells) shells.emplace_back(shell.name);
    const std::vector<OptionSpec> rows{
        {"SHELL", "bash, zsh or fish", Kind::text, "", true, shells},
        {"-o,--output", "write the script to FILE", Kind::text, "FILE"}};
    return {"completion", "print a completion script for a shell", rows, run};
}

}  // namespace plimsoll::cli
