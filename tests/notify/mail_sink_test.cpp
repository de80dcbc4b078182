// The mail channel against the mail sink, and the sink's ledger: what was answered is on disk, also after a
// restart.
#include "devtools/mail_sink.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "devtools/mail_text.hpp"
#include "messages.hpp"
#include "notify/smtp.hpp"
#include "temporary_folder.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run.hpp"

namespace bursar::devtools {
namespace {

using bursar::testing::mail_to;
using bursar::testing::ManualClock;
using bursar::testing::run;
using bursar::testing::TemporaryFolder;
using notify::Message;
using notify::Receipt;
using notify::Verdict;

constexpr milliseconds plenty{10'000};
constexpr milliseconds little{1'000};

// A sink with its ledger and a channel that sends to it, on the loop of the test.
class Post {
 public:
  Post(const Executor& executor, std::filesystem::path ledger, milliseconds deadline)
      : file(std::move(ledger)),
        book(executor, clock, file),
        sink(executor, book, options()),
        tasks_(executor) {
    notify::SmtpOptions smtp;
    smtp.url = fmt::format("smtp://127.0.0.1:{}", sink.port());
    smtp.from = "Bursar <payments@example.test>";
    smtp.deadline = smtp.session_deadline = deadline;
    smtp.connections = 4;
    channel.emplace(executor, smtp, clock);
    tasks_.spawn("ledger", book.run());
    tasks_.spawn("sink", sink.run());
  }
  Task<> end() {
    tasks_.cancel();
    co_await tasks_.join();
  }

  std::filesystem::path file;
  ManualClock clock;
  SinkBook book;
  MailSink sink;
  std::optional<notify::SmtpChannel> channel;

 private:
  static MailSinkOptions options() {
    MailSinkOptions mail;
    mail.listen = "127.0.0.1:0";
    mail.hold = milliseconds(5'000);
    mail.drip_gap = milliseconds(150);
    return mail;
  }
  TaskGroup tasks_;
};

// Runs the scenario beside a sink of its own and stops that.
void with_post(std::filesystem::path file, milliseconds deadline, Task<> (*scenario)(Post&)) {
  auto body = [](std::filesystem::path ledger, milliseconds time, Task<> (*act)(Post&)) -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    Post post(executor, std::move(ledger), time);
    co_await act(post);
    co_await post.end();
  };
  run(body(std::move(file), deadline, scenario));
}

std::vector<json::object> lines_of(const std::filesystem::path& ledger) {
  std::vector<json::object> lines;
  std::ifstream in(ledger);
  for (std::string line; std::getline(in, line);) {
    const auto parsed = json::parse(line);
    EXPECT_TRUE(parsed) << line;
    if (parsed) lines.push_back(parsed->as_object());
  }
  return lines;
}

std::string text_of(const json::object& entry, std::string_view name) {
  const json::value* value = entry.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

TEST(MailSink, KeepsTheMailBeforeItAnswers) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "mail.jsonl";
  const Message message = mail_to("user@example.test", 7);
  with_post(file, plenty, [](Post& post) -> Task<> {
    const Receipt receipt = co_await post.channel->send(mail_to("user@example.test", 7));
    EXPECT_EQ(receipt.verdict, Verdict::sent) << receipt.answer;
    EXPECT_EQ(receipt.provider_reference, "2.0.0 queued as 1");
    EXPECT_EQ(lines_of(post.file).size(), 1U) << "it was answered, so it is in the file";
  });
  const std::vector<json::object> lines = lines_of(file);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(text_of(lines[0], "result"), "accepted");
  EXPECT_EQ(text_of(lines[0], "recipient"), "user@example.test");
  EXPECT_EQ(text_of(lines[0], "event"), message.event.text());
  EXPECT_EQ(text_of(lines[0], "message_id"), message.message_id + "@example.test");
  EXPECT_EQ(lines[0].at("attempt").as_int64(), 1);
  EXPECT_EQ(text_of(lines[0], "subject"), message.subject);
  const std::string content = text_of(lines[0], "content");
  EXPECT_EQ(mail_text(content), message.text) << "dots are as they were";
  EXPECT_EQ(text_of(lines[0], "body_sha256"), to_hex(sha256(mail_body(content))));
}

struct Case {
  std::string recipient;
  Verdict verdict;
  std::size_t accepted;  // lines of the ledger
  bool unavailable = false;
};

std::ostream& operator<<(std::ostream& out, const Case& row) { return out << row.recipient; }

class MailSinkFaults : public ::testing::TestWithParam<Case> {};

TEST_P(MailSinkFaults, HaveTheirVerdictAndTheirLedger) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "mail.jsonl";
  with_post(file, little, [](Post& post) -> Task<> {
    const Case& row = GetParam();
    const Receipt receipt = co_await post.channel->send(mail_to(row.recipient));
    EXPECT_EQ(receipt.verdict, row.verdict) << receipt.answer;
    EXPECT_EQ(receipt.unavailable, row.unavailable) << receipt.answer;
    EXPECT_EQ(post.book.list(10, std::nullopt).size(), row.accepted);
    // And it recovers: the next mail arrives.
    const Receipt next = co_await post.channel->send(mail_to("user@example.test", 1));
    EXPECT_EQ(next.verdict, Verdict::sent) << next.answer;
  });
}

INSTANTIATE_TEST_SUITE_P(ByRecipient, MailSinkFaults,
                         ::testing::Values(Case{"bounce550@example.test", Verdict::dead, 0},
                                           Case{"bounce550+tag@example.test", Verdict::dead, 0},
                                           Case{"bounce450@example.test", Verdict::retry, 0},
                                           Case{"later450@example.test", Verdict::retry, 0},
                                           Case{"content554@example.test", Verdict::dead, 0},
                                           Case{"content451@example.test", Verdict::retry, 0},
                                           Case{"close421@example.test", Verdict::retry, 0, true},
                                           Case{"drop_at_data@example.test", Verdict::retry, 0, true},
                                           Case{"drop_after_data@example.test", Verdict::ambiguous, 1, true},
                                           Case{"hang_after_data@example.test", Verdict::ambiguous, 1, true},
                                           Case{"slow@example.test", Verdict::ambiguous, 1, true},
                                           Case{"drip@example.test", Verdict::retry, 0, true},
                                           Case{"bounce@example.test", Verdict::sent, 1},
                                           Case{"bounce250@example.test", Verdict::sent, 1},
                                           Case{"later@example.test", Verdict::sent, 1}));

TEST(MailSink, ADeferredRecipientIsTakenAtTheThirdAttempt) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "mail.jsonl";
  with_post(file, plenty, [](Post& post) -> Task<> {
    std::vector<Verdict> verdicts;
    for (int i = 0; i < 4; ++i) {
      const Receipt receipt = co_await post.channel->send(mail_to("later450+x@example.test"));
      verdicts.push_back(receipt.verdict);
    }
    const std::vector<Verdict> expected = {Verdict::retry, Verdict::retry, Verdict::sent, Verdict::sent};
    EXPECT_EQ(verdicts, expected);
  });
  const auto lines = lines_of(file);
  ASSERT_EQ(lines.size(), 4U) << "refused attempts are on record too";
  EXPECT_EQ(text_of(lines[0], "result"), "refused");
  EXPECT_EQ(lines[3].at("attempt").as_int64(), 2) << "the second copy of the same message";
}

TEST(MailSink, NumbersAndAttemptsGoOnAfterARestart) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "mail.jsonl";
  for (int start = 1; start <= 3; ++start) {
    with_post(file, plenty, [](Post& post) -> Task<> {
      const Receipt receipt = co_await post.channel->send(mail_to("user@example.test"));
      EXPECT_EQ(receipt.verdict, Verdict::sent) << receipt.answer;
    });
    const auto lines = lines_of(file);
    ASSERT_EQ(lines.size(), static_cast<std::size_t>(start));
    EXPECT_EQ(lines.back().at("n").as_int64(), start);
    EXPECT_EQ(lines.back().at("attempt").as_int64(), start);
    // As a kill in the middle of a write leaves it: that line was never answered.
    std::ofstream(file, std::ios::app) << "{\"n\":99,\"at\":\"torn";
  }
}

TEST(MailSink, AFileThatIsNoLedgerIsAUsageError) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "mail.jsonl";
  std::ofstream(file) << "{\"hello\":1}\n";
  auto open = [](std::filesystem::path ledger) -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    ManualClock clock;
    const SinkBook book(executor, clock, ledger);
  };
  EXPECT_THROW(run(open(file)), UsageError);
}

