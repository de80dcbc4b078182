// Addresses: which can be written to, how they look on the wire, and why the others cannot.
#include "notify/mailbox.hpp"

#include <gtest/gtest.h>

#include "notify/addresses.hpp"

namespace bursar::notify {
namespace {

struct Usable {
  std::string given, wire;
  bool needs_smtputf8 = false;
};

TEST(ParseMailbox, WritesUsableAddressesAsSmtpCarriesThem) {
  const std::string long_local(64, 'a');
  const std::vector<Usable> table = {
      {"user@example.test", "user@example.test"},
      {"first.last+tag@sub.example.test", "first.last+tag@sub.example.test"},
      {"!#$%&'*+-/=?^_`{|}~@example.test", "!#$%&'*+-/=?^_`{|}~@example.test"},
      {"user@localhost", "user@localhost"},
      {"user@[127.0.0.1]", "user@[127.0.0.1]"},
      {"user@[IPv6:2001:db8::1]", "user@[IPv6:2001:db8::1]"},
      {"\"odd name\"@example.test", "\"odd name\"@example.test"},
      {"\"a\\\"b@c\"@example.test", "\"a\\\"b@c\"@example.test"},
      // Mailboxes with dots in odd places exist; in quotes they are the same mailbox.
      {"a..b@example.test", "\"a..b\"@example.test"},
      {".a.@example.test", "\".a.\"@example.test"},
      // International domains become A-labels (RFC 5891), whatever their case and form.
      {"user@bücher.example", "user@xn--bcher-kva.example"},
      {"user@BÜCHER.example", "user@xn--bcher-kva.example"},
      {"user@bu\u0308cher.example", "user@xn--bcher-kva.example"},
      {"user@例え.テスト", "user@xn--r8jz45g.xn--zckzah"},
      {"user@straße.example", "user@xn--strae-oqa.example"},
      {"user@xn--bcher-kva.example", "user@xn--bcher-kva.example"},
      {"jürgen@example.test", "jürgen@example.test", true},
      {"用户@例え.テスト", "用户@xn--r8jz45g.xn--zckzah", true},
      {long_local + "@example.test", long_local + "@example.test"},
  };
  for (const Usable& row : table) {
    const auto mailbox = parse_mailbox(row.given);
    ASSERT_TRUE(mailbox) << row.given << ": " << mailbox.error();
    EXPECT_EQ(mailbox->address, row.wire);
    EXPECT_EQ(mailbox->needs_smtputf8, row.needs_smtputf8) << row.given;
  }
}

TEST(ParseMailbox, RefusesWhatNoServerCanBeAskedFor) {
  const std::vector<std::string> table = {
      "",
      "user",
      "@example.test",
      "user@",
      "user@example..test",
      "user@.example.test",
      "user@example.test.",
      "user@-example.test",
      "user@exa mple.test",
      "user@exam_ple.test",
      "user@example.test>",
      "user@[127.0.0.1",
      "user@[evil>\"]",
      "us er@example.test",
      "user,other@example.test",
      "<user@example.test>",
      "Name <user@example.test>",
      "a@b@example.test",
      "\"open@example.test",
      "\"in\"side\"@example.test",
      "\"end\\\"@example.test",
      "user\r\nRCPT TO:<x@y>@example.test",
      "user@example.test\r\nDATA",
      "user@example.test\nBcc: x@y.test",
      std::string("user\0@example.test", 18),
      "user\x7F@example.test",
      "user@b\xFC"
      "cher.example",
      "user@" + std::string(64, 'a') + ".test",
      std::string(65, 'a') + "@example.test",
      "user@" + std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + "." +
          std::string(63, 'd') + ".test",
      "user@xn--\u00FC.example",
  };
  for (const std::string& address : table) {
    const auto mailbox = parse_mailbox(address);
    ASSERT_FALSE(mailbox) << address << " became " << mailbox->address;
    EXPECT_FALSE(mailbox.error().empty());
  }
}

TEST(ParseSender, ReadsANameInFrontOfTheAddress) {
  const auto sender = parse_sender("Bursar Zahlungen für Köln <payments@köln.example>");
  ASSERT_TRUE(sender) << sender.error();
  EXPECT_EQ(sender->display_name, "Bursar Zahlungen für Köln");
  EXPECT_EQ(sender->mailbox.address, "payments@xn--kln-sna.example");
  EXPECT_EQ(parse_sender("\"Bursar, Inc.\" <p@example.test>")->display_name, "Bursar, Inc.");
  EXPECT_TRUE(parse_sender("p@example.test")->display_name.empty());
}

TEST(ParseSender, RefusesANameThatCouldEndItsLine) {
  for (const std::string from :
       {"Bursar\r\nBcc: x@y.test <p@example.test>", "p@example.test>", "Bursar <p>", ""})
    EXPECT_FALSE(parse_sender(from)) << from;
}

TEST(Addresses, TheContactComesFirst) {
  const UserId user(*parse_uuid("01932d4c-8f2a-7abc-8def-0123456789ab"));
  EXPECT_EQ(mail_address(user, "user@example.com", true), "user@example.com");
  EXPECT_EQ(phone_number(user, "+4915112345678", false), "+4915112345678");
}

TEST(Addresses, WithoutAContactDevelopmentDerivesThemAndProductionHasNone) {
  const UserId user(*parse_uuid("01932d4c-8f2a-7abc-8def-0123456789ab"));
  for (const auto& contact : {std::optional<std::string>(), std::optional<std::string>("")}) {
    EXPECT_EQ(mail_address(user, contact, true), "01932d4c-8f2a-7abc-8def-0123456789ab@example.test");
    EXPECT_EQ(mail_address(user, contact, false), std::nullopt);
    EXPECT_EQ(phone_number(user, contact, false), std::nullopt);
    const auto number = phone_number(user, contact, true);
    ASSERT_TRUE(number);
    EXPECT_TRUE(is_e164(*number)) << *number;
    EXPECT_TRUE(number->starts_with("+447700900")) << *number;
    EXPECT_EQ(number, phone_number(user, contact, true));
  }
}

TEST(Addresses, NeighbouringUsersGetDifferentNumbers) {
  SeededRandom random(7);
  std::map<std::string, int> seen;
  for (int i = 0; i < 200; ++i) {
    const UserId user(time_ordered_uuid(Instant(std::chrono::milliseconds(1'764'000'000'000 + i)), random));
    ++seen[*phone_number(user, std::nullopt, true)];
  }
  EXPECT_GT(seen.size(), 150U);
}

TEST(IsE164, TakesTheInternationalFormOnly) {
  for (const std::string number :
       {"+4477009001", "+12025550129", "+447700900123", "+123456789012345", "+1234567"})
    EXPECT_TRUE(is_e164(number)) << number;
  for (const std::string number :
       {"", "+", "447700900123", "+0477009001", "+44 7700 900123", "+44-7700", "+123456", "+1234567890123456",
        "+44770090012a", "++4477009001", "+4477009001\r\n", " +4477009001"})
    EXPECT_FALSE(is_e164(number)) << number;
}

}  // namespace
}  // namespace bursar::notify
