// Both channels against the sinks as `bursar up` runs them, read through the API that the verbs `mail` and
// `sms` use.
#include "devtools/sinks.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "base/task_group.hpp"
#include "devtools/sms_sink.hpp"
#include "messages.hpp"
#include "notify/sms_http.hpp"
#include "notify/smtp.hpp"
#include "temporary_folder.hpp"

namespace bursar::devtools {
namespace {

using bursar::testing::mail_to;
using bursar::testing::sms_to;
using bursar::testing::TemporaryFolder;
using notify::Receipt;
using notify::Verdict;

constexpr milliseconds plenty{10'000};
constexpr milliseconds little{1'000};

class Bench {
 public:
  Bench(Loop& loop, const std::filesystem::path& folder, milliseconds deadline)
      : sinks(loop, clock_, options_in(folder)), tasks_(loop.get_executor()) {
    notify::SmtpOptions smtp;
    smtp.url = sinks.smtp_url();
    smtp.from = "Bursar <payments@example.test>";
    mail.emplace(loop.get_executor(), smtp, clock_);
    notify::SmsOptions provider;
    provider.url = sinks.sms_url();
    provider.deadline = deadline;
    sms.emplace(loop.get_executor(), provider);
    http::ClientOptions reader;
    reader.base_url = sinks.read_url();
    reader_.emplace(loop.get_executor(), reader);
    tasks_.spawn("sinks", sinks.run());
  }

  Task<http::ClientResponse> ask(std::string method, std::string path, std::string body = "") {
    http::ClientRequest request;
    request.method = std::move(method);
    request.path = std::move(path);
    if (!body.empty()) request.content_type = "application/json";
    request.body = std::move(body);
    co_return co_await reader_->call(std::move(request), plenty);
  }
  Task<json::value> read(std::string path) {
    const http::ClientResponse response = co_await ask("GET", path);
    EXPECT_EQ(response.status, 200) << path << ": " << response.body;
    const auto parsed = json::parse(response.body);
    EXPECT_TRUE(parsed) << response.body;
    co_return parsed.value_or(json::value());
  }
  Task<> end() {
    sms->close();
    reader_->close();
    co_await mail->close();
    sinks.stop();
    co_await tasks_.join();
  }

 private:
  static SinksOptions options_in(const std::filesystem::path& folder) {
    SinksOptions options;
    options.smtp_listen = options.http_listen = "127.0.0.1:0";
    options.mail_ledger = folder / "mail.jsonl";
    options.sms_ledger = folder / "sms.jsonl";
    options.hold = milliseconds(3'000);
    return options;
  }
  SystemClock clock_;

 public:
  Sinks sinks;
  std::optional<notify::SmtpChannel> mail;
  std::optional<notify::SmsHttpChannel> sms;

 private:
  std::optional<http::Client> reader_;
  TaskGroup tasks_;
};

// Runs the scenario beside sinks with their ledgers in `folder` and stops them.
void with_sinks(const std::filesystem::path& folder, Task<> (*scenario)(Bench&),
                milliseconds deadline = plenty) {
  Loop loop(1);
  Bench bench(loop, folder, deadline);
  TaskGroup test(loop.get_executor());
  auto body = [](Bench* running, Task<> (*act)(Bench&)) -> Task<> {
    co_await act(*running);
    co_await running->end();
  };
  test.spawn("test", body(&bench, scenario));
  loop.run();
}

TEST(Sinks, ShowTheMailOfAPaymentToPeople) {
  const TemporaryFolder folder;
  with_sinks(folder.path(), [](Bench& bench) -> Task<> {
    notify::Message message = mail_to("user@example.test");
    message.subject = "Zahlung über 12,34 €";
    message.text = "Grüße\n.\n";
    const Receipt receipt = co_await bench.mail->send(message);
    EXPECT_EQ(receipt.verdict, Verdict::sent) << receipt.answer;
    const json::value listed = co_await bench.read("/_mail?limit=10");
    const json::array& mails = listed.at("mails").as_array();
    EXPECT_EQ(mails.size(), 1U);
    EXPECT_EQ(mails.at(0).at("subject").as_string(), "Zahlung über 12,34 €");
    EXPECT_EQ(mails.at(0).at("recipient").as_string(), "user@example.test");
    EXPECT_EQ(mails.at(0).at("event").as_string(), message.event.text());
    EXPECT_EQ(mails.at(0).at("attempt").as_int64(), 1);
    EXPECT_FALSE(mails.at(0).as_object().contains("content"));
    const json::value shown = co_await bench.read("/_mail/" + std::to_string(mails.at(0).at("n").as_int64()));
    EXPECT_EQ(shown.at("text").as_string(), "Grüße\n.\n");
    EXPECT_TRUE(shown.at("content").as_string().starts_with("From: \"Bursar\""));
  });
}

TEST(Sinks, ShowTheSmsOfAPaymentToPeople) {
  const TemporaryFolder folder;
  with_sinks(folder.path(), [](Bench& bench) -> Task<> {
    const Receipt receipt = co_await bench.sms->send(sms_to("+447700900123"));
    EXPECT_EQ(receipt.verdict, Verdict::sent) << receipt.answer;
    const json::value listed = co_await bench.read("/_sms");
    const json::array& messages = listed.at("messages").as_array();
    EXPECT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages.at(0).at("recipient").as_string(), "+447700900123");
    EXPECT_EQ(messages.at(0).at("text").as_string(), "Your payment of 12.34 EUR succeeded.");
    EXPECT_EQ(messages.at(0).at("event").as_string(), bursar::testing::some_event().text());
    EXPECT_EQ(messages.at(0).at("id").as_string(), *receipt.provider_reference);
    const json::value by_number = co_await bench.read("/_sms?to=%2B447700900999");
    EXPECT_TRUE(by_number.at("messages").as_array().empty());
  });
}

TEST(Sinks, ARepeatedSmsKeyIsTheSameSmsAlsoAfterARestart) {
  const TemporaryFolder folder;
  for (int start = 0; start < 2; ++start) {
    with_sinks(folder.path(), [](Bench& bench) -> Task<> {
      const Receipt first = co_await bench.sms->send(sms_to("+447700900123"));
      const Receipt second = co_await bench.sms->send(sms_to("+447700900123"));
      EXPECT_EQ(first.provider_reference, second.provider_reference);
      EXPECT_EQ(second.verdict, Verdict::sent);
      const json::value listed = co_await bench.read("/_sms");
      EXPECT_EQ(listed.at("messages").as_array().size(), 1U);
    });
  }
}

struct Case {
  std::string number;
  std::vector<Verdict> verdicts;  // of one message, attempt by attempt
  std::size_t kept;               // SMS in the end
  std::optional<std::chrono::seconds> retry_after = std::nullopt;
};

// One scenario for all rows: a row is found by its number.
const std::vector<Case>& cases() {
  using enum Verdict;
  static const std::vector<Case> table = {
      {"+12025550129", {retry, retry, sent}, 1, std::chrono::seconds(1)},
      {"+12025550130", {retry, retry, sent}, 1, limits::retry_after_max},
      {"+12025550140", {dead, dead, dead}, 0},
      {"+12025550141", {retry, retry, retry}, 0},
      {"+12025550150", {retry, retry, sent}, 1},
      {"+12025550153", {retry, retry, sent}, 1, std::chrono::seconds(1)},
      {"+12025550160", {retry, retry, sent}, 1},
      {"+12025550161", {dead}, 0},
      {"+12025550162", {ambiguous}, 0},
      {"+12025550170", {ambiguous}, 1},
      {"+12025550171", {ambiguous}, 0},
      {"+12025550199", {sent, sent}, 1},
  };
  return table;
}

TEST(Sinks, NumbersMisbehaveAsDocumented) {
  const TemporaryFolder folder;
  with_sinks(
      folder.path(),
      [](Bench& bench) -> Task<> {
        std::uint8_t event = 0;
        for (const Case& row : cases()) {
          ++event;
          for (std::size_t i = 0; i < row.verdicts.size(); ++i) {
            const Receipt receipt = co_await bench.sms->send(sms_to(row.number, event));
            EXPECT_EQ(receipt.verdict, row.verdicts[i])
                << row.number << " attempt " << i + 1 << ": " << receipt.answer;
            if (i == 0) {
              EXPECT_EQ(receipt.retry_after, row.retry_after) << row.number;
            }
          }
          const json::value listed = co_await bench.read("/_sms?to=%2B" + row.number.substr(1));
          EXPECT_EQ(listed.at("messages").as_array().size(), row.kept) << row.number;
        }
      },
      little);
}

TEST(Sinks, ModesAreSwitchedAndItRecovers) {
  const TemporaryFolder folder;
  with_sinks(
      folder.path(),
      [](Bench& bench) -> Task<> {
        const http::ClientResponse off =
            co_await bench.ask("POST", "/_sms/mode", "{\"mode\":\"unavailable\"}");
        EXPECT_EQ(off.status, 200);
        const Receipt refused = co_await bench.sms->send(sms_to("+447700900123"));
        EXPECT_EQ(refused.verdict, Verdict::retry);
        EXPECT_TRUE(refused.unavailable);
        co_await bench.ask("POST", "/_sms/mode", "{\"mode\":\"normal\"}");
        const Receipt taken = co_await bench.sms->send(sms_to("+447700900123"));
        EXPECT_EQ(taken.verdict, Verdict::sent) << taken.answer;
        const http::ClientResponse mail_off =
            co_await bench.ask("POST", "/_mail/mode", "{\"mode\":\"down\"}");
        EXPECT_EQ(mail_off.status, 200);
        const Receipt no_mail = co_await bench.mail->send(mail_to("user@example.test"));
        EXPECT_EQ(no_mail.verdict, Verdict::retry);
        co_await bench.ask("POST", "/_mail/mode", "{\"mode\":\"normal\"}");
        const Receipt mail = co_await bench.mail->send(mail_to("user@example.test"));
        EXPECT_EQ(mail.verdict, Verdict::sent) << mail.answer;
      },
      plenty);
}

TEST(Sinks, AnswerUnknownQuestionsWithAProblem) {
  const TemporaryFolder folder;
  with_sinks(folder.path(), [](Bench& bench) -> Task<> {
    struct Row {
      std::string method, path, body;
      int status;
    };
    const std::vector<Row> table = {
        {"GET", "/_mail/1", "", 404},       {"GET", "/_mail/x", "", 404},
        {"GET", "/_sms/0", "", 404},        {"GET", "/nothing", "", 404},
        {"GET", "/_mail?limit=0", "", 422}, {"GET", "/_mail?limit=x", "", 422},
        {"GET", "/_sms?limit=-1", "", 422}, {"POST", "/_mail/mode", "{\"mode\":\"odd\"}", 422},
        {"POST", "/_sms/mode", "no", 422},  {"POST", "/_sms/mode", "{\"mode\":7}", 422},
        {"POST", "/messages", "{}", 400},   {"POST", "/messages", "no", 400},
    };
    for (const Row& row : table) {
      const http::ClientResponse response = co_await bench.ask(row.method, row.path, row.body);
      EXPECT_EQ(response.status, row.status) << row.path << " " << response.body;
      EXPECT_TRUE(json::parse(response.body)) << response.body;
    }
  });
}

}  // namespace
}  // namespace bursar::devtools
