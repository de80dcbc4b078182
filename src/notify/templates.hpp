// Versioned texts for payment outcomes. User text is a value, never a template: it is put on one line and
// cannot start another, turn the direction of writing or be expanded. Pure; the notifier renders each message
// anew, so every attempt has the same text.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "domain/money.hpp"
#include "domain/payment.hpp"

namespace bursar::notify {

struct OutcomeFacts {
  EventId event;
  bool succeeded = false;
  Money money;
  std::optional<std::string> reference, description, failure_code;
  std::string locale = "en";
};

struct MailText {
  std::string subject, text;
};
MailText render_mail(const OutcomeFacts& facts);
/// ≤ 160 GSM characters where the inserted values allow it.
std::string render_sms(const OutcomeFacts& facts);
/// "en/1": the language that serves this locale and the version of its wording.
std::string template_version(std::string_view locale);

}  // namespace bursar::notify
