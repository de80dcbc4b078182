// An e-mail address as SMTP carries it (RFC 5321 §4.1.2). Everything that cannot be one is refused here with
// a sentence for the ledger, so that no character of an address can reach a command or a header unchecked.
// Pure.
#pragma once
#include <expected>
#include <string>
#include <string_view>

namespace bursar::notify {

struct Mailbox {
  /// local@domain, at most 254 octets. The domain is ASCII: A-labels (RFC 5890) or an address literal.
  std::string address;
  std::string domain;
  /// The local part is not ASCII: only a server with SMTPUTF8 (RFC 6531) can take it.
  bool needs_smtputf8 = false;
};

/// The error says what is wrong with the address, without repeating it.
std::expected<Mailbox, std::string> parse_mailbox(std::string_view address);

/// The sender of all mails: `Bursar Payments <payments@example.com>` or the address alone.
struct Sender {
  std::string display_name;  // UTF-8 without control characters; may be empty
  Mailbox mailbox;
};
std::expected<Sender, std::string> parse_sender(std::string_view from);

}  // namespace bursar::notify
