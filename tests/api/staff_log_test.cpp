// What staff do is on record before anybody sees the answer, and the log is read like any other listing.
#include <limits>

#include "api/cursor.hpp"
#include "stage.hpp"

namespace bursar::api::test {
namespace {

using auth::Listener;
using auth::RoleName;

class StaffLog : public ApiTest {
 protected:
  Answer ask(const Request& request) { return operations_.send(request); }
  Answer audit(std::string_view query = "") {
    return ask(get(fmt::format("/ops/audit{}{}", query.empty() ? "" : "?", query), staff(RoleName::admin)));
  }
  // "operation target detail status" of the entries, newest first.
  std::vector<std::string> entries() {
    std::vector<std::string> found;
    for (const auto& row :
         database_.query("SELECT operation, coalesce(target, '-'), coalesce(detail, '-'), status FROM "
                         "staff_actions ORDER BY recorded_at DESC, action_id DESC"))
      found.push_back(fmt::format("{} {} {} {}", row[0], row[1], row[2], row[3]));
    return found;
  }
  Answer put_contact(std::string_view user, std::string token,
                     std::string body = R"({"email":"a@example.test"})") {
    return ask({.method = "PUT",
                .target = fmt::format("/users/{}/contact", user),
                .token = std::move(token),
                .headers = {{"Content-Type", "application/json"}},
                .body = std::move(body)});
  }
  // From now on nothing can be recorded.
  void break_the_log() {
    database_.query("ALTER TABLE staff_actions ADD CONSTRAINT full_ CHECK (false) NOT VALID");
  }

