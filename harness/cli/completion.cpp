#include <algorithm>
#include <cctype>

#include "cli/command_tree.h"

namespace karpspec::cli {
namespace {

// What a value is, beyond the choices that an option has: a shell asks for it where it is needed.
enum class Kind { files, directories, tests, faults, nothing };

Kind kind_of(const Argument& argument) {
  const std::string& value = argument.value;
  if (value == "DIR")
    return Kind::directories;
  if (value == "TEST" || value == "SUITE" || value == "NAME")
    return Kind::tests;
  if (value == "FAULT")
    return Kind::faults;
  if (value == "N" || value == "I/N")
    return Kind::nothing;
  return Kind::files;
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : between) + word;
  return text;
}

std::vector<std::string> all_names(const CommandNode& command) {
  std::vector<std::string> names;
  for (const Argument& option : command.options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

std::vector<std::string> words_below(const CommandNode& command) {
  std::vector<std::string> words;
  for (const CommandNode& below : command.below)
    words.push_back(below.words.back());
  return words;
}

// The name of a function of a shell.
std::string identifier(std::string program) {
  std::replace_if(
      program.begin(), program.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return "_" + program;
}

// A command as the function of bash below knows it: its words without the program's.
std::string path_of(const CommandNode& command) {
  return joined({command.words.begin() + 1, command.words.end()}, " ");
}

const char* bash_function(Kind kind) {
  switch (kind) {
    case Kind::files:
      return "files";
    case Kind::directories:
      return "directories";
    case Kind::tests:
      return "tests";
    case Kind::faults:
      return "faults";
    case Kind::nothing:
      return "nothing";
  }
  return "nothing";
}

std::string bash_value(const Argument& argument) {
  if (argument.choices.empty())
    return bash_function(kind_of(argument));
  return std::string(argument.between == '\0' ? "one_of " : "some_of ") +
         joined(argument.choices, " ");
}

struct BashParts {
  std::string commands;  // which words are a command's
  std::string valued;    // which options have a value
  std::string values;    // what it is
  std::string words;     // what stands where no value does
};

void add_to_bash(const CommandNode& command, BashParts& parts) {
  const std::string path = path_of(command);
  for (const CommandNode& below : command.below) {
    parts.commands +=
        "      '" + path + ":" + below.words.back() + "') command='" + path_of(below) + "' ;;\n";
    add_to_bash(below, parts);
  }
  for (const Argument& option : command.options) {
    if (option.value.empty())
      continue;
    std::string patterns;
    for (const std::string& name : option.names)
      patterns += (patterns.empty() ? "'" : "|'") + path + ":" + name + "'";
    parts.valued += "      " + patterns + ") return 0 ;;\n";
    parts.values += "    " + patterns + ") values='" + bash_value(option) + "' ;;\n";
  }
  std::string place = "nothing";
  if (!command.places.empty())
    place = bash_value(command.places.front());
  parts.words += "    '" + path + "') options='" + joined(all_names(command), " ") +
                 "' commands='" + joined(words_below(command), " ") + "' values='" + place +
                 "' ;;\n";
}

// The part of the function that is the same for every program. NAME is the function's.
std::string bash_text(const CommandNode& program) {
  BashParts parts;
  add_to_bash(program, parts);
  const std::string name = identifier(program.words.front());
  std::string text =
      "# What bash completes of @PROGRAM@; made by '@PROGRAM@ --completion bash'.\n"
      R"bash(
# Whether an option of a command, or of the program, has a value behind it.
@NAME@_has_value() {
  local of
  for of in "$1" ''; do
    case "$of:$2" in
@VALUED@    esac
  done
  return 1
}

# Names of tests as far as the next slash: there are too many for all at a time.
@NAME@_tests() {
  local known=${1%"${1##*/}"}
  if [ -z "$known" ]; then
    @PROGRAM@ list suites 2>/dev/null | sed -n 's|^\([^/ ]*\)  .*|\1/|p'
  else
    @PROGRAM@ list tests "${known%/}" 2>/dev/null | sed -n "s|^\($known[^/ ]*/\{0,1\}\).*|\1|p" |
      sort -u
  fi
}

@NAME@_fill() {
  local kind=${1%% *} given=${1#* } word=$2 before choice
  case $kind in
    files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    directories) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    tests)
      mapfile -t COMPREPLY < <(compgen -W "$(@NAME@_tests "$word")" -- "$word")
      case "${COMPREPLY[*]}" in */) compopt -o nospace 2>/dev/null ;; esac ;;
    faults)
      mapfile -t COMPREPLY < <(compgen -W "$(@PROGRAM@ list faults 2>/dev/null | sed 's/ .*//')" -- "$word") ;;
    one_of) mapfile -t COMPREPLY < <(compgen -W "$given" -- "$word") ;;
    some_of)
      before=${word%"${word##*,}"}
      for choice in $given; do
        case "$before$choice" in "$word"*) COMPREPLY+=("$before$choice") ;; esac
      done ;;
  esac
}

