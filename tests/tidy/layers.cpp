#include <regex>
#include <sstream>

#include "rules.hpp"

namespace bursar::tidy {
namespace {

const Source* find(const Repository& repository, std::string_view path) {
  for (const auto& file : repository)
    if (file.path == path) return &file;
  return nullptr;
}

Layers layers_of(const Repository& repository) {
  const Source* list = find(repository, "cmake/layers.cmake");
  return list ? parse_layers(list->text) : Layers{};
}

// The file name between the quotes of an #include "…" line; "" for any other line.
std::string included(std::string_view line) {
  static constexpr std::string_view start = "#include \"";
  if (!line.starts_with(start)) return "";
  line.remove_prefix(start.size());
  return std::string(line.substr(0, line.find('"')));
}

std::string objection(const Source& file, const std::string& name, const Layers& layers) {
  if (name.find("../") != std::string::npos) return "includes are named from src/, without ../";
  const auto slash = name.find('/');
  const std::string own = file.layer();
  if (slash == std::string::npos) {
    const bool is_generated = name == "sql.hpp" && own == "store";
    return own.empty() || is_generated
               ? ""
               : "src/" + name + " belongs to the app, which nobody includes; a neighbour is named \"" + own +
                     "/" + name + "\"";
  }
  const std::string other = name.substr(0, slash);
  if (!layers.contains(other)) return "src includes nothing from " + other + "/";
  if (own.empty() || other == own || layers.at(own).contains(other)) return "";
  return own + " may not include " + other + ": cmake/layers.cmake says who may; move what both need down";
}

}  // namespace

Layers parse_layers(std::string_view cmake) {
  Layers layers;
  const std::string text(cmake);
  const std::regex entry("\"([a-z]+):([a-z ]*)\"");
  for (auto it = std::sregex_iterator(text.begin(), text.end(), entry); it != std::sregex_iterator(); ++it) {
    std::istringstream names((*it)[2].str());
    auto& allowed = layers[(*it)[1].str()];
    for (std::string name; names >> name;) allowed.insert(name);
  }
  return layers;
}

Violations includes_only_lower_layers(const Repository& repository) {
  Violations found;
  const Layers layers = layers_of(repository);
  for (const auto& file : repository) {
    if (!file.is_cpp() || !file.is_in("src/")) continue;
    if (!file.layer().empty() && !layers.contains(file.layer())) continue;  // the other rule's finding
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string name = included(file.lines[i]);
      if (name.empty()) continue;
      if (const std::string what = objection(file, name, layers); !what.empty())
        found.push_back({file.path, static_cast<int>(i + 1), what});
    }
  }
  return found;
}

Violations has_only_known_folders(const Repository& repository) {
  Violations found;
  const Layers layers = layers_of(repository);
  for (const auto& file : repository)
    if (const std::string layer = file.layer(); file.is_cpp() && !layer.empty() && !layers.contains(layer))
      found.push_back(
          {file.path, 1, "src/" + layer + " is not in cmake/layers.cmake: name it and what it may include"});
  return found;
}

}  // namespace bursar::tidy
