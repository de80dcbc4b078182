// How the mail sink misbehaves: by the recipient's local part (what follows a '+' is a free tag), or as a
// whole by its mode. One table, also shown to people.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bursar::devtools {

enum class MailSinkMode {
  normal,
  banner_never,  // accepts connections and says nothing
  banner_421,    // refuses every session
  down           // closes every connection at once
};
std::optional<MailSinkMode> mail_sink_mode(std::string_view name);
std::string_view to_text(MailSinkMode mode);

struct MailFault {
  enum class Kind {
    none,
    refuse_rcpt,      // bounce550@: that code to RCPT, always
    refuse_content,   // content554@: that code behind the message, always; nothing is kept
    close_at_rcpt,    // close421@: 421 to RCPT, then closes
    drop_at_data,     // drop_at_data@: closes instead of answering DATA
    drop_after_data,  // drop_after_data@: keeps the message, closes without an answer
    hang_after_data,  // hang_after_data@: keeps the message, never answers
    slow,             // slow@: keeps the message, answers rightly one octet at a time
    drip              // drip@: answers RCPT one octet at a time
  };
  Kind kind = Kind::none;
  int code = 0;
};

class MailFaults {
 public:
  /// The fault for the next RCPT of this address. `later450@` is refused with 450 the first two times for
  /// each address
  /// (`later450x5@`: five times), then taken.
  MailFault at_rcpt(std::string_view address);

 private:
  std::unordered_map<std::string, int> refused_;
  std::deque<std::string> order_;
};

}  // namespace bursar::devtools
