// Whose tokens count, and on which terms: our own issuer, and those of others (BURSAR_JWT_ISSUERS). Values;
// where their keys come from is key_sources.hpp.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/token.hpp"

namespace bursar::auth {

struct Issuer {
  /// iss and aud, as tokens have them to the byte.
  std::string name;
  std::string audience;
  /// Its subjects are principals and its roles count.
  bool ours = false;
  /// Of a subject that nobody here has seen; nullopt: such a one is refused until an operator knows it.
  std::optional<RoleName> default_role;
};

struct ForeignIssuer {
  Issuer issuer;
  /// An http(s) URL or the absolute path of a file, where its public keys are.
  std::string keys_at;
  /// Keys for others are left out; empty: RS256, ES256 and EdDSA.
  std::vector<Algorithm> algorithms;

  bool is_fetched() const { return !keys_at.starts_with('/'); }
};

/// Takes keys of other algorithms away; without any named all stay.
void leave_out_others(std::vector<Key>& keys, const std::vector<Algorithm>& algorithms);

/// A JSON array of objects with `issuer`, `audience` and `keys`, and optionally `default_role` ("customer" or
/// null, which is the default) and `algorithms`. http only where `is_development`, and there to this machine
/// only. Throws UsageError that says which issuer, which member, and what is expected.
std::vector<ForeignIssuer> parse_issuers(std::string_view text, bool is_development);

}  // namespace bursar::auth