@NAME@() {
  local word=${COMP_WORDS[COMP_CWORD]} command='' option='' i of options commands values
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    option=''
    if [ "${COMP_WORDS[i]:0:1}" = - ]; then
      if @NAME@_has_value "$command" "${COMP_WORDS[i]}"; then
        # bash takes --option=value for three words.
        option=${COMP_WORDS[i]}
        [ "${COMP_WORDS[i + 1]}" != = ] || i=$((i + 1))
        i=$((i + 1))
      fi
      continue
    fi
    case "$command:${COMP_WORDS[i]}" in
@COMMANDS@    esac
  done
  [ "$word" != = ] || word=''
  # Of the last option the value is still being written.
  if [ -n "$option" ] && [ "$i" -gt "$COMP_CWORD" ]; then
    values=''
    for of in "$command" ''; do
      [ -z "$values" ] || break
      case "$of:$option" in
@VALUES@      esac
    done
    @NAME@_fill "$values" "$word"
    return
  fi
  case "$command" in
@WORDS@  esac
  if [ "${word:0:1}" = - ]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
  elif [ -n "$commands" ]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
  else
    @NAME@_fill "$values" "$word"
  fi
}
complete -F @NAME@ @PROGRAM@
)bash";
  const auto put = [&text](const std::string& mark, const std::string& with) {
    for (std::size_t at = text.find(mark); at != std::string::npos;
         at = text.find(mark, at + with.size()))
      text.replace(at, mark.size(), with);
  };
  put("@VALUED@", parts.valued);
  put("@VALUES@", parts.values);
  put("@COMMANDS@", parts.commands);
  put("@WORDS@", parts.words);
  put("@NAME@", name);
  put("@PROGRAM@", program.words.front());
  return text;
}

// TEXT as one word of fish.
std::string fish_word(const std::string& text) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\')
      word += '\\';
    word += c == '\n' ? ' ' : c;
  }
  return word + "'";
}

// When a command of the program is the one that is written.
std::string fish_condition(const CommandNode& command) {
  std::string condition;
  if (command.words.size() == 1) {
    condition = command.below.empty()
                    ? "true"
                    : "not __fish_seen_subcommand_from " + joined(words_below(command), " ");
    return condition;
  }
  for (std::size_t i = 1; i < command.words.size(); ++i)
    condition += (i == 1 ? "" : "; and ") + ("__fish_seen_subcommand_from " + command.words[i]);
  if (!command.below.empty())
    condition += "; and not __fish_seen_subcommand_from " + joined(words_below(command), " ");
  return condition;
}

std::string fish_values(const Argument& argument, const std::string& program) {
  if (!argument.choices.empty())
    return " -f -a " + fish_word(joined(argument.choices, " "));
  switch (kind_of(argument)) {
    case Kind::files:
      return " -F";
    case Kind::directories:
      return " -f -a '(__fish_complete_directories)'";
    case Kind::tests:
      return " -f -a '(command -q " + program + "; and " + program +
             " list suites 2>/dev/null | string replace -r \"  .*\" \"\")'";
    case Kind::faults:
      return " -f -a '(" + program + " list faults 2>/dev/null | string replace \"  \" \\t)'";
    case Kind::nothing:
      return " -f";
  }
  return "";
}

void add_to_fish(const CommandNode& command, const CommandNode& program, std::string& text) {
  const std::string start =
      "complete -c " + program.words.front() + " -n " + fish_word(fish_condition(command));
  for (const CommandNode& below : command.below) {
    const std::string first = below.description.substr(0, below.description.find('\n'));
    text += start + " -f -a " + below.words.back() + " -d " + fish_word(first) + "\n";
  }
  for (const Argument& option : command.options) {
    text += start;
    for (const std::string& name : option.names)
      text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!option.value.empty())
      text += " -r" + fish_values(option, program.words.front());
    text += " -d " + fish_word(option.description) + "\n";
  }
  if (!command.places.empty())
    text += start + fish_values(command.places.front(), program.words.front()) + "\n";
  else
    text += start + " -f\n";
  for (const CommandNode& below : command.below)
    add_to_fish(below, program, text);
}

}  // namespace

std::string completion(const CommandNode& program, Shell shell) {
  if (shell == Shell::bash)
    return bash_text(program);
  std::string text = "# What fish completes of " + program.words.front() + "; made by '" +
                     program.words.front() + " --completion fish'.\n";
  add_to_fish(program, program, text);
  return text;
}

}  // namespace karpspec::cli
