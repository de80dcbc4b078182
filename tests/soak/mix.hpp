// What the clients of a soak ask for: mostly ordinary payments of many users, one in ten declined by the
// gateway, and, when it is asked for, one in a hundred with which the gateway misbehaves.
#pragma once
#include "testing/load.hpp"

namespace bursar::testing {

/// The n-th payment. `misbehaving`: also resets, stored errors, refusals for now, slow and processing
/// answers, all of which must end in one charge.
Wanted ordinary_payment(std::size_t number);
Wanted payment_in_bad_times(std::size_t number);

}  // namespace bursar::testing
