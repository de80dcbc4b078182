// Every way an SMTP server can fail, and the verdict on the mail. What matters most: a mail that the server
// can have is never reported as not sent, and one that it cannot have is never reported as ambiguous.
#include <gtest/gtest.h>

#include "messages.hpp"
#include "notify/smtp.hpp"
#include "scripted_smtp.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run.hpp"

namespace bursar::notify {
namespace {

using namespace std::chrono_literals;
using bursar::testing::greeted;
using bursar::testing::mail_to;
using bursar::testing::ManualClock;
using bursar::testing::ScriptedSmtp;
using bursar::testing::SmtpScript;
using bursar::testing::SmtpTurn;
using Then = SmtpTurn::Then;

constexpr milliseconds plenty{10'000};
constexpr milliseconds little{700};

SmtpOptions options_for(const ScriptedSmtp& server, milliseconds deadline = plenty) {
  SmtpOptions options;
  options.url = server.url();
  options.from = "Bursar <payments@example.test>";
  options.deadline = deadline;
  options.session_deadline = deadline;
  return options;
}

struct Fault {
  std::string name;
  SmtpScript script;
  Verdict verdict;
  bool unavailable;
  std::string answer_has;
  milliseconds deadline = plenty;
};

std::ostream& operator<<(std::ostream& out, const Fault& fault) { return out << fault.name; }

Task<> check_fault(const Fault& fault) {
  auto executor = co_await asio::this_coro::executor;
  ManualClock clock;
  ScriptedSmtp server(executor, fault.script);
  SmtpChannel channel(executor, options_for(server, fault.deadline), clock);
  const Receipt receipt = co_await channel.send(mail_to("user@example.test"));
  EXPECT_EQ(receipt.verdict, fault.verdict) << receipt.answer;
  EXPECT_EQ(receipt.unavailable, fault.unavailable) << receipt.answer;
  EXPECT_NE(receipt.answer.find(fault.answer_has), std::string::npos) << receipt.answer;
  EXPECT_TRUE(server.complaints().empty()) << server.complaints().front();
  EXPECT_EQ(server.connections(), fault.script.size());
  co_await server.stop();
}

const SmtpTurn mail_ok = {"MAIL FROM:<payments@example.test>", "250 ok\r\n"};
const SmtpTurn rcpt_ok = {"RCPT TO:<user@example.test>", "250 ok\r\n"};
const SmtpTurn data_ok = {"DATA", "354 go\r\n"};

SmtpScript one(std::vector<SmtpTurn> turns) { return {std::move(turns)}; }
SmtpScript at_rcpt(std::string answer, Then then = Then::keep) {
  return one(greeted({mail_ok, {"RCPT", std::move(answer), then}, {"DATA", "503 no recipient\r\n"}}));
}
SmtpScript at_content(std::string answer, Then then = Then::keep) {
  return one(greeted({mail_ok, rcpt_ok, data_ok, {"<message>", std::move(answer), then}}));
}

class SmtpFaults : public ::testing::TestWithParam<Fault> {};

TEST_P(SmtpFaults, HaveTheirVerdict) { testing::run(check_fault(GetParam())); }

INSTANTIATE_TEST_SUITE_P(
    BeforeTheMail, SmtpFaults,
    ::testing::Values(
        Fault{"the banner never comes", one({{"", "", Then::hang}}), Verdict::retry, true,
              "the time was over", little},
        Fault{"the banner comes one octet at a time", one({{"", "220 test\r\n", Then::drip}}), Verdict::retry,
              true, "the time was over", little},
        Fault{"the server closes at once", one({{"", "", Then::close}}), Verdict::retry, true, "closed"},
        Fault{"the banner refuses for now", one({{"", "421 busy\r\n"}}), Verdict::retry, true, "421 busy"},
        Fault{"the banner refuses for good", one({{"", "554 no\r\n"}}), Verdict::retry, true, "554 no"},
        Fault{"the banner is another protocol", one({{"", "HTTP/1.1 400 Bad Request\r\n"}}), Verdict::retry,
              true, "not SMTP"},
        Fault{"the banner never ends", one({{"", std::string(20'000, '2')}}), Verdict::retry, true,
              "not SMTP"},
        Fault{"EHLO is refused for now", one({{"", "220 test\r\n"}, {"EHLO", "451 later\r\n"}}),
              Verdict::retry, true, "451 later"},
        Fault{"EHLO and HELO are refused",
              one({{"", "220 test\r\n"}, {"EHLO", "502 what\r\n"}, {"HELO", "550 no\r\n"}}), Verdict::retry,
              true, "550 no"},
        Fault{"the reset comes before MAIL is answered", one(greeted({{"MAIL", "", Then::reset}})),
              Verdict::retry, true, ""}));

INSTANTIATE_TEST_SUITE_P(
    AtTheEnvelope, SmtpFaults,
    ::testing::Values(
        Fault{"the sender is refused for now",
              one(greeted({{"MAIL", "451 later\r\n"}, {"RCPT", "503 no\r\n"}, {"DATA", "503 no\r\n"}})),
              Verdict::retry, false, "MAIL FROM: 451 later"},
        Fault{"the sender is refused for good",
              one(greeted({{"MAIL", "550 no\r\n"}, {"RCPT", "503 no\r\n"}, {"DATA", "503 no\r\n"}})),
              Verdict::dead, false, "MAIL FROM: 550 no"},
        Fault{"a log-in is wanted",
              one(greeted({{"MAIL", "530 log in\r\n"}, {"RCPT", "503 no\r\n"}, {"DATA", "503 no\r\n"}})),
              Verdict::retry, true, "530 log in"},
        Fault{"the recipient is unknown", at_rcpt("550 5.1.1 no such user\r\n"), Verdict::dead, false,
              "RCPT TO: 550 5.1.1 no such user"},
        Fault{"the recipient is refused over several lines", at_rcpt("550-a\r\n550 b\r\n"), Verdict::dead,
              false, "550 a\nb"},
        Fault{"the recipient is deferred", at_rcpt("450 greylisted\r\n"), Verdict::retry, false,
              "450 greylisted"},
        Fault{"the mailbox is full", at_rcpt("552 full\r\n"), Verdict::retry, false, "552 full"},
        Fault{"421 comes mid-way", at_rcpt("421 going down\r\n", Then::close), Verdict::retry, true,
              "421 going down"},
        Fault{"the refusal stands when the connection dies behind it",
              one(greeted({mail_ok, {"RCPT", "550 unknown\r\n", Then::close}})), Verdict::dead, false,
              "550 unknown"},
        Fault{"the refusal stands when 421 follows it",
              one(greeted({mail_ok, {"RCPT", "550 unknown\r\n"}, {"DATA", "421 bye\r\n"}})), Verdict::dead,
              false, "550 unknown"},
        Fault{"the reply's code changes between its lines", at_rcpt("250-ok\r\n550 no\r\n"), Verdict::retry,
              true, "not SMTP"},
        Fault{"the recipient is answered with nonsense", at_rcpt("hello\r\n"), Verdict::retry, true,
              "not SMTP"},
        Fault{"the recipient is answered with a request for more", at_rcpt("354 go\r\n"), Verdict::retry,
              true, "RCPT TO was answered 354"},
        Fault{"a message is awaited although the recipient was refused",
              one(greeted({mail_ok, {"RCPT", "550 unknown\r\n"}, data_ok, {".", "554 nobody\r\n"}})),
              Verdict::dead, false, "550 unknown"},
        Fault{"DATA is deferred", one(greeted({mail_ok, rcpt_ok, {"DATA", "451 disk\r\n"}})), Verdict::retry,
              false, "DATA: 451 disk"},
        Fault{"DATA is refused", one(greeted({mail_ok, rcpt_ok, {"DATA", "554 no\r\n"}})), Verdict::dead,
              false, "DATA: 554 no"},
        Fault{"DATA is answered as if it were the end",
              one(greeted({mail_ok, rcpt_ok, {"DATA", "250 ok\r\n"}})), Verdict::retry, true,
              "DATA was answered 250"},
        Fault{"DATA is never answered", one(greeted({mail_ok, rcpt_ok, {"DATA", "", Then::hang}})),
              Verdict::retry, true, "the time was over", little},
        Fault{"the recipient is answered one octet at a time", at_rcpt("250 ok\r\n", Then::drip),
              Verdict::retry, true, "the time was over", little}));

INSTANTIATE_TEST_SUITE_P(
    BehindTheMail, SmtpFaults,
    ::testing::Values(
        Fault{"the message is taken", at_content("250 queued as 7\r\n"), Verdict::sent, false,
              "250 queued as 7"},
        Fault{"the message is taken with another 2yz", at_content("252 maybe\r\n"), Verdict::sent, false,
              "252"},
        Fault{"the message is deferred", at_content("451 later\r\n"), Verdict::retry, false,
              "the message: 451 later"},
        Fault{"the message is refused", at_content("554 spam\r\n"), Verdict::dead, false,
              "the message: 554 spam"},
        Fault{"the message is answered with 421", at_content("421 full\r\n"), Verdict::retry, true,
              "421 full"},
        Fault{"the answer is lost", at_content("", Then::close), Verdict::ambiguous, true, "closed"},
        Fault{"the answer is lost in a reset", at_content("", Then::reset), Verdict::ambiguous, true, ""},
        Fault{"the answer is cut", at_content("250 o", Then::close), Verdict::ambiguous, true, "closed"},
        Fault{"the answer never comes", at_content("", Then::hang), Verdict::ambiguous, true,
              "the time was over", little},
        Fault{"the answer comes one octet at a time", at_content("250 ok\r\n", Then::drip),
              Verdict::ambiguous, true, "the time was over", little},
        Fault{"the answer is nonsense", at_content("what?\r\n"), Verdict::ambiguous, true, "not SMTP"},
        Fault{"the answer asks for more", at_content("354 more\r\n"), Verdict::ambiguous, true,
              "was answered 354"}));

// What an attacker between us and the server can do before the handshake.
TEST(SmtpStartTls, NothingIsSentWhenItCannotBeHad) {
  struct Row {
    std::string name;
    std::vector<SmtpTurn> turns;
    std::string answer_has;
  };
  const std::string offered = "250-test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n";
  const std::vector<Row> table = {
      {"it is not offered",
       {{"", "220 t\r\n"}, {"EHLO", "250-t\r\n250 AUTH PLAIN\r\n"}},
       "offers no STARTTLS"},
      {"it is refused",
       {{"", "220 t\r\n"}, {"EHLO", offered}, {"STARTTLS", "454 not now\r\n"}},
       "454 not now"},
      {"answers are slipped in before the handshake",
       {{"", "220 t\r\n"}, {"EHLO", offered}, {"STARTTLS", "220 go\r\n250 ok\r\n250 ok\r\n"}},
       "behind its answer to STARTTLS"},
      {"the handshake is no handshake",
       {{"", "220 t\r\n"}, {"EHLO", offered}, {"STARTTLS", "220 go\r\n"}},
       "TLS"},
  };
  auto play = [](const Row* row) -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    ManualClock clock;
    SmtpScript script;
    script.push_back(row->turns);
    ScriptedSmtp server(executor, script);
    SmtpOptions options = options_for(server);
    options.url = fmt::format("smtp://user:hunter2@127.0.0.1:{}?starttls=required", server.port());
    SmtpChannel channel(executor, options, clock);
    const Receipt receipt = co_await channel.send(mail_to("user@example.test"));
    EXPECT_EQ(receipt.verdict, Verdict::retry) << row->name;
    EXPECT_TRUE(receipt.unavailable);
    EXPECT_NE(receipt.answer.find(row->answer_has), std::string::npos) << row->name << ": " << receipt.answer;
    for (const std::string& line : server.heard()) EXPECT_FALSE(line.starts_with("AUTH")) << row->name;
    co_await server.stop();
  };
  for (const Row& row : table) testing::run(play(&row));
}

}  // namespace
}  // namespace bursar::notify