TEST(MailSink, ABannerThatNeverComesIsARetryAndItRecovers) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "mail.jsonl";
  with_post(file, little, [](Post& post) -> Task<> {
    for (const MailSinkMode mode :
         {MailSinkMode::banner_never, MailSinkMode::banner_421, MailSinkMode::down}) {
      post.sink.set_mode(mode);
      const Receipt receipt = co_await post.channel->send(mail_to("user@example.test"));
      EXPECT_EQ(receipt.verdict, Verdict::retry) << receipt.answer;
      EXPECT_TRUE(receipt.unavailable) << receipt.answer;
    }
    post.sink.set_mode(MailSinkMode::normal);
    const Receipt receipt = co_await post.channel->send(mail_to("user@example.test"));
    EXPECT_EQ(receipt.verdict, Verdict::sent) << receipt.answer;
    EXPECT_EQ(post.book.list(10, std::nullopt).size(), 1U);
  });
}

Task<> send_many(notify::SmtpChannel& channel, int from, int count, int& sent) {
  for (int i = from; i < from + count; ++i) {
    Message message = mail_to(fmt::format("user{}@example.test", i));
    message.message_id = fmt::format("m{}", i);
    const Receipt receipt = co_await channel.send(std::move(message));
    sent += receipt.verdict == Verdict::sent ? 1 : 0;
  }
}

