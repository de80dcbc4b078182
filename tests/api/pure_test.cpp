// What needs no server: cursors, traces, codes.
#include <gtest/gtest.h>

#include <set>

#include "api/cursor.hpp"
#include "api/docs.hpp"
#include "api/problems.hpp"
#include "api/timeline.hpp"
#include "api/traceparent.hpp"
#include "http/problem_codes.hpp"

namespace bursar::api {
namespace {

TEST(Cursor, ComesBackWithTheSameFiltersOnly) {
  const PaymentId id(*parse_uuid("0199a3c2-7f10-7abc-8def-0123456789ab"));
  store::PaymentFilter filter;
  filter.reference = "r";
  const std::string cursor = make_cursor(id, filter);
  EXPECT_EQ(read_cursor(cursor, filter), id);
  EXPECT_EQ(read_cursor(cursor, {}), std::nullopt);
  filter.status = PaymentStatus::failed;
  EXPECT_EQ(read_cursor(cursor, filter), std::nullopt);
}

TEST(Cursor, AnythingElseIsNone) {
  const std::string good = make_cursor(PaymentId(), {});
  std::string changed = good;
  changed[5] = changed[5] == 'A' ? 'B' : 'A';
  // Another id with the same filters is a cursor too: it grants nothing.
  EXPECT_NE(read_cursor(changed, {}), std::optional(PaymentId()));
  for (const std::string& bad : {std::string(), std::string("x"), good + "A", good.substr(1), good + "=",
                                 "B" + good.substr(1), std::string(34, '!'), std::string(1000, 'A')})
    EXPECT_EQ(read_cursor(bad, {}), std::nullopt) << bad;
}

TEST(Traceparent, ReadsWhatTheStandardAllows) {
  const auto context = parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  ASSERT_TRUE(context.has_value());
  EXPECT_EQ(context->trace_id.text(), "0af76519-16cd-43dd-8448-eb211c80319c");
  EXPECT_EQ(context->span_id, 0xb7ad6b7169203331U);
  for (const auto* later : {"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-what",
                            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff"})
    EXPECT_EQ(parse_traceparent(later), context) << later;
}

TEST(Traceparent, AnythingElseIsNone) {
  for (const auto* bad : {"", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
                          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-011",
                          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
                          "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                          "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01what",
                          "0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                          "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                          "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01",
                          "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                          "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                          "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
                          "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
                          "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
                          " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
    EXPECT_EQ(parse_traceparent(bad), std::nullopt) << bad;
}

TEST(Problems, EveryCodeIsThereOnceAndExplained) {
  std::set<std::string_view> codes;
  for (const ProblemKind* kind : all_problems()) {
    EXPECT_TRUE(codes.insert(kind->code).second) << kind->code;
    EXPECT_TRUE(kind->status >= 400 && kind->status < 600) << kind->code;
    EXPECT_FALSE(kind->title.empty() || kind->meaning.empty()) << kind->code;
  }
  for (const FaultKind* kind : all_faults()) {
    EXPECT_TRUE(codes.insert(kind->code).second) << kind->code;
    EXPECT_FALSE(kind->meaning.empty()) << kind->code;
  }
}

TEST(Problems, AnUnknownMethodIsToldEveryKnownOne) {
  for (const auto method : http::methods)
    EXPECT_NE(problems::not_implemented.meaning.find(method), std::string_view::npos) << method;
}

TEST(AcceptEncoding, GzipIsSentUnlessItIsForbidden) {
  const auto accepts = [](std::optional<std::string_view> field) {
    http::Request request;
    if (field) request.headers.push_back({"Accept-Encoding", *field});
    return accepts_gzip(request);
  };
  EXPECT_TRUE(accepts(std::nullopt));
  for (const auto* yes : {"gzip", "gzip, deflate, br", "br;q=1.0, GZIP;q=0.5", "*", "*;q=0.1", "identity, *"})
    EXPECT_TRUE(accepts(yes)) << yes;
  for (const auto* no : {"", "identity", "br", "gzip;q=0", "gzip; q=0.000, br", "*;q=0", "gzip;q=0, *"})
    EXPECT_FALSE(accepts(no)) << no;
}

TEST(Explanation, NamesTheReasonAndTheNextStep) {
  Payment payment{.money = {1, *Currency::from_code("EUR")}};
  payment.pending_reason = PendingReason::outcome_unknown;
  payment.next_step_at = *from_rfc3339("2026-11-26T12:00:05Z");
  EXPECT_NE(explain(payment).find("2026-11-26T12:00:05"), std::string::npos) << explain(payment);
  payment.pending_reason = PendingReason::parked;
  payment.next_step_at.reset();
  EXPECT_NE(explain(payment).find("operator"), std::string::npos) << explain(payment);
  payment.status = PaymentStatus::failed;
  payment.failure_code = "card_declined";
  EXPECT_NE(explain(payment).find("card_declined"), std::string::npos) << explain(payment);
}

}  // namespace
}  // namespace bursar::api
