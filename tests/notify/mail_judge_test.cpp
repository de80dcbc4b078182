// Bursar's mails before an independent judge: aiosmtpd takes them, Python's email package reads them.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "mail_judge.hpp"
#include "messages.hpp"
#include "notify/smtp.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run.hpp"

namespace bursar::notify {
namespace {

using bursar::testing::mail_to;
using bursar::testing::MailJudge;
using bursar::testing::ManualClock;
using bursar::testing::run;
using bursar::testing::TlsFiles;

class MailJudged : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = MailJudge::missing(); !why.empty()) GTEST_SKIP() << why;
  }
};

SmtpOptions options_for(std::string url, const std::string& certificate = "") {
  SmtpOptions options;
  options.url = std::move(url);
  options.from = "Bursar Zahlungen für Köln <payments@example.test>";
  options.trusted_certificates_file = certificate;
  return options;
}

Task<std::vector<Receipt>> send_all(SmtpOptions options, std::vector<Message> messages) {
  const auto executor = co_await asio::this_coro::executor;
  ManualClock clock;
  SmtpChannel channel(executor, std::move(options), clock);
  std::vector<Receipt> receipts;
  for (Message& message : messages) {
    Receipt receipt = co_await channel.send(std::move(message));
    receipts.push_back(std::move(receipt));
  }
  co_await channel.close();
  co_return receipts;
}

Receipt send_one(SmtpOptions options, Message message) {
  std::vector<Message> messages;
  messages.push_back(std::move(message));
  return run(send_all(std::move(options), std::move(messages))).front();
}

std::string text_of(const json::object& verdict, std::string_view name) {
  const json::value& value = verdict.at(name);
  return value.is_string() ? std::string(value.as_string()) : "";
}

// What holds for every mail, whatever was put into it.
void check_well_formed(const json::object& verdict, const Message& message) {
  EXPECT_TRUE(verdict.at("defects").as_array().empty()) << json::to_text(verdict);
  EXPECT_TRUE(verdict.at("bcc").is_null());
  EXPECT_FALSE(verdict.at("bare").as_bool());
  EXPECT_TRUE(verdict.at("seven_bit").as_bool());
  EXPECT_LE(verdict.at("longest_line").as_int64(), 78);
  EXPECT_EQ(verdict.at("fields").as_int64(), 10 + (message.request_id ? 1 : 0));
  EXPECT_EQ(text_of(verdict, "message_id"), "<" + message.message_id + "@example.test>");
  EXPECT_EQ(text_of(verdict, "event"), message.event.text());
  EXPECT_EQ(text_of(verdict, "date"), "2026-11-26T00:00:00+00:00");
  EXPECT_EQ(text_of(verdict, "charset"), "utf-8");
  const json::array& from = verdict.at("header_from").as_array().front().as_array();
  EXPECT_EQ(from[0].as_string(), "Bursar Zahlungen für Köln");
  EXPECT_EQ(from[1].as_string(), "payments@example.test");
}

TEST_F(MailJudged, SubjectTextAndEnvelopeArriveAsTheyWere) {
  MailJudge judge;
  const std::vector<std::string> subjects = {"Your payment of 12.34 EUR succeeded",
                                             "Zahlung über 12,34 € erfolgreich",
                                             "漢字かな交じり文のとても長い件名",
                                             "=?utf-8?q?not_encoded?=",
                                             "a  b   c",
                                             std::string(300, 'x'),
                                             "“quotes” and 😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀"};
  const std::vector<std::string> texts = {"Hello\n",
                                          "Grüße\n.\n..\n.x\n",
                                          "漢字\n",
                                          std::string(2'000, 'y') + "\n",
                                          "trailing \n\t\n=41\n",
                                          "From x\n\n\n",
                                          "😀\n"};
  std::vector<Message> messages;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    Message message = mail_to("user@example.test", static_cast<std::uint8_t>(i));
    message.subject = subjects[i];
    message.text = texts[i];
    message.request_id = "req-" + std::to_string(i);
    messages.push_back(std::move(message));
  }
  const auto receipts = run(send_all(options_for(judge.url()), messages));
  for (std::size_t i = 0; i < messages.size(); ++i) {
    ASSERT_EQ(receipts[i].verdict, Verdict::sent) << receipts[i].answer;
    const json::object verdict = judge.verdict();
    check_well_formed(verdict, messages[i]);
    EXPECT_EQ(text_of(verdict, "subject"), subjects[i]);
    EXPECT_EQ(text_of(verdict, "text"), texts[i]);
    EXPECT_EQ(text_of(verdict, "request_id"), "req-" + std::to_string(i));
    EXPECT_EQ(text_of(verdict, "from"), "payments@example.test");
    EXPECT_EQ(verdict.at("to").as_array().front().as_string(), "user@example.test");
    EXPECT_EQ(verdict.at("connections").as_int64(), 1) << "one kept connection carries all mails";
  }
}

