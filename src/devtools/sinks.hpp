// What takes the place of mail servers and SMS providers in development and tests: an SMTP server, an SMS
// provider over HTTP, and what the verbs `mail` and `sms` read. Loopback only; `bursar up` runs it in its
// devtools process.
//
//   POST /messages                          the SMS provider (sms_sink.hpp)
//   GET  /_mail?limit=50&to=a@b             newest first: {"mails": [{"n", "at", "recipient", "subject",
//   "event", …}]} GET  /_mail/{n}                         one mail with "text" and, as it came, "content" GET
//   /_sms?limit=50&to=%2B44…           newest first: {"messages": [{"n", "at", "recipient", "text", "event",
//   …}]} GET  /_sms/{n}                          one message POST /_mail/mode {"mode":
//   "normal|banner_never|banner_421|down"} POST /_sms/mode  {"mode": "normal|unavailable|hang"}
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/async.hpp"
#include "base/clock.hpp"

namespace bursar::devtools {

struct SinksOptions {
  std::string smtp_listen = "127.0.0.1:8025";
  std::string http_listen = "127.0.0.1:8026";
  /// JSON lines, kept over restarts: one line for every attempt that reached the sink.
  std::filesystem::path mail_ledger = "mail-ledger.jsonl";
  std::filesystem::path sms_ledger = "sms-ledger.jsonl";
  /// How long a fault keeps a client waiting, and the pause between two octets of a dripping answer.
  milliseconds hold = seconds(30);
  milliseconds drip_gap = seconds(1);
};

class Sinks {
 public:
  /// Listens at once. Throws UsageError for an address or a ledger that it cannot use.
  Sinks(Loop& loop, const Clock& clock, SinksOptions options);
  ~Sinks();
  Sinks(const Sinks&) = delete;
  Sinks& operator=(const Sinks&) = delete;

  /// Serves until stop() or cancellation.
  Task<> run();
  void stop();

  std::uint16_t smtp_port() const;
  std::uint16_t http_port() const;
  /// "smtp://127.0.0.1:8025", for BURSAR_SMTP_URL.
  std::string smtp_url() const;
  /// "http://127.0.0.1:8026/messages", for the SMS channel.
  std::string sms_url() const;
  /// "http://127.0.0.1:8026", for the verbs.
  std::string read_url() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace bursar::devtools
