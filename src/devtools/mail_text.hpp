// Reading a mail for people: its header fields, its subject and its text in plain UTF-8 (RFC 5322, 2045,
// 2047). Pure; the mail sink shows with it what arrived. It understands what Bursar sends: one text part.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace bursar::devtools {

/// The first field of that name, in any case, unfolded; nullopt when the mail has none.
std::optional<std::string> mail_header(std::string_view mail, std::string_view name);

/// What follows the empty line, as it was sent.
std::string_view mail_body(std::string_view mail);

/// Encoded words become text; what is none stays.
std::string decoded_words(std::string_view value);

/// The body as text with line feeds, whatever its transfer encoding; broken encodings are shown as they are.
std::string mail_text(std::string_view mail);

}  // namespace bursar::devtools
