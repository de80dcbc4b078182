#include "auth/key_url.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>

#include "base/error.hpp"
#include "http/client_wire.hpp"

namespace bursar::auth {
namespace {

bool is_this_machine(std::string_view host) {
  boost::system::error_code none;
  const auto address = boost::asio::ip::make_address(host, none);
  return none ? host == "localhost" : address.is_loopback();
}

}  // namespace

KeyUrl parse_key_url(std::string_view url, bool is_development) {
  const std::size_t scheme = url.find("://");
  const std::size_t end = scheme == std::string_view::npos ? scheme : url.find_first_of("/?#", scheme + 3);
  KeyUrl parts{std::string(url.substr(0, end)), "/"};
  const http::Origin origin = http::parse_origin(parts.origin);
  if (!origin.tls && !(is_development && is_this_machine(origin.host)))
    throw UsageError(fmt::format("'{}' is not https; http is for development, to this machine only", url));
  if (end != std::string_view::npos) parts.path = url.substr(end);
  if (!parts.path.starts_with('/')) throw UsageError(fmt::format("'{}' has no path behind its host", url));
  for (const char c : parts.path)
    if (c <= 0x20 || c >= 0x7f || c == '#')
      throw UsageError(fmt::format("'{}' has a blank, a '#' or a character beyond ASCII in its path", url));
  return parts;
}

}  // namespace bursar::auth
