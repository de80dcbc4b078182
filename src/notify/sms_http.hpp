// SMS through a provider's HTTP API: one POST a message with the message's id as Idempotency-Key, so that a
// provider that honours it sends once however often we ask. The contract:
//   POST <url>  {"to": "+447700900123", "text": "…", "reference": "<event id>"}
//   2xx {"id": "…"} = taken · 200 {"error": {"code": "…", "message": "…"}} = not taken, see
//   verdict_of_error_code()
#pragma once
#include <string>
#include <string_view>

#include "base/limits.hpp"
#include "http/client.hpp"
#include "notify/channel.hpp"

namespace bursar::notify {

struct SmsOptions {
  /// "https://api.provider.example/v1/messages": where messages are posted to.
  std::string url;
  /// Sent as `Authorization: Bearer …`; empty: none.
  std::string token = {};
  /// Calls at once; more wait in line within their deadline.
  std::size_t connections = 32;
  /// For one message, all in all.
  milliseconds deadline = limits::outbound_deadline;
  /// PEM file with the only certificates trusted; empty: the system's.
  std::string trusted_certificates_file = {};
};

class SmsHttpChannel final : public Channel {
 public:
  /// Throws UsageError for a URL or token it cannot use.
  SmsHttpChannel(const Executor& executor, SmsOptions options);

  /// One attempt. A number that is not E.164 and a text that is too long are dead without a call. Throws
  /// nothing but operation_aborted, when the caller was cancelled.
  Task<Receipt> send(Message message) override;
  void close() { client_.close(); }

 private:
  SmsOptions options_;
  std::string path_;
  http::Client client_;
};

/// What an answer means for the message with that reference. 2xx with an id and, when it names one, our
/// reference: sent. 2xx that says neither id nor error, 502 and 504: ambiguous, somebody may have it. 401,
/// 402, 403, 404, 408, 409, 425 and 429 are about us or about now: retry. Other 4xx: dead. Other 5xx: the
/// provider says it failed: retry.
Receipt receipt_of(const http::ClientResponse& response, std::string_view reference);

/// Of an error in a 2xx body: dead when the code says that this number or text can never work, else retry.
Verdict verdict_of_error_code(std::string_view code);

}  // namespace bursar::notify
