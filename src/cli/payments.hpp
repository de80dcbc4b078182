// `bursar payments create|get|list|wait|timeline`.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "cli/output.hpp"
#include "cli/remote.hpp"

namespace bursar::cli {

struct CreateArguments {
  /// Empty: the subject of the token.
  std::string user_id;
  std::int64_t amount = 0;
  std::string currency;
  std::optional<std::string> description, reference, payment_method;
  /// key=value
  std::vector<std::string> metadata;
  /// Asks until the outcome is there.
  bool wait = false;
  /// Empty: a random one, printed on stderr.
  std::string idempotency_key;
};

struct ListArguments {
  std::optional<std::string> status, user_id, reference, currency, created_after;
  std::size_t limit = 20;
};

/// Every function returns what goes to stdout; `notes` is for stderr.
struct Printed {
  std::string text;
  ExitCode code = ExitCode::ok;
  std::string notes = {};
};

Task<Printed> create_payment(Remote& remote, CreateArguments arguments, std::string subject, Random& random,
                             Format format);
Task<Printed> get_payment(Remote& remote, std::string id, Format format);
/// What happened, oldest first; why it is in its state and what comes next goes to the notes.
Task<Printed> show_timeline(Remote& remote, std::string id, Format format);
/// Follows cursors until `limit` payments are there or the list ends.
Task<Printed> list_payments(Remote& remote, ListArguments arguments, Format format);
/// Asks until the payment is SUCCESS (0) or FAILED (9); after `timeout` 7.
Task<Printed> wait_for_payment(Remote& remote, std::string id, std::chrono::seconds timeout,
                               const Clock& clock, Format format);

}  // namespace bursar::cli