TEST(MailSink, ManyMailsAtOnceAreEachOnDiskOnceOverFewConnections) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "mail.jsonl";
  with_post(file, plenty, [](Post& post) -> Task<> {
    TaskGroup senders(co_await asio::this_coro::executor);
    int sent = 0;
    for (int i = 0; i < 20; ++i) senders.spawn("sender", send_many(*post.channel, i * 50, 50, sent));
    co_await senders.join();
    EXPECT_EQ(sent, 1000);
    EXPECT_LE(post.sink.sessions(), 4U);
    EXPECT_EQ(post.channel->idle(), post.sink.sessions());
  });
  std::map<std::string, int> seen;
  for (const json::object& line : lines_of(file)) ++seen[text_of(line, "message_id")];
  EXPECT_EQ(seen.size(), 1000U);
  for (const auto& [id, times] : seen) EXPECT_EQ(times, 1) << id;
}

TEST(MailSink, ListsTheNewestFirstAndByRecipient) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "mail.jsonl";
  with_post(file, plenty, [](Post& post) -> Task<> {
    for (const std::string to : {"a@example.test", "b@example.test", "a@example.test"}) {
      const Receipt receipt = co_await post.channel->send(mail_to(to));
      EXPECT_EQ(receipt.verdict, Verdict::sent);
    }
    const auto newest = post.book.list(2, std::nullopt);
    EXPECT_EQ(newest.size(), 2U);
    EXPECT_EQ(newest.front().at("n").as_int64(), 3);
    const auto to_a = post.book.list(10, "a@example.test");
    EXPECT_EQ(to_a.size(), 2U);
    EXPECT_EQ(to_a.back().at("n").as_int64(), 1);
    EXPECT_TRUE(post.book.find(2));
    EXPECT_FALSE(post.book.find(4));
    EXPECT_FALSE(post.book.find(0));
  });
}

}  // namespace
}  // namespace bursar::devtools
