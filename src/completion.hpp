// Shell scripts that complete verbs. Pure.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bursar {

/// Verbs below each verb; "" holds the first words.
using VerbWords = std::map<std::string, std::vector<std::string>>;

/// For "bash" and, through its bashcompinit, "zsh".
std::string completion_script(std::string_view shell, const VerbWords& words);

}  // namespace bursar
