// Token keys as one line of text: BURSAR_JWT_KEYS, and the file that `bursar up` keeps.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/key_seal.hpp"
#include "auth/token.hpp"

namespace bursar {

/// The parts of a list, empty ones too.
std::vector<std::string> split(std::string_view text, std::string_view separators);

/// One key of the form `kid:alg:key[:seed]`; nullopt when malformed.
std::optional<auth::Key> parse_key_setting(const std::string& text);
/// `kid:alg:key[:seed]` as BURSAR_JWT_KEYS holds it; keys called dev-… are development keys.
std::string key_setting(const auth::Key& key);

/// BURSAR_KEY_ENCRYPTION_KEY: 32 bytes in base64url; where it is for development also behind "dev:", as `up`
/// makes it. nullopt when empty or malformed.
std::optional<auth::KeySeal> parse_key_seal(std::string_view text, bool is_development);
/// A fresh one for development.
std::string make_development_seal(Random& random);

}  // namespace bursar
