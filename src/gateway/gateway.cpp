#include "gateway/gateway.hpp"

namespace bursar::gateway {

std::string idempotency_key_of(PaymentId payment) { return "bursar-" + payment.text(); }

}  // namespace bursar::gateway
