#include "auth/key_files.hpp"

#include <fstream>

#include "auth/jwk.hpp"
#include "auth/pem.hpp"
#include "base/limits.hpp"

namespace bursar::auth {
namespace {

std::expected<std::string, std::string> read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text;
  std::array<char, 8192> part;
  while (in && text.size() <= limits::key_set_bytes) {
    in.read(part.data(), part.size());
    text.append(part.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (!in.eof() && text.empty()) return std::unexpected("it cannot be read");
  if (text.size() > limits::key_set_bytes)
    return std::unexpected(fmt::format("it is longer than {} bytes", limits::key_set_bytes));
  return text;
}

}  // namespace

std::expected<std::vector<Key>, std::string> parse_key_file(std::string_view text, const std::string& name) {
  if (text.starts_with("-----BEGIN")) {
    auto key = parse_pem(text, name);
    if (!key) return std::unexpected(std::move(key.error()));
    return std::vector{std::move(*key)};
  }
  auto published = parse_jwks(text);
  if (!published)
    return std::unexpected(fmt::format("it is neither PEM nor a JWK nor a JWK set: {}", published.error()));
  if (!published->refused.empty()) return std::unexpected(std::move(published->refused.front()));
  if (published->keys.empty() && !published->ignored.empty())
    return std::unexpected(
        fmt::format("it has no key that could verify a token; {}", published->ignored.front()));
  if (published->keys.empty()) return std::unexpected("it has no key");
  return std::move(published->keys);
}

std::optional<std::expected<std::vector<Key>, std::string>> KeyFile::look() {
  auto text = read_text(path_);
  if (seen_ && *seen_ == text) return std::nullopt;
  seen_ = text;
  if (!text) return std::unexpected(std::move(text.error()));
  return parse_key_file(*text, path_.stem().string());
}

}  // namespace bursar::auth
