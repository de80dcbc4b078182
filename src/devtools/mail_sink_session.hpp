// One client of the mail sink (RFC 5321, 2920). Replies to a pipelined group go out together; a message is on
// disk before it is answered with 250.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.hpp"
#include "base/clock.hpp"
#include "devtools/mail_sink.hpp"

namespace bursar::devtools {

class MailSession {
 public:
  MailSession(asio::ip::tcp::socket& socket, SinkBook& book, MailFaults& faults,
              const MailSinkOptions& options, Monotonic& last_heard);

  /// Until QUIT, the end of the connection or a fault that ends it.
  Task<> run();

 private:
  enum class Next { go_on, content, leave };
  struct Recipient {
    std::string address;
    MailFault fault;
  };

  /// False at the end of the connection.
  Task<bool> read_more();
  Task<bool> flush();
  Task<> drip(std::string_view text);
  /// The next line without CRLF; nullopt when none is there yet.
  std::optional<std::string> take_line();
  Task<Next> obey(std::string line);
  Task<Next> recipient(std::string_view argument);
  Task<Next> content();
  Task<std::optional<std::string>> read_content();
  void record(std::string_view result, const std::string& address, std::string_view mail,
              std::string_view reply);
  void forget_mail();
  MailFault::Kind worst_fault() const;

  asio::ip::tcp::socket& socket_;
  SinkBook& book_;
  MailFaults& faults_;
  const MailSinkOptions& options_;
  Monotonic& last_heard_;
  std::string input_, output_;
  std::size_t read_ = 0;
  bool greeted_ = false, in_mail_ = false;
  std::string sender_;
  std::vector<Recipient> recipients_;
};

}  // namespace bursar::devtools
