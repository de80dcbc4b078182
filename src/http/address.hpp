// IP addresses as values, and whose request it is when proxies stand in between. Pure. For limits and logs.
#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace bursar::http {

/// "192.0.2.1", "2001:db8::1"; an IPv4 address inside IPv6 (::ffff:192.0.2.1) is that IPv4 address. Zones,
/// ports, brackets and leading zeros are refused.
std::optional<Address> parse_ip(std::string_view text);
/// As parse_ip() reads it, IPv6 as RFC 5952 writes it.
std::string to_text(const Address& address);

/// What counts as one client: an IPv4 address, or the IPv6 network of /64, because whoever has one address of
/// it has all.
Address client_network(const Address& address);

/// The proxies whose word about the client counts.
class TrustedProxies {
 public:
  /// Addresses and networks (192.0.2.0/24, 2001:db8::/32) separated by commas; at most
  /// limits::trusted_proxies. The error is a sentence.
  static std::expected<TrustedProxies, std::string> parse(std::string_view list);

  bool contains(const Address& address) const;

  /// `peer` unless it is a trusted proxy. Then the nearest hop of X-Forwarded-For that is none; when all are
  /// trusted, the farthest. A hop that is no address (with or without a port), or more than
  /// limits::forwarded_hops of them, make it `peer`: what lies behind cannot be told from what the client
  /// wrote.
  Address client_of(const Address& peer, const Request& request) const;

 private:
  struct Network {
    Address first;
    unsigned prefix_bits = 128;
  };
  std::vector<Network> networks_;
};

}  // namespace bursar::http
