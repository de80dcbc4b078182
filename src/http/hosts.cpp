#include "http/hosts.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "http/message.hpp"

namespace bursar::http {
namespace {

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool is_address(std::string_view host) {
  boost::system::error_code error;
  if (host.starts_with('[') && host.ends_with(']'))
    boost::asio::ip::make_address_v6(std::string(host.substr(1, host.size() - 2)), error);
  else
    boost::asio::ip::make_address_v4(std::string(host), error);
  return !error;
}

}  // namespace

bool is_allowed_host(std::string_view host, std::span<const std::string> names) {
  const std::string_view name = without_port(host);
  return equal_name(name, "localhost") || is_address(name) ||
         std::ranges::any_of(names, [&](const std::string& allowed) { return equal_name(name, allowed); });
}

}  // namespace bursar::http
