#include "http/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ranges>

#include "base/limits.hpp"

namespace bursar::http {
namespace {

constexpr std::size_t mapped_bytes = 12;  // ::ffff:0:0/96
constexpr unsigned mapped_bits = mapped_bytes * 8;
constexpr unsigned address_bits = 128;
constexpr std::size_t network_bytes = 8;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_port(std::string_view text) { return parse_number<std::uint16_t>(text).has_value(); }

/// A hop as proxies write it: 192.0.2.1, 192.0.2.1:1234, 2001:db8::1, [2001:db8::1], [2001:db8::1]:1234.
std::optional<Address> parse_hop(std::string_view hop) {
  hop = trim(hop);
  if (hop.starts_with('[')) {
    const std::size_t end = hop.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view rest = hop.substr(end + 1);
    if (!rest.empty() && !(rest.starts_with(':') && is_port(rest.substr(1)))) return std::nullopt;
    const std::string_view inside = hop.substr(1, end - 1);
    return inside.find(':') == std::string_view::npos ? std::nullopt : parse_ip(inside);
  }
  const std::size_t colon = hop.find(':');
  const bool has_port = colon != std::string_view::npos && hop.find(':', colon + 1) == std::string_view::npos;
  if (!has_port) return parse_ip(hop);
  return is_port(hop.substr(colon + 1)) ? parse_ip(hop.substr(0, colon)) : std::nullopt;
}

bool begins_with(const Address& address, const Address& first, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (std::memcmp(address.bytes.data(), first.bytes.data(), whole) != 0) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xFF00U >> (bits % 8) & 0xFFU;
  return ((address.bytes[whole] ^ first.bytes[whole]) & mask) == 0;
}

bool is_zero_behind(const Address& address, unsigned bits) {
  for (unsigned bit = bits; bit < address_bits; ++bit)
    if ((address.bytes[bit / 8] >> (7 - bit % 8) & 1U) != 0) return false;
  return true;
}

}  // namespace

bool Address::is_v4() const {
  static constexpr std::array<std::uint8_t, mapped_bytes> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  return std::equal(mapped.begin(), mapped.end(), bytes.begin());
}

std::optional<Address> parse_ip(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> ended{};
  const bool has_nul = text.find('\0') != std::string_view::npos;
  if (text.empty() || text.size() >= ended.size() || has_nul) return std::nullopt;
  std::memcpy(ended.data(), text.data(), text.size());
  Address address;
  if (::inet_pton(AF_INET6, ended.data(), address.bytes.data()) == 1) return address;
  address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (::inet_pton(AF_INET, ended.data(), address.bytes.data() + mapped_bytes) == 1) return address;
  return std::nullopt;
}

std::string to_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.is_v4())
    ::inet_ntop(AF_INET, address.bytes.data() + mapped_bytes, text.data(), text.size());
  else
    ::inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size());
  return text.data();
}

Address client_network(const Address& address) {
  Address network = address;
  if (!network.is_v4()) std::fill(network.bytes.begin() + network_bytes, network.bytes.end(), 0);
  return network;
}

std::expected<TrustedProxies, std::string> TrustedProxies::parse(std::string_view list) {
  TrustedProxies proxies;
  while (!trim(list).empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view entry = trim(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    const std::size_t slash = std::min(entry.find('/'), entry.size());
    const auto address = parse_ip(entry.substr(0, slash));
    const bool written_as_v4 = entry.find(':') == std::string_view::npos;
    const unsigned bits_before = written_as_v4 ? mapped_bits : 0;
    auto prefix = slash == entry.size() ? std::optional(address_bits - bits_before)
                                        : parse_number<unsigned>(entry.substr(slash + 1));
    if (!address || !prefix || *prefix > address_bits - bits_before)
      return std::unexpected(fmt::format("'{}' is no address or network such as 192.0.2.0/24", entry));
    *prefix += bits_before;
    if (!is_zero_behind(*address, *prefix))
      return std::unexpected(fmt::format("'{}' has bits behind its prefix", entry));
    proxies.networks_.push_back({*address, *prefix});
  }
  if (proxies.networks_.size() > limits::trusted_proxies)
    return std::unexpected(fmt::format("there are {} networks, at most {} are allowed",
                                       proxies.networks_.size(), limits::trusted_proxies));
  return proxies;
}

bool TrustedProxies::contains(const Address& address) const {
  return std::ranges::any_of(networks_, [&](const Network& network) {
    return begins_with(address, network.first, network.prefix_bits);
  });
}

Address TrustedProxies::client_of(const Address& peer, const Request& request) const {
  if (networks_.empty() || !contains(peer)) return peer;
  Address nearest = peer;
  std::size_t hops = 0;
  for (const Header& field : std::views::reverse(request.headers)) {
    if (!equal_name(field.name, "X-Forwarded-For")) continue;
    std::string_view rest = field.value;
    for (bool more = true; more;) {
      const std::size_t comma = rest.rfind(',');
      const auto hop = parse_hop(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      if (!hop || ++hops > limits::forwarded_hops) return peer;
      nearest = *hop;
      if (!contains(nearest)) return nearest;
      more = comma != std::string_view::npos;
      if (more) rest = rest.substr(0, comma);
    }
  }
  return nearest;
}

}  // namespace bursar::http
