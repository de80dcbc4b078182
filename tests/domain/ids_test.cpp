#include <gtest/gtest.h>

#include "domain/payment.hpp"

namespace bursar {
namespace {

constexpr std::string_view payment = "0192f0c1-2345-7abc-8def-0123456789ab";

TEST(EventId, ReadsWhatItWrites) {
  for (const std::int16_t sequence : {1, 2, 10, 32767}) {
    const EventId id{PaymentId(*parse_uuid(payment)), sequence};
    EXPECT_EQ(id.text(), std::string(payment) + "." + std::to_string(sequence));
    EXPECT_EQ(parse_event_id(id.text()), id);
  }
}

TEST(EventId, HasOneSpelling) {
  for (const auto* tail : {"", ".", ".0", ".01", ".-1", ".+1", ".1 ", ". 1", ".1.", ".1a", ".32768",
                           ".99999999999999", ".one", "1", "-1"})
    EXPECT_EQ(parse_event_id(std::string(payment) + tail), std::nullopt) << tail;
  EXPECT_EQ(parse_event_id(".1"), std::nullopt);
  EXPECT_EQ(parse_event_id("0192f0c1.1"), std::nullopt);
}

TEST(PaymentStatus, TextsAreThoseOfTheApi) {
  for (const auto* text : {"PENDING", "SUCCESS", "FAILED"}) {
    const auto status = parse_payment_status(text);
    ASSERT_TRUE(status.has_value()) << text;
    EXPECT_EQ(to_text(*status), text);
  }
  for (const auto* bad : {"", "pending", "Pending", "PENDING ", "SUCCEEDED", "PEND", "0"})
    EXPECT_EQ(parse_payment_status(bad), std::nullopt) << bad;
}

TEST(PendingReason, TextsAreThoseOfTheDatabase) {
  EXPECT_EQ(to_text(PendingReason::queued), "queued");
  EXPECT_EQ(to_text(PendingReason::outcome_unknown), "outcome_unknown");
  EXPECT_EQ(to_text(PendingReason::parked), "parked");
}

}  // namespace
}  // namespace bursar
