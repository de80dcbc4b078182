// The URL of a foreign issuer's public keys. Pure.
#pragma once
#include <string>
#include <string_view>

namespace bursar::auth {

struct KeyUrl {
  std::string origin;  // "https://issuer.example.test:8443"
  std::string path;    // "/keys?tenant=1"
};

/// https to anywhere; http only where `is_development`, and there to this machine (127.0.0.0/8, [::1],
/// localhost). No user, no fragment. Throws UsageError that says what is wrong.
KeyUrl parse_key_url(std::string_view url, bool is_development);

}  // namespace bursar::auth
