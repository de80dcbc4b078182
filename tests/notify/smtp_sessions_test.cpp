// How the mail channel keeps its sessions: what a server does between mails costs no attempt, nothing is ever
// sent twice, and a slow session delays nobody else.
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "messages.hpp"
#include "notify/smtp.hpp"
#include "scripted_smtp.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run.hpp"

namespace bursar::notify {
namespace {

using bursar::testing::greeted;
using bursar::testing::mail_to;
using bursar::testing::ManualClock;
using bursar::testing::run;
using bursar::testing::ScriptedSmtp;
using bursar::testing::SmtpScript;
using bursar::testing::SmtpTurn;
using Then = SmtpTurn::Then;
using Turns = std::vector<SmtpTurn>;

constexpr milliseconds plenty{10'000};
constexpr milliseconds little{700};

SmtpOptions options_for(const ScriptedSmtp& server, std::size_t connections = 4,
                        milliseconds deadline = plenty) {
  SmtpOptions options;
  options.url = server.url();
  options.from = "payments@example.test";
  options.connections = connections;
  options.deadline = options.session_deadline = deadline;
  return options;
}

const Turns good_mail = {
    {"MAIL", "250 ok\r\n"}, {"RCPT", "250 ok\r\n"}, {"DATA", "354 go\r\n"}, {"<message>", "250 queued\r\n"}};

Turns operator+(Turns first, const Turns& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

struct Sent {
  std::vector<Receipt> receipts;
  std::vector<std::string> heard, complaints;
  std::size_t connections = 0, idle = 0;
};

// One mail after the other; the script of connection n may end before the next mail is sent.
Task<Sent> send_in_turn(SmtpScript script, std::vector<std::string> recipients,
                        std::vector<std::size_t> wait_for_end = {}, milliseconds deadline = plenty) {
  const auto executor = co_await asio::this_coro::executor;
  ManualClock clock;
  ScriptedSmtp server(executor, std::move(script));
  SmtpChannel channel(executor, options_for(server, 4, deadline), clock);
  Sent sent;
  for (std::size_t i = 0; i < recipients.size(); ++i) {
    if (i < wait_for_end.size() && wait_for_end[i] > 0) co_await server.played(wait_for_end[i]);
    Receipt receipt = co_await channel.send(mail_to(recipients[i]));
    sent.receipts.push_back(std::move(receipt));
  }
  sent.idle = channel.idle();
  co_await channel.close();
  co_await server.stop();
  sent.heard = server.heard();
  sent.complaints = server.complaints();
  sent.connections = server.connections();
  co_return sent;
}

void check_sent(const Sent& sent, std::size_t connections) {
  for (const Receipt& receipt : sent.receipts) EXPECT_EQ(receipt.verdict, Verdict::sent) << receipt.answer;
  EXPECT_TRUE(sent.complaints.empty()) << sent.complaints.front();
  EXPECT_EQ(sent.connections, connections);
}

const std::string user = "user@example.test";

TEST(SmtpSessions, SeveralMailsUseOneConnection) {
  const Sent sent = run(send_in_turn({greeted(good_mail + good_mail + good_mail)}, {user, user, user}));
  check_sent(sent, 1);
  EXPECT_EQ(sent.heard.size(), 1U + 3U * 4U);
}

TEST(SmtpSessions, ACompleteMailIsFollowedByTheNextWithoutReset) {
  const Sent sent = run(send_in_turn({greeted(good_mail + good_mail)}, {user, user}));
  check_sent(sent, 1);
  EXPECT_EQ(std::count(sent.heard.begin(), sent.heard.end(), "RSET"), 0);
}

TEST(SmtpSessions, ARefusedMailIsResetBeforeTheNext) {
  for (const bool pipelining : {true, false}) {
    Turns refused = {{"MAIL", "250 ok\r\n"}, {"RCPT", "550 unknown\r\n"}};
    if (pipelining) refused.push_back({"DATA", "503 no recipient\r\n"});
    const Turns reset = {{"RSET", "250 ok\r\n"}};
    const Sent sent = run(send_in_turn({greeted(refused + reset + good_mail, pipelining)}, {user, user}));
    ASSERT_EQ(sent.receipts.size(), 2U);
    EXPECT_EQ(sent.receipts[0].verdict, Verdict::dead);
    EXPECT_EQ(sent.receipts[1].verdict, Verdict::sent) << sent.receipts[1].answer;
    EXPECT_TRUE(sent.complaints.empty()) << sent.complaints.front();
    EXPECT_EQ(sent.connections, 1U);
  }
}

TEST(SmtpSessions, AServerThatAwaitsAMessageForNobodyGetsAnEmptyOneAndStaysInStep) {
  const Turns refused = {
      {"MAIL", "250 ok\r\n"}, {"RCPT", "550 unknown\r\n"}, {"DATA", "354 go\r\n"}, {".", "554 nobody\r\n"}};
  const Turns reset = {{"RSET", "250 ok\r\n"}};
  const Sent sent = run(send_in_turn({greeted(refused + reset + good_mail)}, {user, user}));
  ASSERT_EQ(sent.receipts.size(), 2U);
  EXPECT_EQ(sent.receipts[0].verdict, Verdict::dead);
  EXPECT_EQ(sent.receipts[1].verdict, Verdict::sent) << sent.receipts[1].answer;
  EXPECT_TRUE(sent.complaints.empty()) << sent.complaints.front();
  EXPECT_EQ(sent.connections, 1U);
}

TEST(SmtpSessions, WithoutPipeliningEachCommandWaitsForItsAnswer) {
  const Sent sent = run(send_in_turn({greeted(good_mail, false)}, {user}));
  check_sent(sent, 1);
}

TEST(SmtpSessions, AnOldServerIsGreetedWithHelo) {
  const Turns old = {{"", "220 old\r\n"}, {"EHLO", "500 unknown\r\n"}, {"HELO", "250 old\r\n"}};
  check_sent(run(send_in_turn({old + good_mail}, {user})), 1);
}

TEST(SmtpSessions, AClosedSessionIsReplacedWithoutCountingAnAttempt) {
  const Turns closed = {{"", "", Then::close}};
  check_sent(run(send_in_turn({greeted(good_mail + closed), greeted(good_mail)}, {user, user}, {0, 1})), 2);
}

TEST(SmtpSessions, A421BetweenTwoMailsIsNoAnswerToTheSecond) {
  const Turns timed_out = {{"", "421 idle too long\r\n", Then::close}};
  check_sent(run(send_in_turn({greeted(good_mail + timed_out), greeted(good_mail)}, {user, user}, {0, 1})),
             2);
}

TEST(SmtpSessions, A421ToTheNextMailOpensANewSessionAtOnce) {
  const Turns enough = {{"MAIL", "421 enough mails on this connection\r\n", Then::close}};
  const Sent sent = run(send_in_turn({greeted(good_mail + enough), greeted(good_mail)}, {user, user}));
  check_sent(sent, 2);
}

TEST(SmtpSessions, ANewSessionIsTriedOnceOnly) {
  const Turns enough = {{"MAIL", "421 enough\r\n", Then::close}};
  const Sent sent = run(send_in_turn({greeted(good_mail + enough), greeted(enough)}, {user, user}));
  EXPECT_EQ(sent.receipts.back().verdict, Verdict::retry);
  EXPECT_TRUE(sent.receipts.back().unavailable);
  EXPECT_EQ(sent.connections, 2U);
}

TEST(SmtpSessions, AMailWithALostAnswerIsNotSentAgain) {
  const Turns lost = {
      {"MAIL", "250 ok\r\n"}, {"RCPT", "250 ok\r\n"}, {"DATA", "354 go\r\n"}, {"<message>", "", Then::close}};
  const Sent sent = run(send_in_turn({greeted(good_mail + lost), greeted(good_mail)}, {user, user}));
  EXPECT_EQ(sent.receipts.back().verdict, Verdict::ambiguous);
  EXPECT_EQ(sent.connections, 1U);
}

TEST(SmtpSessions, SurplusBytesOfAServerNeverAnswerTheNextMail) {
  const Turns surplus = {{"MAIL", "250 ok\r\n"},
                         {"RCPT", "250 ok\r\n"},
                         {"DATA", "354 go\r\n"},
                         {"<message>", "250 queued\r\n250 ok\r\n250 ok\r\n354 go\r\n250 lie\r\n"}};
  const Turns waits = {{"QUIT", ""}};
  const Sent sent = run(send_in_turn({greeted(surplus + waits), greeted(good_mail)}, {user, user}));
  check_sent(sent, 2);
  EXPECT_EQ(sent.receipts.back().answer, "250 queued");
}

TEST(SmtpSessions, TheContentOnTheWireIsDotStuffed) {
  const Sent sent = run(send_in_turn({greeted(good_mail)}, {user}));
  check_sent(sent, 1);
  EXPECT_TRUE(sent.heard.back().ends_with("Hello,\r\n..a line with a dot\r\nbye")) << sent.heard.back();
}

TEST(SmtpSessions, AnUnusableAddressOpensNoConnection) {
  const Sent sent =
      run(send_in_turn({}, {"", "user", "user@exam ple.test", "user@example.test\r\nRCPT TO:<x@y>"}));
  for (const Receipt& receipt : sent.receipts) {
    EXPECT_EQ(receipt.verdict, Verdict::dead);
    EXPECT_FALSE(receipt.unavailable);
    EXPECT_FALSE(receipt.answer.empty());
  }
  EXPECT_EQ(sent.connections, 0U);
}

TEST(SmtpSessions, ANonAsciiLocalPartWithoutSmtputf8IsDeadAtOnce) {
  const Sent sent = run(send_in_turn({greeted({})}, {"jürgen@example.test"}));
  EXPECT_EQ(sent.receipts.front().verdict, Verdict::dead);
  EXPECT_NE(sent.receipts.front().answer.find("SMTPUTF8"), std::string::npos);
  EXPECT_FALSE(sent.receipts.front().unavailable);
}

TEST(SmtpSessions, AnInternationalDomainGoesOutAsALabels) {
  Turns mail = good_mail;
  mail[1].expect = "RCPT TO:<user@xn--bcher-kva.example>";
  check_sent(run(send_in_turn({greeted(mail)}, {"user@bücher.example"})), 1);
}

Task<> store(SmtpChannel& channel, Message message, Receipt& receipt, std::size_t& done) {
  receipt = co_await channel.send(std::move(message));
  ++done;
}

Task<> check_slow_session_delays_nobody() {
  const auto executor = co_await asio::this_coro::executor;
  ManualClock clock;
  const Turns hangs = {{"MAIL", "", Then::hang}};
  ScriptedSmtp server(executor, {greeted(hangs), greeted(good_mail + good_mail + good_mail)});
  SmtpChannel channel(executor, options_for(server, 2), clock);
  TaskGroup tasks(executor);
  Receipt slow;
  std::size_t done = 0;
  tasks.spawn("slow mail", store(channel, mail_to(user), slow, done));
  co_await server.played(1);
  for (int i = 0; i < 3; ++i) {
    const Receipt receipt = co_await channel.send(mail_to(user));
    EXPECT_EQ(receipt.verdict, Verdict::sent) << receipt.answer;
  }
  EXPECT_EQ(done, 0U);
  EXPECT_EQ(server.connections(), 2U);
  tasks.cancel();
  co_await tasks.join();
  co_await server.stop();
}
TEST(SmtpSessions, ASlowSessionDelaysNobodyElse) { run(check_slow_session_delays_nobody()); }

Task<> check_cancelled_callers_leave_their_place() {
  const auto executor = co_await asio::this_coro::executor;
  ManualClock clock;
  const Turns hangs = {{"MAIL", "", Then::hang}};
  ScriptedSmtp server(executor, {greeted(hangs), greeted(good_mail)});
  SmtpChannel channel(executor, options_for(server, 1), clock);
  Receipt first, second;
  std::size_t done = 0;
  {
    TaskGroup tasks(executor);
    tasks.spawn("mail under way", store(channel, mail_to(user), first, done));
    co_await server.played(1);
    tasks.spawn("mail in line", store(channel, mail_to(user), second, done));
    co_await asio::post(executor, asio::use_awaitable);
    tasks.cancel();
    co_await tasks.join();
  }
  EXPECT_EQ(done, 0U);
  const Receipt receipt = co_await channel.send(mail_to(user));
  EXPECT_EQ(receipt.verdict, Verdict::sent) << receipt.answer;
  EXPECT_EQ(server.connections(), 2U)
      << "the session of a cancelled mail is out of step and must not be used";
  co_await server.stop();
}
TEST(SmtpSessions, ACancelledCallerLeavesItsPlaceAndItsSession) {
  run(check_cancelled_callers_leave_their_place());
}

Task<> check_line_has_a_deadline() {
  const auto executor = co_await asio::this_coro::executor;
  ManualClock clock;
  const Turns hangs = {{"MAIL", "", Then::hang}};
  ScriptedSmtp server(executor, {greeted(hangs)});
  SmtpChannel channel(executor, options_for(server, 1, little), clock);
  TaskGroup tasks(executor);
  Receipt first, second;
  std::size_t done = 0;
  tasks.spawn("mail under way", store(channel, mail_to(user), first, done));
  tasks.spawn("mail in line", store(channel, mail_to(user), second, done));
  co_await tasks.join();
  EXPECT_EQ(done, 2U);
  for (const Receipt& receipt : {first, second}) {
    EXPECT_EQ(receipt.verdict, Verdict::retry) << receipt.answer;
    EXPECT_TRUE(receipt.unavailable);
  }
  co_await server.stop();
}
TEST(SmtpSessions, WaitingInLineEndsWithTheDeadline) { run(check_line_has_a_deadline()); }

TEST(SmtpSessions, NobodyListeningIsARetry) {
  auto refused = []() -> Task<Receipt> {
    const auto executor = co_await asio::this_coro::executor;
    ManualClock clock;
    SmtpOptions options;
    {
      const ScriptedSmtp gone(executor, {});
      options.url = gone.url();
      co_await const_cast<ScriptedSmtp&>(gone).stop();
    }
    options.from = "payments@example.test";
    SmtpChannel channel(executor, options, clock);
    co_return co_await channel.send(mail_to(user));
  };
  const Receipt receipt = run(refused());
  EXPECT_EQ(receipt.verdict, Verdict::retry);
  EXPECT_TRUE(receipt.unavailable);
}

TEST(SmtpSessions, AnUnusableSenderOrAddressIsAUsageError) {
  auto make = [](std::string url, std::string from) -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    ManualClock clock;
    SmtpOptions options;
    options.url = std::move(url);
    options.from = std::move(from);
    SmtpChannel channel(executor, options, clock);
  };
  run(make("smtp://127.0.0.1:25", "Bursar <payments@example.test>"));
  EXPECT_THROW(run(make("smtp://127.0.0.1:25", "payments")), UsageError);
  EXPECT_THROW(run(make("smtp://127.0.0.1:25", "zahlüngen@example.test")), UsageError);
  EXPECT_THROW(run(make("http://127.0.0.1:25", "payments@example.test")), UsageError);
}

}  // namespace
}  // namespace bursar::notify
