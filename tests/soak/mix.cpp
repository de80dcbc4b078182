#include "tests/soak/mix.hpp"

#include <fmt/format.h>

#include <array>

namespace bursar::testing {
namespace {

constexpr std::size_t users = 64;
// Amounts of the simulator's table (devtools/gateway_sim_faults.cpp).
constexpr std::array<std::int64_t, 8> declines{40200, 40201, 40202, 40203, 40204, 40205, 40206, 40207};
constexpr std::array<std::int64_t, 7> misbehaviour{44400, 44401, 50000, 50001, 42900, 20006, 10200};

}  // namespace

Wanted ordinary_payment(std::size_t number) {
  Wanted wanted;
  wanted.key = fmt::format("soak-{}", number);
  wanted.user_id = fmt::format("0192f0c1-7b1e-7c3a-8f00-{:012x}", number % users);
  wanted.amount = 1000 + static_cast<std::int64_t>(number % 9000);  // below every amount of that table
  wanted.currency = number % 3 == 0 ? "USD" : "EUR";
  wanted.reference = fmt::format("order-{}", number);
  if (number % 10 == 7) wanted.amount = declines[number / 10 % declines.size()];
  return wanted;
}

Wanted payment_in_bad_times(std::size_t number) {
  Wanted wanted = ordinary_payment(number);
  if (number % 100 == 13) wanted.amount = misbehaviour[number / 100 % misbehaviour.size()];
  return wanted;
}

}  // namespace bursar::testing
