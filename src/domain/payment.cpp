#include "domain/payment.hpp"

namespace bursar {

std::string_view to_text(PaymentStatus status) {
  switch (status) {
    case PaymentStatus::pending:
      return "PENDING";
    case PaymentStatus::success:
      return "SUCCESS";
    case PaymentStatus::failed:
      return "FAILED";
  }
  return "";
}

std::optional<PaymentStatus> parse_payment_status(std::string_view text) {
  for (const auto status : {PaymentStatus::pending, PaymentStatus::success, PaymentStatus::failed})
    if (to_text(status) == text) return status;
  return std::nullopt;
}

std::string_view to_text(PendingReason reason) {
  switch (reason) {
    case PendingReason::queued:
      return "queued";
    case PendingReason::outcome_unknown:
      return "outcome_unknown";
    case PendingReason::parked:
      return "parked";
  }
  return "";
}

}  // namespace bursar