TEST_F(MailJudged, InjectedHeadersStayText) {
  MailJudge judge;
  std::vector<Message> messages;
  for (const std::string evil :
       {"x\r\nBcc: victim@example.com", "x\nBcc: v@example.com", "x\rBcc: v@example.com", "x\r\n\r\nnew body",
        "x\r\n.\r\nRSET\r\n", "\xFF\xFE\r\nBcc: v@example.com", "=?UTF-8?B?DQpCY2M6IGFAYg==?=",
        "x\xE2\x80\xA8"
        "Bcc: v@example.com"}) {
    Message message = mail_to("user@example.test", static_cast<std::uint8_t>(messages.size()));
    message.subject = evil;
    message.text = evil;
    messages.push_back(std::move(message));
  }
  const auto receipts = run(send_all(options_for(judge.url()), messages));
  for (std::size_t i = 0; i < messages.size(); ++i) {
    ASSERT_EQ(receipts[i].verdict, Verdict::sent) << receipts[i].answer;
    check_well_formed(judge.verdict(), messages[i]);
  }
}

TEST_F(MailJudged, InternationalAddressesArrive) {
  MailJudge judge;
  const auto receipts = run(send_all(options_for(judge.url()),
                                     {mail_to("user@bücher.example"), mail_to("jürgen@bücher.example", 1)}));
  ASSERT_EQ(receipts[0].verdict, Verdict::sent) << receipts[0].answer;
  EXPECT_EQ(judge.verdict().at("to").as_array().front().as_string(), "user@xn--bcher-kva.example");
  ASSERT_EQ(receipts[1].verdict, Verdict::sent) << receipts[1].answer;
  EXPECT_EQ(judge.verdict().at("to").as_array().front().as_string(), "jürgen@xn--bcher-kva.example");
}

struct Secured {
  std::string tls, scheme, query;
};

std::ostream& operator<<(std::ostream& out, const Secured& secured) { return out << secured.tls; }

class MailJudgedOverTls : public ::testing::TestWithParam<Secured> {
 protected:
  void SetUp() override {
    if (const std::string why = MailJudge::missing(); !why.empty()) GTEST_SKIP() << why;
  }
};

TEST_P(MailJudgedOverTls, LogsInAndSends) {
  const TlsFiles files;
  for (const std::string without : {"", "PLAIN"}) {
    MailJudge judge({"--tls", GetParam().tls, "--certificate", files.certificate(), "--key", files.key(),
                     "--user", "us@er", "--password", "p%ss w", "--without", without});
    const std::string url = judge.url(GetParam().scheme, "us%40er:p%25ss%20w@") + GetParam().query;
    const Receipt receipt = send_one(options_for(url, files.certificate()), mail_to("user@example.test"));
    ASSERT_EQ(receipt.verdict, Verdict::sent) << receipt.answer;
    const json::object verdict = judge.verdict();
    EXPECT_TRUE(verdict.at("encrypted").as_bool());
    EXPECT_EQ(text_of(verdict, "user"), "us@er");
    check_well_formed(verdict, mail_to("user@example.test"));
  }
}

TEST_P(MailJudgedOverTls, AWrongPasswordIsAboutUsAndNotAboutTheRecipient) {
  const TlsFiles files;
  MailJudge judge({"--tls", GetParam().tls, "--certificate", files.certificate(), "--key", files.key(),
                   "--user", "u", "--password", "right"});
  const std::string url = judge.url(GetParam().scheme, "u:hunter2@") + GetParam().query;
  const Receipt receipt = send_one(options_for(url, files.certificate()), mail_to("user@example.test"));
  EXPECT_EQ(receipt.verdict, Verdict::retry);
  EXPECT_TRUE(receipt.unavailable);
  EXPECT_NE(receipt.answer.find("535"), std::string::npos) << receipt.answer;
  EXPECT_EQ(receipt.answer.find("hunter2"), std::string::npos) << receipt.answer;
}

TEST_P(MailJudgedOverTls, AnUnknownCertificateGetsNothing) {
  const TlsFiles files, others;
  MailJudge judge({"--tls", GetParam().tls, "--certificate", files.certificate(), "--key", files.key()});
  const std::string url = judge.url(GetParam().scheme) + GetParam().query;
  const Receipt receipt = send_one(options_for(url, others.certificate()), mail_to("user@example.test"));
  EXPECT_EQ(receipt.verdict, Verdict::retry);
  EXPECT_TRUE(receipt.unavailable);
  EXPECT_NE(receipt.answer.find("starting TLS"), std::string::npos) << receipt.answer;
}

INSTANTIATE_TEST_SUITE_P(Ways, MailJudgedOverTls,
                         ::testing::Values(Secured{"starttls", "smtp", "?starttls=required"},
                                           Secured{"implicit", "smtps", ""}));

TEST_F(MailJudged, AServerWithoutStarttlsGetsNothingWhenItIsRequired) {
  MailJudge judge;
  const Receipt receipt =
      send_one(options_for(judge.url() + "?starttls=required"), mail_to("user@example.test"));
  EXPECT_EQ(receipt.verdict, Verdict::retry);
  EXPECT_NE(receipt.answer.find("STARTTLS"), std::string::npos) << receipt.answer;
}

}  // namespace
}  // namespace bursar::notify
