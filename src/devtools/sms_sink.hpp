// An SMS provider for development and tests: POST /messages as notify's sms_http.hpp describes it. Honours
// Idempotency-Key (a repeated key is answered with the same id and is not a second SMS), keeps every call in
// an fsynced ledger and misbehaves on demand: by number, or as a whole by its mode. Owned by Sinks
// (sinks.hpp), which serves it.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/async.hpp"
#include "devtools/sinks_book.hpp"
#include "http/message.hpp"

namespace bursar::devtools {

enum class SmsSinkMode {
  normal,
  unavailable,  // 503 to every call
  hang          // never answers, keeps nothing
};
std::optional<SmsSinkMode> sms_sink_mode(std::string_view name);
std::string_view to_text(SmsSinkMode mode);

/// What the numbers +1 202 555 01xx do (the range is kept for fiction); every other number is served.
struct SmsFault {
  enum class Kind { none, status, error_in_200, no_id, hang_before, hang_after, slow };
  std::string_view number;
  Kind kind = Kind::none;
  int status = 200;
  /// Of the error in the body.
  std::string_view code = "";
  std::string_view retry_after = "";
  /// So many calls of each message are answered so, later ones are served; 0: all.
  int times = 0;
};
const SmsFault* sms_fault_of(std::string_view number);

class SmsSink {
 public:
  SmsSink(SinkBook& book, milliseconds hold) : book_(book), hold_(hold) {}

  /// POST /messages. The request's views must live until it returns.
  Task<http::Response> take(const http::Request& request);

  void set_mode(SmsSinkMode mode) { mode_ = mode; }
  SmsSinkMode mode() const { return mode_; }

 private:
  struct Order {
    std::string key, to, text, reference;
  };
  const SmsFault* fault_for(const Order& order);
  Task<http::Response> misbehave(const SmsFault& fault, const Order& order);
  Task<http::Response> keep(const Order& order);
  void record(const Order& order, std::string_view result, std::string_view id);

  SinkBook& book_;
  milliseconds hold_;
  SmsSinkMode mode_ = SmsSinkMode::normal;
  std::unordered_map<std::string, int> misbehaved_;
  std::deque<std::string> order_;
};

}  // namespace bursar::devtools
