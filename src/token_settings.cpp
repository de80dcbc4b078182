#include "token_settings.hpp"

#include "base/text.hpp"

namespace bursar {
namespace {

constexpr std::string_view development_key_prefix = "dev-";
constexpr std::string_view development_seal_prefix = "dev:";

}  // namespace

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find_first_of(separators);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<auth::Key> parse_key_setting(const std::string& text) {
  const auto parts = split(text, ":");
  if (parts.size() < 3 || parts.size() > 4 || parts[0].empty()) return std::nullopt;
  auth::Key key;
  key.id = parts[0];
  key.development = key.id.starts_with(development_key_prefix);
  const auto verification = from_base64url(parts[2]);
  if (!verification) return std::nullopt;
  key.verification = *verification;
  if (parts[1] == "HS256" && parts.size() == 3) {
    if (key.development) key.signing = key.verification;
    return key;
  }
  key.algorithm = auth::Algorithm::eddsa;
  const auto seed = parts.size() == 4 ? from_base64url(parts[3]) : std::vector<std::uint8_t>();
  if (parts[1] != "EdDSA" || !seed) return std::nullopt;
  key.signing = *seed;
  return key;
}

std::string key_setting(const auth::Key& key) {
  if (key.algorithm == auth::Algorithm::hs256)
    return fmt::format("{}:HS256:{}", key.id, to_base64url(key.verification));
  std::string text = fmt::format("{}:EdDSA:{}", key.id, to_base64url(key.verification));
  return key.signing.empty() ? text : text + ":" + to_base64url(key.signing);
}

std::optional<auth::KeySeal> parse_key_seal(std::string_view text, bool is_development) {
  if (is_development && text.starts_with(development_seal_prefix))
    text.remove_prefix(development_seal_prefix.size());
  const auto bytes = from_base64url(text);
  std::array<std::uint8_t, auth::KeySeal::bytes> key{};
  if (!bytes || bytes->size() != key.size()) return std::nullopt;
  std::ranges::copy(*bytes, key.begin());
  return auth::KeySeal(key);
}

std::string make_development_seal(Random& random) {
  std::array<std::uint8_t, auth::KeySeal::bytes> key{};
  random.fill(key);
  return std::string(development_seal_prefix) + to_base64url(key);
}

}  // namespace bursar
