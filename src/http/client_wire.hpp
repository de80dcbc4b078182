// The text side of the outbound client: where it connects to and what a request looks like in bytes (RFC
// 9112). Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "http/client.hpp"

namespace bursar::http {

struct Origin {
  bool tls = false;
  /// Without brackets: "127.0.0.1", "::1", "api.stripe.com".
  std::string host;
  std::string port;
  /// Value of the Host field: the port only when it is not the scheme's own.
  std::string authority;
};

/// Throws UsageError that names the URL and what is wrong with it.
Origin parse_origin(std::string_view base_url);

/// Why a request must not be written: CR, LF or other control bytes in it, or a field that is the client's
/// own.
std::optional<std::string> refusal_of(const ClientRequest& request);

/// Head and body in one text.
std::string request_text(const Origin& origin, const ClientRequest& request);

}  // namespace bursar::http
