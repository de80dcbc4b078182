#include "store/work.hpp"

#include "base/check.hpp"

namespace bursar::store {

std::string_view to_text(ExecuteResult result) {
  switch (result) {
    case ExecuteResult::succeeded:
      return "succeeded";
    case ExecuteResult::failed:
      return "failed";
    case ExecuteResult::unknown:
      return "unknown";
    case ExecuteResult::retry:
      return "retry";
    case ExecuteResult::postponed:
      return "postponed";
  }
  fail_check("an execute result has a name");
}

std::string_view to_text(DeliveryResult result) {
  switch (result) {
    case DeliveryResult::sent:
      return "sent";
    case DeliveryResult::suppressed:
      return "suppressed";
    case DeliveryResult::ambiguous:
      return "ambiguous";
    case DeliveryResult::retry:
      return "retry";
    case DeliveryResult::dead:
      return "dead";
    case DeliveryResult::discarded:
      return "discarded";
    case DeliveryResult::postponed:
      return "postponed";
  }
  fail_check("a delivery result has a name");
}

}  // namespace bursar::store
