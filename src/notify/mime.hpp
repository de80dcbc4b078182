// A message as the bytes of a mail: RFC 5322 head, RFC 2047 encoded words, RFC 2045 body. Every line ends
// with CRLF and is at most 998 octets; nothing that came from outside can start a line of the head. Pure;
// smtp.cpp sends it.
#pragma once
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "notify/channel.hpp"
#include "notify/mailbox.hpp"

namespace bursar::notify {

/// The mail, not dot-stuffed. Its body depends on `message.text` alone, so every attempt has the same body;
/// the Date is this attempt's. The error is a sentence for the ledger: a message id that no header can hold.
std::expected<std::string, std::string> compose_mail(const Sender& from, const Mailbox& to,
                                                     const Message& message, Instant date);

/// Value of an unstructured header field such as Subject. Control characters become blanks, invalid UTF-8
/// U+FFFD. Printable ASCII that fits stays readable; everything else becomes whole encoded words, one a line,
/// each of complete characters. `column` is how many octets stand on the first line already.
std::string header_text(std::string_view text, std::size_t column);

/// "Thu, 26 Nov 2026 01:02:03 +0000" (RFC 5322 §3.3), never in the language of a locale.
std::string to_mail_date(Instant instant);

/// RFC 2045 §6.7. Line ends of any kind become CRLF.
std::string to_quoted_printable(std::string_view text);

/// RFC 4648 §4 with padding, in one line.
std::string to_base64(std::string_view bytes);

/// The content as it follows DATA: lines that start with a dot get a second one, "." CRLF ends it (RFC 5321
/// §4.5.2). `mail` must end with CRLF.
std::string dot_stuffed(std::string_view mail);

}  // namespace bursar::notify
