// The text side of SMTP: addresses of servers, replies and what they mean.
#include "notify/smtp_wire.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/limits.hpp"

namespace bursar::notify {
namespace {

using Tls = SmtpServer::Tls;

TEST(ParseSmtpUrl, KnowsPortsAndTransport) {
  struct Row {
    std::string url, host, port;
    Tls tls;
  };
  const std::vector<Row> table = {
      {"smtp://127.0.0.1:8025", "127.0.0.1", "8025", Tls::none},
      {"smtp://localhost", "localhost", "25", Tls::none},
      {"smtp://[::1]:25", "::1", "25", Tls::none},
      {"smtp://mail.example.com", "mail.example.com", "587", Tls::starttls},
      {"smtp://mail.example.com:25/", "mail.example.com", "25", Tls::starttls},
      {"smtp://mail.example.com?starttls=never", "mail.example.com", "25", Tls::none},
      {"smtp://127.0.0.1:25?starttls=required", "127.0.0.1", "25", Tls::starttls},
      {"smtps://mail.example.com", "mail.example.com", "465", Tls::implicit},
      {"smtps://127.0.0.1:10465", "127.0.0.1", "10465", Tls::implicit},
  };
  for (const Row& row : table) {
    const SmtpServer server = parse_smtp_url(row.url);
    EXPECT_EQ(server.host, row.host) << row.url;
    EXPECT_EQ(server.port, row.port) << row.url;
    EXPECT_EQ(server.tls, row.tls) << row.url;
    EXPECT_TRUE(server.user.empty());
  }
}

TEST(ParseSmtpUrl, DecodesCredentialsOnce) {
  const SmtpServer server = parse_smtp_url("smtps://us%40er:p%25a%2Fs+s@mail.example.com");
  EXPECT_EQ(server.user, "us@er");
  EXPECT_EQ(server.password, "p%a/s+s");
}

TEST(ParseSmtpUrl, RefusesWhatItCannotUseAndKeepsThePasswordToItself) {
  const std::vector<std::string> table = {
      "",
      "mail.example.com",
      "http://mail.example.com",
      "smtp://",
      "smtp://:25",
      "smtp://mail.example.com:0",
      "smtp://mail.example.com:70000",
      "smtp://mail.example.com/path",
      "smtp://mail.example.com#x",
      "smtp://mail.example.com?starttls=maybe",
      "smtps://mail.example.com?starttls=never",
      "smtp://user@mail.example.com",
      "smtp://:hunter2@mail.example.com",
      "smtp://user:hunter2@mail.example.com?starttls=never",
      "smtp://user:hunter2%0D%0A@mail.example.com",
      "smtp://user:hunter2@mail.example.com:0",
      "smtp://user:hunter2@ma il",
  };
  for (const std::string& url : table) {
    try {
      parse_smtp_url(url);
      ADD_FAILURE() << url << " was taken";
    } catch (const UsageError& error) {
      EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos) << error.what();
    }
  }
}

using State = SmtpReplyReader::State;

State read(std::string_view bytes, SmtpReply& reply, std::size_t& used) {
  SmtpReplyReader reader;
  const State state = reader.read(bytes, used);
  reply = reader.take();
  return state;
}

TEST(SmtpReplyReader, ReadsOneReplyHoweverItIsSliced) {
  const std::string bytes = "250-first line\r\n250-\r\n250 last\r\n354 next";
  SmtpReplyReader reader;
  std::string waiting;
  State state = State::incomplete;
  std::size_t given = 0;
  while (state == State::incomplete && given < bytes.size()) {
    waiting += bytes[given++];
    std::size_t used = 0;
    state = reader.read(waiting, used);
    waiting.erase(0, used);
  }
  EXPECT_EQ(state, State::complete);
  EXPECT_EQ(bytes.substr(given), "354 next");
  const SmtpReply reply = reader.take();
  EXPECT_EQ(reply.code, 250);
  EXPECT_EQ(reply.text, "first line\n\nlast");
}

TEST(SmtpReplyReader, TakesShortAndBareLineEnds) {
  for (const std::string bytes : {"250\r\n", "250 \r\n", "250\n", "250 ok\n"}) {
    SmtpReply reply;
    std::size_t used = 0;
    EXPECT_EQ(read(bytes, reply, used), State::complete) << bytes;
    EXPECT_EQ(used, bytes.size());
    EXPECT_EQ(reply.code, 250);
  }
}

TEST(SmtpReplyReader, RefusesWhatIsNoReply) {
  const std::vector<std::string> table = {"\r\n",
                                          "25\r\n",
                                          "abc\r\n",
                                          "150 x\r\n",
                                          "600 x\r\n",
                                          "2x0 x\r\n",
                                          "250_ok\r\n",
                                          "250-a\r\n251 b\r\n",
                                          "HTTP/1.1 200 OK\r\n",
                                          " 250 ok\r\n",
                                          std::string(limits::smtp_reply_bytes, '2'),
                                          "250 " + std::string(limits::smtp_reply_bytes, 'x') + "\r\n"};
  for (const std::string& bytes : table) {
    SmtpReply reply;
    std::size_t used = 0;
    EXPECT_EQ(read(bytes, reply, used), State::malformed) << bytes.substr(0, 40);
  }
}

TEST(SmtpReplyReader, AnEndlessReplyIsBounded) {
  SmtpReplyReader reader;
  State state = State::incomplete;
  std::size_t octets = 0;
  while (state == State::incomplete && octets < 10 * limits::smtp_reply_bytes) {
    const std::string line = "250-" + std::string(100, 'x') + "\r\n";
    std::size_t used = 0;
    state = reader.read(line, used);
    octets += used;
  }
  EXPECT_EQ(state, State::malformed);
  EXPECT_LE(octets, limits::smtp_reply_bytes + 200);
}

TEST(SmtpReply, TheSummaryIsSafeForTheLedger) {
  SmtpReply reply;
  reply.code = 550;
  reply.text = std::string("no \xFF\0 user", 11) + std::string(10'000, 'x');
  const std::string summary = reply.summary();
  EXPECT_TRUE(summary.starts_with("550 no \uFFFD\uFFFD user"));
  EXPECT_LE(summary.size(), limits::peer_text_characters + 10);
}

TEST(ParseOffers, ReadsWhatTheServerCanDo) {
  const SmtpOffers all =
      parse_offers("mail\nPIPELINING\nstarttls\nSMTPUTF8\nAUTH CRAM-MD5 plain LOGIN\nSIZE 100");
  EXPECT_TRUE(all.pipelining && all.starttls && all.smtputf8 && all.auth_plain && all.auth_login);
  const SmtpOffers none =
      parse_offers("PIPELINING STARTTLS AUTH PLAIN greets you\nPIPELININGX\nX STARTTLS\nAUTH=PLAIN");
  EXPECT_FALSE(none.pipelining || none.starttls || none.smtputf8 || none.auth_plain || none.auth_login);
  EXPECT_FALSE(parse_offers("").pipelining);
}

TEST(VerdictOf, SaysWhatAReplyMeansForTheMail) {
  struct Row {
    SmtpStep step;
    int code;
    std::optional<Verdict> verdict;
  };
  const std::vector<Row> table = {
      {SmtpStep::mail, 250, std::nullopt},      {SmtpStep::mail, 451, Verdict::retry},
      {SmtpStep::mail, 550, Verdict::dead},     {SmtpStep::mail, 530, Verdict::retry},
      {SmtpStep::mail, 354, Verdict::retry},    {SmtpStep::rcpt, 250, std::nullopt},
      {SmtpStep::rcpt, 251, std::nullopt},      {SmtpStep::rcpt, 450, Verdict::retry},
      {SmtpStep::rcpt, 452, Verdict::retry},    {SmtpStep::rcpt, 421, Verdict::retry},
      {SmtpStep::rcpt, 550, Verdict::dead},     {SmtpStep::rcpt, 553, Verdict::dead},
      {SmtpStep::rcpt, 552, Verdict::retry},    {SmtpStep::data, 354, std::nullopt},
      {SmtpStep::data, 250, Verdict::retry},    {SmtpStep::data, 451, Verdict::retry},
      {SmtpStep::data, 554, Verdict::dead},     {SmtpStep::content, 250, std::nullopt},
      {SmtpStep::content, 251, std::nullopt},   {SmtpStep::content, 354, Verdict::ambiguous},
      {SmtpStep::content, 421, Verdict::retry}, {SmtpStep::content, 451, Verdict::retry},
      {SmtpStep::content, 552, Verdict::dead},  {SmtpStep::content, 554, Verdict::dead},
      {SmtpStep::reset, 250, std::nullopt},     {SmtpStep::reset, 500, Verdict::retry},
  };
  for (const Row& row : table) {
    SmtpReply reply;
    reply.code = row.code;
    EXPECT_EQ(verdict_of(row.step, reply), row.verdict) << to_text(row.step) << " " << row.code;
  }
}

}  // namespace
}  // namespace bursar::notify
