#include "notify/mailbox.hpp"

#include <idn2.h>

#include "base/text.hpp"

namespace bursar::notify {
namespace {

using Refusal = std::unexpected<std::string>;

// RFC 5321 §4.5.3.1: octets of a local part and of a path without its brackets.
constexpr std::size_t local_part_octets = 64;
constexpr std::size_t path_octets = 254;
constexpr std::size_t domain_octets = 253;
constexpr std::size_t label_octets = 63;

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }
bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// RFC 5322 §3.2.3 and RFC 6531 §3.3: everything beyond ASCII is an atom character too.
bool is_atom_character(char c) {
  static constexpr std::string_view punctuation = "!#$%&'*+-/=?^_`{|}~";
  return is_alphanumeric(c) || !is_ascii(c) || punctuation.find(c) != std::string_view::npos;
}

// A quoted string as the sender wrote it; its content is checked, not changed.
bool is_quoted_string(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return false;
    if (text[i] == '\\' && ++i == text.size()) return false;
  }
  return true;
}

// Addresses with a dot at either end or two in a row exist; they are the same mailbox in quotes.
std::expected<std::string, std::string> canonical_local_part(std::string_view local) {
  if (local.empty()) return Refusal("the address has nothing before its @");
  if (is_quoted_string(local)) return std::string(local);
  auto allowed = [](char c) { return c == '.' || is_atom_character(c); };
  if (!std::all_of(local.begin(), local.end(), allowed))
    return Refusal("the part before the @ has characters that an address cannot hold");
  const bool odd_dots =
      local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos;
  return odd_dots ? fmt::format("\"{}\"", local) : std::string(local);
}

bool is_host_name(std::string_view domain) {
  if (domain.empty() || domain.size() > domain_octets) return false;
  for (std::size_t begin = 0; begin <= domain.size();) {
    const std::size_t end = std::min(domain.find('.', begin), domain.size());
    const std::string_view label = domain.substr(begin, end - begin);
    if (label.empty() || label.size() > label_octets || label.front() == '-' || label.back() == '-')
      return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return c == '-' || is_alphanumeric(c); }))
      return false;
    begin = end + 1;
  }
  return true;
}

bool is_address_literal(std::string_view domain) {
  if (domain.size() < 4 || domain.front() != '[' || domain.back() != ']') return false;
  domain = domain.substr(1, domain.size() - 2);
  if (domain.starts_with("IPv6:")) domain.remove_prefix(5);
  auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' || c == ':';
  };
  return !domain.empty() && std::all_of(domain.begin(), domain.end(), allowed);
}

std::expected<std::string, std::string> ascii_domain(std::string_view domain) {
  if (is_address_literal(domain)) return std::string(domain);
  std::string name(domain);
  if (!std::all_of(domain.begin(), domain.end(), is_ascii)) {
    std::uint8_t* converted = nullptr;
    const int result = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(name.c_str()), &converted,
                                      IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (result != IDN2_OK)
      return Refusal(fmt::format("the domain cannot be written in ASCII: {}", idn2_strerror(result)));
    name = reinterpret_cast<const char*>(converted);
    idn2_free(converted);
  }
  if (!is_host_name(name)) return Refusal("the part behind the @ is not a domain name");
  return name;
}

}  // namespace

std::expected<Mailbox, std::string> parse_mailbox(std::string_view address) {
  if (address.empty()) return Refusal("there is no address");
  if (!is_utf8(address)) return Refusal("the address is not valid UTF-8");
  if (std::any_of(address.begin(), address.end(), is_control))
    return Refusal("the address has control characters");
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos) return Refusal("the address has no @");
  const auto local = canonical_local_part(address.substr(0, at));
  if (!local) return Refusal(local.error());
  const auto domain = ascii_domain(address.substr(at + 1));
  if (!domain) return Refusal(domain.error());
  if (local->size() > local_part_octets) return Refusal("the part before the @ is longer than 64 octets");
  Mailbox mailbox;
  mailbox.address = *local + "@" + *domain;
  mailbox.domain = *domain;
  mailbox.needs_smtputf8 = !std::all_of(local->begin(), local->end(), is_ascii);
  if (mailbox.address.size() > path_octets) return Refusal("the address is longer than 254 octets");
  return mailbox;
}

std::expected<Sender, std::string> parse_sender(std::string_view from) {
  Sender sender;
  std::string_view address = from;
  if (from.ends_with('>')) {
    const std::size_t open = from.rfind('<');
    if (open == std::string_view::npos) return Refusal("the sender has a > without a <");
    address = from.substr(open + 1, from.size() - open - 2);
    std::string_view name = from.substr(0, open);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"'))
      name = name.substr(1, name.size() - 2);
    if (!is_utf8(name) || std::any_of(name.begin(), name.end(), is_control))
      return Refusal("the sender's name has control characters or is not valid UTF-8");
    sender.display_name = name;
  }
  auto mailbox = parse_mailbox(address);
  if (!mailbox) return Refusal(mailbox.error());
  sender.mailbox = std::move(*mailbox);
  return sender;
}

}  // namespace bursar::notify
