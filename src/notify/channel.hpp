// A way to reach a user. Implementations: SMTP (smtp.hpp) and an HTTP SMS provider (sms_http.hpp). Like a
// gateway, a channel never throws for what the outside does; notify never touches the store, so it cannot
// touch payment state.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "base/async.hpp"
#include "domain/ids.hpp"

namespace bursar::notify {

/// A rendered message. Subject only for e-mail.
struct Message {
  EventId event;
  std::int16_t replay = 0;
  /// Dedupe for the recipient's side: Message-ID of the mail, idempotency key of the SMS. The same on every
  /// attempt.
  std::string message_id;
  std::string to;
  std::string subject;
  std::string text;
  std::optional<std::string> request_id;
};

enum class Verdict {
  sent,       // the provider took responsibility
  retry,      // definitely not sent; try later
  ambiguous,  // may have been sent: the answer after DATA or after the POST was lost
  dead        // will never work: 5yz, unusable address
};

struct Receipt {
  Verdict verdict = Verdict::retry;
  std::optional<std::string> provider_reference;
  std::string answer;  // for the journal, safe and bounded
  std::optional<std::chrono::seconds> retry_after;
  /// The provider could not serve (no connection, time-out, 5xx, 421, 429): counts for the breaker. An answer
  /// about this recipient leaves it false.
  bool unavailable = false;
};

class Channel {
 public:
  virtual ~Channel() = default;
  virtual Task<Receipt> send(Message message) = 0;
};

}  // namespace bursar::notify
