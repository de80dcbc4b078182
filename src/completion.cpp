#include "completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bursar {

std::string completion_script(std::string_view shell, const VerbWords& words) {
  std::string script;
  if (shell == "zsh") script += "autoload -U +X bashcompinit && bashcompinit\n";
  script += "_bursar() {\n  local words=\"\"\n  COMPREPLY=()\n";
  script += "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n";
  script += fmt::format("    words=\"{} --help --version\"\n", fmt::join(words.at(""), " "));
  script += "  elif [ \"$COMP_CWORD\" -eq 2 ]; then\n    case \"${COMP_WORDS[1]}\" in\n";
  for (const auto& [verb, below] : words)
    if (!verb.empty()) script += fmt::format("      {}) words=\"{}\" ;;\n", verb, fmt::join(below, " "));
  script += "    esac\n  fi\n";
  script += "  COMPREPLY=($(compgen -W \"$words --help\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n";
  script += "complete -F _bursar bursar\n";
  return script;
}

}  // namespace bursar
