#include "notify/mime.hpp"

#include "base/check.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace bursar::notify {
namespace {

constexpr std::string_view crlf = "\r\n";
// RFC 2047 §2: an encoded word, and a line of a head that holds one.
constexpr std::size_t encoded_word_octets = 75;
constexpr std::size_t encoded_line_octets = 76;
constexpr std::string_view word_start = "=?UTF-8?B?";
constexpr std::string_view word_end = "?=";
// RFC 2045 §6.7 and §6.8: a line of an encoded body.
constexpr std::size_t body_line_octets = 76;
// RFC 5322 §2.1.1: what a plain line should not pass.
constexpr std::size_t plain_line_octets = 78;

bool is_printable(char c) { return c >= 0x20 && c < 0x7F; }

// The length in octets of the character of valid UTF-8 that starts with `lead`.
std::size_t character_octets(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) return 1;
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

std::string without_controls(std::string_view text) {
  std::string line = safe_text(text, text.size());
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return line;
}

// RFC 5322 §3.2.4, or encoded words for what is not ASCII.
std::string display_name(std::string_view name, std::size_t column) {
  if (!std::all_of(name.begin(), name.end(), is_printable)) return header_text(name, column);
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

// RFC 5322 §3.6.4: id-left and id-right as dot-atoms.
std::expected<std::string, std::string> message_id(std::string_view id, std::string_view domain) {
  static constexpr std::string_view punctuation = "!#$%&'*+-/=?^_`{|}~.@";
  auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           punctuation.find(c) != std::string_view::npos;
  };
  const auto ats = std::count(id.begin(), id.end(), '@');
  if (id.empty() || id.size() > 200 || ats > 1 || !std::all_of(id.begin(), id.end(), allowed))
    return std::unexpected(std::string("the message id has characters that a mail header cannot hold"));
  return ats == 1 ? fmt::format("<{}>", id) : fmt::format("<{}@{}>", id, domain);
}

bool is_header_token(std::string_view text) {
  return !text.empty() && text.size() <= limits::request_id_characters &&
         std::all_of(text.begin(), text.end(), is_printable);
}

// As it is when that is safe on every relay: printable ASCII, lines of 78 at most without a blank at their
// end.
bool may_stay_plain(std::string_view text) {
  std::size_t length = 0;
  char before = '\n';
  for (const char c : text) {
    if (c == '\n') {
      if (before == ' ' || before == '\t') return false;
      length = 0;
    } else if (!is_printable(c) && c != '\t') {
      return false;
    } else if (++length > plain_line_octets) {
      return false;
    }
    before = c;
  }
  return before != ' ' && before != '\t';
}

// CRLF, CR and LF are one line end each; the last line has one too.
std::string with_line_feeds(std::string_view text) {
  std::string lines;
  lines.reserve(text.size() + 1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      lines += '\n';
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else {
      lines += text[i];
    }
  }
  if (!lines.ends_with('\n')) lines += '\n';
  return lines;
}

std::string with_crlf(std::string_view lines) {
  std::string text;
  text.reserve(lines.size() + lines.size() / 32 + 2);
  for (const char c : lines) {
    if (c == '\n') text += '\r';
    text += c;
  }
  return text;
}

void append_body(std::string& mail, std::string_view text) {
  const std::string lines = with_line_feeds(safe_text(text, text.size()));
  if (may_stay_plain(lines)) {
    mail += "Content-Transfer-Encoding: 7bit\r\n\r\n";
    mail += with_crlf(lines);
    return;
  }
  const std::string quoted = to_quoted_printable(lines);
  if (quoted.size() <= lines.size() * 3 / 2) {
    mail += "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    mail += quoted;
    return;
  }
  mail += "Content-Transfer-Encoding: base64\r\n\r\n";
  const std::string encoded = to_base64(with_crlf(lines));
  for (std::size_t i = 0; i < encoded.size(); i += body_line_octets) {
    mail += encoded.substr(i, body_line_octets);
    mail += crlf;
  }
}

}  // namespace

std::string header_text(std::string_view text, std::size_t column) {
  const std::string line = without_controls(text);
  const bool plain = std::all_of(line.begin(), line.end(), is_printable) &&
                     column + line.size() <= plain_line_octets && line.find("=?") == std::string::npos;
  if (plain) return line;
  std::string words;
  for (std::size_t begin = 0; begin < line.size();) {
    const std::size_t room =
        std::min(encoded_word_octets, encoded_line_octets - std::min<std::size_t>(column, 40));
    const std::size_t octets = (room - word_start.size() - word_end.size()) / 4 * 3;
    std::size_t end = begin;
    while (end < line.size() && end + character_octets(line[end]) - begin <= octets)
      end += character_octets(line[end]);
    if (!words.empty()) words += "\r\n ";
    words += word_start;
    words += to_base64(std::string_view(line).substr(begin, end - begin));
    words += word_end;
    column = 1;
    begin = end;
  }
  return words;
}

std::expected<std::string, std::string> compose_mail(const Sender& from, const Mailbox& to,
                                                     const Message& message, Instant date) {
  const auto id = message_id(message.message_id, from.mailbox.domain);
  if (!id) return std::unexpected(id.error());
  std::string mail;
  mail.reserve(1024 + message.text.size() * 2);
  mail += "From: ";
  if (!from.display_name.empty()) mail += display_name(from.display_name, 6) + crlf.data() + " ";
  mail += fmt::format("<{}>\r\nTo: <{}>\r\n", from.mailbox.address, to.address);
  mail += fmt::format("Subject: {}\r\n", header_text(message.subject, 9));
  mail += fmt::format("Date: {}\r\nMessage-ID: {}\r\n", to_mail_date(date), *id);
  mail += fmt::format("X-Bursar-Event: {}\r\n", message.event.text());
  if (message.request_id && is_header_token(*message.request_id))
    mail += fmt::format("X-Request-Id: {}\r\n", *message.request_id);
  // RFC 3834: holiday notes must not answer this mail.
  mail +=
      "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n";
  append_body(mail, message.text);
  return mail;
}

std::string to_mail_date(Instant instant) {
  constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(instant - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
                     days[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::string to_quoted_printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const std::string lines = with_line_feeds(text);
  std::string encoded;
  std::size_t column = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const char c = lines[i];
    if (c == '\n') {
      encoded += crlf;
      column = 0;
      continue;
    }
    const bool blank = c == ' ' || c == '\t';
    const bool literal = blank ? lines[i + 1] != '\n' : is_printable(c) && c != '=';
    const std::size_t octets = literal ? 1 : 3;
    // One octet of the line is kept for the '=' of a soft line break.
    if (column + octets > body_line_octets - 1) {
      encoded += "=\r\n";
      column = 0;
    }
    if (literal) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'=', digits[byte >> 4], digits[byte & 15]};
    }
    column += octets;
  }
  return encoded;
}

std::string to_base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  unsigned bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) text += digits[(bits >> (count - 6)) & 63];
  }
  if (count > 0) text += digits[(bits << (6 - count)) & 63];
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string dot_stuffed(std::string_view mail) {
  CHECK(mail.ends_with(crlf));
  std::string content;
  content.reserve(mail.size() + 16);
  for (std::size_t begin = 0; begin < mail.size();) {
    const std::size_t end = mail.find('\n', begin) + 1;
    if (mail[begin] == '.') content += '.';
    content += mail.substr(begin, end - begin);
    begin = end;
  }
  content += ".\r\n";
  return content;
}

}  // namespace bursar::notify