  Stage operations_{database_.options(), {}, {}, Listener::operations};
};

TEST_F(StaffLog, SaysWhoDidWhatToWhomFromWhereAndWithWhichResult) {
  const std::string id = send(pay("k", payment_of(alice))).text("id");
  auto request = get("/payments/" + id, token(clerk, {RoleName::admin, RoleName::support, RoleName::admin}));
  request.headers = {{"X-Request-Id", "inquiry-1"}};
  ASSERT_EQ(send(request).status, 200);
  const auto page = audit("limit=1").object();
  const auto& entry = page.at("actions").as_array().at(0).as_object();
  EXPECT_EQ(entry.at("principal_id"), json::value(clerk));
  EXPECT_EQ(entry.at("roles"), "support,admin");
  EXPECT_EQ(entry.at("operation"), "getPayment");
  EXPECT_EQ(entry.at("target"), json::value(id));
  EXPECT_FALSE(entry.contains("detail"));
  EXPECT_EQ(entry.at("status"), 200);
  EXPECT_EQ(entry.at("request_id"), "inquiry-1");
  EXPECT_EQ(entry.at("address"), "127.0.0.1");
}

TEST_F(StaffLog, HoldsTheAddressBehindATrustedProxyAndNobodyElsesWord) {
  auto request = get("/payments", staff());
  request.headers = {{"X-Forwarded-For", "203.0.113.7"}};
  send(request);
  const Stage behind_a_proxy(database_.options(), {}, {}, Listener::everywhere, Callers::as_claimed, nullptr,
                             http::TrustedProxies::parse("127.0.0.1").value());
  behind_a_proxy.send(request);
  EXPECT_EQ(database_.query("SELECT address FROM staff_actions ORDER BY recorded_at, action_id"),
            (std::vector<std::vector<std::string>>{{"127.0.0.1"}, {"203.0.113.7"}}));
}

TEST_F(StaffLog, HoldsFiltersOfReadsAndWhomTheyWereAbout) {
  send(get(fmt::format("/payments?user_id={}&status=FAILED", alice), staff()));
  send(get("/payments?reference=order%201", staff()));
  audit(fmt::format("target={}&from=2026-11-26T00:00:00Z&limit=1", alice));
  EXPECT_EQ(entries(),
            (std::vector<std::string>{
                fmt::format("listStaffActions {} target=… from=2026-11-26T00:00:00Z limit=1 200", alice),
                "listPayments - reference=… 200",
                fmt::format("listPayments {0} user_id={0} status=FAILED 200", alice)}));
}

// Nobody can erase from the log: it holds no text that a person typed.
TEST_F(StaffLog, HoldsNoFreeTextAndNothingThatIsNotWhatItShouldBe) {
  for (const char* query : {"nonsense=Zoe", "nonsense", "nonsense=Zoe&Zoe=1&limit=5", "user_id=Zoe",
                            "status=Zoe", "limit=Zoe", "currency=EUR&cursor=Zoe", "created_after=Zoe"})
    send(get(fmt::format("/payments?{}", query), staff()));
  send(get("/payments/a?Zoe=1", staff()));
  EXPECT_EQ(entries(), (std::vector<std::string>{
                           "getPayment a and unknown names 404", "listPayments - created_after=… 422",
                           "listPayments - currency=EUR cursor=… 422", "listPayments - limit=… 422",
                           "listPayments - status=… 422", "listPayments - user_id=… 422",
                           "listPayments - limit=5 and unknown names 422", "listPayments - - 422",
                           "listPayments - and unknown names 422"}));
}

TEST_F(StaffLog, HoldsNoCardNumberAndNoTextThatIsNoId) {
  const std::string card = "4242424242424242";
  send(get("/payments/" + card, staff()));
  send(get("/payments?reference=" + card, staff()));
  send(get("/payments/%D0%B0", staff()));
  send(get("/payments/" + std::string(129, 'a'), staff()));
  send(get("/payments?reference=" + std::string(600, 'a'), staff()));
  EXPECT_EQ(entries(), (std::vector<std::string>{"listPayments - reference=… 422", "getPayment - - 404",
                                                 "getPayment - - 404", "listPayments - reference=… 422",
                                                 "getPayment - - 404"}));
}

TEST_F(StaffLog, HasTheChangeInTheTransactionOfTheChange) {
  ASSERT_EQ(put_contact(alice, staff(RoleName::operations)).status, 200);
  EXPECT_EQ(database_.value(
                "SELECT count(*) FROM contacts c JOIN staff_actions s ON s.xmin = c.xmin AND s.target = "
                "c.user_id::text AND s.status = 200"),
            "1");
  EXPECT_EQ(put_contact(alice, staff(RoleName::operations), R"({"fax":"1"})").status, 422);
  EXPECT_EQ(put_contact(alice, staff(RoleName::support)).status, 403);
  EXPECT_EQ(put_contact(alice, customer(alice)).status, 200);
  EXPECT_EQ(put_contact(alice, service()).status, 200);
  EXPECT_EQ(entries(), (std::vector<std::string>{fmt::format("putContact {} - 403", alice),
                                                 fmt::format("putContact {} - 422", alice),
                                                 fmt::format("putContact {} - 200", alice)}));
}

TEST_F(StaffLog, WhatCannotBeRecordedIsNeitherShownNorDone) {
  const std::string id = send(pay("k", payment_of(alice))).text("id");
  ASSERT_EQ(put_contact(alice, customer(alice), R"({"email":"before@example.test"})").status, 200);
  break_the_log();
  for (const std::string& target :
       {"/payments/" + id, std::string("/payments"), "/payments/" + id + "/timeline",
        fmt::format("/users/{}/contact", alice)}) {
    const Answer answer = send(get(target, staff()));
    EXPECT_GE(answer.status, 500) << target;
    EXPECT_EQ(answer.body.find("example.test"), std::string::npos) << answer.body;
    EXPECT_EQ(answer.body.find("amount"), std::string::npos) << answer.body;
  }
  EXPECT_GE(put_contact(alice, staff(RoleName::admin)).status, 500);
  EXPECT_GE(put_contact(alice, staff(RoleName::support)).status, 500) << "nor is a refusal";
  EXPECT_EQ(database_.value("SELECT email FROM contacts"), "before@example.test");
  EXPECT_EQ(send(get("/payments/" + id, customer(alice))).status, 200) << "others are not held up";
}

TEST_F(StaffLog, IsListedPageByPageUnderItsOwnEyes) {
  for (const auto* path : {"/payments/a", "/payments/b", "/payments/c"}) send(get(path, staff()));
  std::vector<std::string> found;
  std::string cursor;
  do {
    const Answer page = audit("operation=getPayment&limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor));
    ASSERT_EQ(page.status, 200) << page.body;
    const auto body = page.object();
    for (const auto& entry : body.at("actions").as_array())
      found.emplace_back(entry.as_object().at("target").as_string());
    const auto* next = body.if_contains("next_cursor");
    cursor = next != nullptr ? std::string(next->as_string()) : "";
  } while (!cursor.empty());
  EXPECT_EQ(found, (std::vector<std::string>{"c", "b", "a"}));
  EXPECT_EQ(audit("operation=listStaffActions").object().at("actions").as_array().size(), 2U);
}

TEST_F(StaffLog, RefusesFiltersThatNoIndexServesAndForeignCursors) {
  check_faults(audit("target=a&operation=getPayment"), {"operation unsupported_filter"});
  check_faults(audit(fmt::format("principal_id={}&only=refused", clerk)), {"only unsupported_filter"});
  check_faults(audit("only=allowed"), {"only malformed"});
  check_faults(audit("principal_id=x"), {"principal_id malformed"});
  for (int i = 0; i < 2; ++i) send(get("/payments/a", staff()));
  const std::string cursor = audit("target=a&limit=1").text("next_cursor");
  EXPECT_EQ(audit("target=a&limit=1&cursor=" + cursor).status, 200);
  check_faults(audit("target=b&cursor=" + cursor), {"cursor invalid_cursor"});
  check_faults(audit("cursor=" + cursor), {"cursor invalid_cursor"});
  check_faults(audit("cursor=AQ"), {"cursor invalid_cursor"});
}

// A cursor of the listing without filters, as anybody can make one.
std::string forged_cursor(std::int64_t microseconds) {
  std::string filters;
  for (int i = 0; i < 6; ++i) append_filter(filters, "");
  std::vector<std::uint8_t> key(16);
  for (std::size_t i = 8; i-- > 0; microseconds >>= 8) key[i] = static_cast<std::uint8_t>(microseconds);
  return make_cursor(key, filters);
}

TEST_F(StaffLog, AForgedCursorHasTheTimeOfAnEntryOrIsNone) {
  send(get("/payments/a", staff()));
  constexpr std::int64_t year_1 = -62'135'596'800'000'000, year_10000 = 253'402'300'800'000'000;
  using Limits = std::numeric_limits<std::int64_t>;
  for (const std::int64_t never :
       {Limits::min(), Limits::min() + 1, year_1 - 1, year_10000, Limits::max() - 1, Limits::max()})
    check_faults(audit("cursor=" + forged_cursor(never)), {"cursor invalid_cursor"});
  for (const auto& [possible, actions] : {std::pair(year_1, 0U), std::pair(year_10000 - 1, 1U)}) {
    const Answer page = audit("limit=1&cursor=" + forged_cursor(possible));
    ASSERT_EQ(page.status, 200) << page.body;
    EXPECT_EQ(page.object().at("actions").as_array().size(), actions);
  }
}

}  // namespace
}  // namespace bursar::api::test
