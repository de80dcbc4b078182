// Mails as bytes: what can never happen to a head, how long lines get, and that text arrives as it was. The
// independent reader of the same mails is Python's email package: aiosmtpd_test.cpp.
#include "notify/mime.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "devtools/mail_text.hpp"

namespace bursar::notify {
namespace {

using devtools::decoded_words;
using devtools::mail_header;

Instant some_instant() {
  return std::chrono::sys_days(std::chrono::year(2026) / 11 / 26) + std::chrono::hours(1) +
         std::chrono::seconds(123);
}

Message some_message() {
  Message message;
  message.event.payment = PaymentId(*parse_uuid("01932d4c-8f2a-7abc-8def-0123456789ab"));
  message.message_id = "01932d4c-8f2a-7abc-8def-0123456789ab.1.email.0";
  message.to = "user@example.test";
  message.subject = "Your payment succeeded";
  message.text = "Hello,\nyour payment succeeded.\n";
  return message;
}

std::string composed(const Message& message, const std::string& from = "Bursar <payments@example.test>") {
  const auto mail = compose_mail(*parse_sender(from), *parse_mailbox(message.to), message, some_instant());
  EXPECT_TRUE(mail) << mail.error();
  return mail.value_or("");
}

std::vector<std::string> lines_of(const std::string& mail) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < mail.size();) {
    const std::size_t end = mail.find("\r\n", begin);
    if (end == std::string::npos) {
      ADD_FAILURE() << "the mail does not end with CRLF";
      break;
    }
    lines.push_back(mail.substr(begin, end - begin));
    begin = end + 2;
  }
  return lines;
}

// What every mail must be, whatever is put into it.
void check_mail(const std::string& mail) {
  const std::vector<std::string> lines = lines_of(mail);
  std::size_t fields = 0;
  bool in_head = true;
  for (const std::string& line : lines) {
    EXPECT_LE(line.size(), 998U);
    EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos);
    for (const char c : line) EXPECT_TRUE(c == '\t' || (c >= 0x20 && c < 0x7F)) << static_cast<int>(c);
    in_head = in_head && !line.empty();
    fields += in_head && !line.starts_with(' ') ? 1 : 0;
  }
  EXPECT_EQ(fields, 10U) << mail;
}

TEST(ComposeMail, SaysWhoWhatAndWhichEvent) {
  const std::string mail = composed(some_message());
  EXPECT_EQ(mail,
            "From: \"Bursar\"\r\n <payments@example.test>\r\n"
            "To: <user@example.test>\r\n"
            "Subject: Your payment succeeded\r\n"
            "Date: Thu, 26 Nov 2026 01:02:03 +0000\r\n"
            "Message-ID: <01932d4c-8f2a-7abc-8def-0123456789ab.1.email.0@example.test>\r\n"
            "X-Bursar-Event: 01932d4c-8f2a-7abc-8def-0123456789ab.1\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 7bit\r\n"
            "\r\n"
            "Hello,\r\nyour payment succeeded.\r\n");
}

// Each of these is put into every place that comes from outside.
const std::vector<std::string>& injections() {
  static const std::vector<std::string> table = {
      "x\r\nBcc: victim@example.com",
      "x\nBcc: victim@example.com",
      "x\rBcc: victim@example.com",
      "x\r\n\r\nbody of the attacker",
      "x\r\n.\r\nMAIL FROM:<a@b>",
      "x\n.\nMAIL FROM:<a@b>",
      "x\r\n =?UTF-8?B?",
      "x\0y\r\nBcc: a@b.test",
      "x\x0B\x0C\x85\r\nBcc: a@b.test",
      "x\u2028Bcc: a@b.test\u2029",
      "=?UTF-8?Q?=0D=0ABcc:_a@b.test?=",
      "\xE5\x98\x8A\xE5\x98\x8D"
      "Bcc: a@b.test",
      "\xC0\x8D\xC0\x8A"
      "Bcc: a@b.test",
      "{amount} %s %n $(id) `id` <script>",
      ".",
      "..",
      ".\r\n",
      "\r\n.\r\n",
      "\n\n\n",
      " ",
      "\t",
      "",
  };
  return table;
}

TEST(ComposeMail, NothingFromOutsideStartsALineOfTheHead) {
  for (const std::string& evil : injections()) {
    Message message = some_message();
    message.subject = evil;
    message.text = evil;
    const std::string mail = composed(message);
    check_mail(mail);
    EXPECT_FALSE(mail_header(mail, "Bcc")) << mail;
    EXPECT_EQ(decoded_words(*mail_header(mail, "Subject")).find_first_of("\r\n"), std::string::npos);
  }
}

TEST(ComposeMail, ARequestIdThatNoHeaderCanHoldIsLeftOut) {
  for (const std::string& evil : injections()) {
    Message message = some_message();
    message.request_id = evil;
    const std::string mail = composed(message);
    EXPECT_FALSE(mail_header(mail, "Bcc")) << mail;
    for (const std::string& line : lines_of(mail)) EXPECT_FALSE(line.starts_with("MAIL")) << mail;
  }
  Message message = some_message();
  message.request_id = "req-1";
  EXPECT_EQ(mail_header(composed(message), "X-Request-Id"), "req-1");
}

TEST(ComposeMail, AMessageIdThatNoHeaderCanHoldIsRefused) {
  for (const std::string id : {"", "a b", "a\r\nBcc: x", "<a>", "a@b@c", "ä", "a\"b"}) {
    Message message = some_message();
    message.message_id = id;
    EXPECT_FALSE(
        compose_mail(*parse_sender("p@example.test"), *parse_mailbox(message.to), message, some_instant()))
        << id;
  }
}

