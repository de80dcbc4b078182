#include "devtools/mail_text.hpp"

#include "base/text.hpp"
#include "http/message.hpp"

namespace bursar::devtools {
namespace {

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// Line ends and padding are passed over.
std::string from_base64(std::string_view text) {
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) continue;
    bits = (bits << 6) | static_cast<unsigned>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>((bits >> count) & 255);
    }
  }
  return bytes;
}

// `=XX` and soft line breaks; with `underscores` the Q encoding of words.
std::string from_quoted(std::string_view text, bool underscores) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_' && underscores) {
      bytes += ' ';
    } else if (text[i] != '=') {
      bytes += text[i];
    } else if (text.substr(i + 1, 2) == "\r\n") {
      i += 2;
    } else if (const auto byte = from_hex(text.substr(i + 1, 2)); byte && byte->size() == 1) {
      bytes += static_cast<char>(byte->front());
      i += 2;
    } else {
      bytes += '=';
    }
  }
  return bytes;
}

std::string without_carriage_returns(std::string_view text) {
  std::string lines;
  lines.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    lines += text[i];
  }
  return lines;
}

std::size_t head_end(std::string_view mail) {
  if (mail.starts_with("\r\n")) return 0;
  const std::size_t end = mail.find("\r\n\r\n");
  return end == std::string_view::npos ? mail.size() : end + 2;
}

struct Word {
  std::string text;
  std::size_t octets = 0;
};

// The encoded word at the start of `text`, if there is one.
std::optional<Word> encoded_word(std::string_view text) {
  if (!text.starts_with("=?")) return std::nullopt;
  const std::size_t way = text.find('?', 2);
  if (way == std::string_view::npos || way + 2 >= text.size() || text[way + 2] != '?') return std::nullopt;
  const std::size_t end = text.find("?=", way + 3);
  if (end == std::string_view::npos || !http::equal_name(text.substr(2, way - 2), "utf-8"))
    return std::nullopt;
  const std::string_view payload = text.substr(way + 3, end - way - 3);
  Word word;
  word.octets = end + 2;
  if (text[way + 1] == 'B' || text[way + 1] == 'b')
    word.text = from_base64(payload);
  else
    word.text = from_quoted(payload, true);
  return word;
}

}  // namespace

std::optional<std::string> mail_header(std::string_view mail, std::string_view name) {
  std::string_view head = mail.substr(0, head_end(mail));
  std::optional<std::string> value;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const bool folded = line.starts_with(' ') || line.starts_with('\t');
    if (value && !folded) break;
    if (value) {
      *value += line;
      continue;
    }
    const std::size_t colon = line.find(':');
    if (folded || colon == std::string_view::npos || !http::equal_name(line.substr(0, colon), name)) continue;
    value = std::string(line.substr(colon + 1));
  }
  if (value) value->erase(0, value->find_first_not_of(" \t"));
  return value;
}

std::string_view mail_body(std::string_view mail) {
  return mail.substr(std::min(head_end(mail) + 2, mail.size()));
}

std::string decoded_words(std::string_view value) {
  std::string text;
  bool after_word = false;
  for (std::size_t i = 0; i < value.size();) {
    const auto word = encoded_word(value.substr(i));
    if (word) {
      text += word->text;
      i += word->octets;
      after_word = true;
      continue;
    }
    // RFC 2047 §6.2: white space between two encoded words is not text.
    const std::size_t next = std::min(value.find_first_not_of(" \t", i), value.size());
    if (after_word && next > i && encoded_word(value.substr(next))) {
      i = next;
      continue;
    }
    text += value[i++];
    after_word = false;
  }
  return safe_text(text, text.size());
}

std::string mail_text(std::string_view mail) {
  const std::string encoding = mail_header(mail, "Content-Transfer-Encoding").value_or("7bit");
  const std::string_view body = mail_body(mail);
  std::string text(body);
  if (http::equal_name(encoding, "quoted-printable")) text = from_quoted(body, false);
  if (http::equal_name(encoding, "base64")) text = from_base64(body);
  text = without_carriage_returns(text);
  return safe_text(text, text.size());
}

}  // namespace bursar::devtools
