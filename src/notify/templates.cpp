#include "notify/templates.hpp"

#include "base/check.hpp"
#include "base/text.hpp"

namespace bursar::notify {
namespace {

// {names} are replaced once, from left to right, and what was inserted is never looked at again: user text is
// a value, never a template. A line of a mail with a name that has no value is left out.
struct Texts {
  std::string_view subject, mail, sms;
};
struct Locale {
  std::string_view tag;
  /// Rises with every change of wording; tests keep the wording of each version.
  int version;
  Texts succeeded, failed;
};

constexpr std::array<Locale, 1> locales = {{{
    .tag = "en",
    .version = 1,
    .succeeded = {.subject = "Your payment of {amount} succeeded",
                  .mail = "Hello,\n"
                          "\n"
                          "your payment succeeded.\n"
                          "\n"
                          "Amount: {amount}\n"
                          "Description: {description}\n"
                          "Reference: {reference}\n"
                          "Payment: {payment}\n"
                          "\n"
                          "You need not do anything.\n",
                  .sms = "Your payment of {amount} succeeded.{ref}"},
    .failed = {.subject = "Your payment of {amount} failed",
               .mail = "Hello,\n"
                       "\n"
                       "your payment failed. You were not charged.\n"
                       "\n"
                       "Amount: {amount}\n"
                       "Reason: {reason}\n"
                       "Description: {description}\n"
                       "Reference: {reference}\n"
                       "Payment: {payment}\n"
                       "\n"
                       "Please check your payment method and try again.\n",
               .sms = "Your payment of {amount} failed. You were not charged.{ref}"},
}}};

// "en-GB" is served by "en"; an unknown language by the first.
const Locale& locale_of(std::string_view tag) {
  const std::string_view language = tag.substr(0, tag.find('-'));
  for (const Locale& locale : locales) {
    if (locale.tag == tag || locale.tag == language) return locale;
  }
  return locales.front();
}

// Code points that start a line or turn the direction of writing: with them a value could pretend to be our
// words.
bool misleads(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 || c == 0x200E || c == 0x200F ||
         c == 0x061C || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

// Of valid UTF-8.
char32_t code_point(std::string_view text, std::size_t& octets) {
  const auto lead = static_cast<unsigned char>(text[0]);
  octets = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (octets == 1) return lead;
  char32_t value = lead & (0x7FU >> octets);
  for (std::size_t i = 1; i < octets; ++i)
    value = (value << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  return value;
}

std::string one_line(std::string_view text) {
  const std::string safe = safe_text(text, text.size());
  std::string line;
  for (std::size_t i = 0, octets = 0; i < safe.size(); i += octets) {
    const char32_t c = code_point(std::string_view(safe).substr(i), octets);
    if (misleads(c))
      line += ' ';
    else
      line += std::string_view(safe).substr(i, octets);
  }
  return line;
}

using Values = std::map<std::string_view, std::string>;

Values values_of(const OutcomeFacts& facts) {
  Values values;
  values["amount"] = facts.money.text();
  values["payment"] = facts.event.payment.text();
  if (facts.description) values["description"] = one_line(*facts.description);
  if (facts.failure_code) values["reason"] = one_line(*facts.failure_code);
  if (facts.reference) {
    values["reference"] = one_line(*facts.reference);
    values["ref"] = " Ref: " + values["reference"];
  }
  return values;
}

struct Filled {
  std::string text;
  bool complete = true;
};

Filled fill(std::string_view pattern, const Values& values) {
  Filled filled;
  while (!pattern.empty()) {
    const std::size_t open = std::min(pattern.find('{'), pattern.size());
    filled.text += pattern.substr(0, open);
    pattern.remove_prefix(open);
    if (pattern.empty()) break;
    const std::size_t close = pattern.find('}');
    CHECK(close != std::string_view::npos);
    const auto value = values.find(pattern.substr(1, close - 1));
    if (value == values.end())
      filled.complete = false;
    else
      filled.text += value->second;
    pattern.remove_prefix(close + 1);
  }
  return filled;
}

std::string fill_lines(std::string_view pattern, const Values& values) {
  std::string text;
  while (!pattern.empty()) {
    const std::size_t end = pattern.find('\n') + 1;
    const Filled line = fill(pattern.substr(0, end), values);
    if (line.complete) text += line.text;
    pattern.remove_prefix(end);
  }
  return text;
}

const Texts& texts_of(const OutcomeFacts& facts) {
  const Locale& locale = locale_of(facts.locale);
  return facts.succeeded ? locale.succeeded : locale.failed;
}

}  // namespace

std::string template_version(std::string_view locale) {
  const Locale& found = locale_of(locale);
  return fmt::format("{}/{}", found.tag, found.version);
}

MailText render_mail(const OutcomeFacts& facts) {
  const Values values = values_of(facts);
  MailText mail;
  mail.subject = fill(texts_of(facts).subject, values).text;
  mail.text = fill_lines(texts_of(facts).mail, values);
  return mail;
}

std::string render_sms(const OutcomeFacts& facts) { return fill(texts_of(facts).sms, values_of(facts)).text; }

}  // namespace bursar::notify
