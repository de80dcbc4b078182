// Versioned texts for payment outcomes. User text is a value, never a template.
#pragma once
#include <optional>
#include <string>

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

}  // namespace bursar::notify
