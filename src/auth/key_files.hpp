// Public keys in files: PEM, JWK or JWK set, read at the start and again whenever their content changes.
#pragma once
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "auth/token.hpp"

namespace bursar::auth {

/// The keys that a file's text holds; a PEM key is called by the name of its file without its last extension.
/// The error is for people. A set may hold keys for other purposes; one that is weak, secret or malformed
/// spoils the file.
std::expected<std::vector<Key>, std::string> parse_key_file(std::string_view text, const std::string& name);

class KeyFile {
 public:
  explicit KeyFile(std::filesystem::path path) : path_(std::move(path)) {}

  /// nullopt when the content is what it was at the last look. An unreadable file is an error once.
  std::optional<std::expected<std::vector<Key>, std::string>> look();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  /// Of the last look: the text, or why there was none.
  std::optional<std::expected<std::string, std::string>> seen_;
};

}  // namespace bursar::auth