TEST(ComposeMail, TheSendersNameIsQuotedOrEncoded) {
  EXPECT_TRUE(composed(some_message(), "a \\ b \"c\" <p@example.test>")
                  .starts_with("From: \"a \\\\ b \\\"c\\\"\"\r\n <p@example.test>\r\n"));
  const std::string mail = composed(some_message(), "Zahlungen für Köln <p@example.test>");
  EXPECT_EQ(decoded_words(*mail_header(mail, "From")), "Zahlungen für Köln <p@example.test>");
  EXPECT_TRUE(composed(some_message(), "p@example.test").starts_with("From: <p@example.test>\r\n"));
}

TEST(HeaderText, LongOrForeignTextBecomesWholeWordsOfWholeCharacters) {
  std::vector<std::string> table = {"Zahlung über 12,34 € erfolgreich", std::string(500, 'x'), "😀",
                                    "=?looks encoded?="};
  std::string long_text;
  for (int i = 0; i < 200; ++i) long_text += i % 3 == 0 ? "ü" : i % 3 == 1 ? "漢" : "😀";
  table.push_back(long_text);
  for (std::size_t shift = 0; shift < 5; ++shift) table.push_back(std::string(shift, 'a') + long_text);
  for (const std::string& text : table) {
    const std::string value = header_text(text, 9);
    EXPECT_EQ(decoded_words(*mail_header("Subject: " + value + "\r\n\r\n", "Subject")), text);
    const std::vector<std::string> lines = lines_of("Subject: " + value + "\r\n");
    for (const std::string& line : lines) {
      EXPECT_LE(line.size(), 76U) << line;
      const std::size_t word = line.find("=?UTF-8?B?");
      ASSERT_NE(word, std::string::npos) << line;
      EXPECT_TRUE(line.ends_with("?=")) << line;
      EXPECT_TRUE(is_utf8(decoded_words(line.substr(word)))) << "a character is cut in two: " << line;
      EXPECT_EQ(decoded_words(line.substr(word)).find("\uFFFD"), std::string::npos) << line;
    }
  }
}

TEST(HeaderText, ShortPlainTextStaysReadable) {
  EXPECT_EQ(header_text("Your payment of 12.34 EUR succeeded", 9), "Your payment of 12.34 EUR succeeded");
  EXPECT_EQ(header_text("a\r\nb\tc", 9), "a  b c");
}

TEST(ComposeMail, TextArrivesAsItWas) {
  const std::vector<std::string> table = {
      "plain\n",
      "two\n\nparagraphs\n",
      "Grüße aus Köln: 12,34 €\n",
      "漢字かな交じり文\n",
      "😀😀😀\n",
      "trailing blank \nand tab\t\nend\n",
      "=3D is not an equals sign = but this is\n",
      std::string(5'000, 'x') + "\n",
      std::string(80, ' ') + "x\n",
      ".\n..\n.leading dots\n",
      "From here to there\n",
      "\x01\x02\x7F controls\n",
      "tab\there\n",
  };
  for (const std::string& text : table) {
    Message message = some_message();
    message.text = text;
    const std::string mail = composed(message);
    check_mail(mail);
    EXPECT_EQ(devtools::mail_text(mail), text);
    for (const std::string& line : lines_of(mail)) EXPECT_LE(line.size(), 78U);
  }
}

TEST(ComposeMail, EveryKindOfLineEndIsOne) {
  Message message = some_message();
  message.text = "a\r\nb\rc\nd";
  EXPECT_EQ(devtools::mail_text(composed(message)), "a\nb\nc\nd\n");
}

TEST(ComposeMail, TheBodyIsTheSameOnEveryAttempt) {
  const Message message = some_message();
  const auto from = *parse_sender("p@example.test");
  const auto to = *parse_mailbox(message.to);
  const auto first = compose_mail(from, to, message, some_instant());
  const auto later = compose_mail(from, to, message, some_instant() + std::chrono::hours(5));
  EXPECT_EQ(devtools::mail_body(*first), devtools::mail_body(*later));
  EXPECT_EQ(mail_header(*first, "Message-ID"), mail_header(*later, "Message-ID"));
}

TEST(DotStuffed, DoublesLeadingDotsAndEndsTheMessage) {
  EXPECT_EQ(dot_stuffed("a\r\n.\r\n..b\r\nc.d\r\n"), "a\r\n..\r\n...b\r\nc.d\r\n.\r\n");
  EXPECT_EQ(dot_stuffed(".\r\n"), "..\r\n.\r\n");
}

TEST(MailDate, IsRfc5322InUtc) {
  const Instant epoch{};
  EXPECT_EQ(to_mail_date(epoch), "Thu, 01 Jan 1970 00:00:00 +0000");
  const Instant leap =
      std::chrono::sys_days(std::chrono::year(2028) / 2 / 29) + std::chrono::microseconds(999'999);
  EXPECT_EQ(to_mail_date(leap), "Tue, 29 Feb 2028 00:00:00 +0000");
}

TEST(Base64, AgreesWithRfc4648) {
  const std::vector<std::pair<std::string, std::string>> table = {{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foob", "Zm9vYg=="},
                                                                  {"fooba", "Zm9vYmE="},
                                                                  {"foobar", "Zm9vYmFy"},
                                                                  {std::string("\xFB\xFF\x00", 3), "+/8A"}};
  for (const auto& [bytes, text] : table) EXPECT_EQ(to_base64(bytes), text);
}

}  // namespace
}  // namespace bursar::notify
