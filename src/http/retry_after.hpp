// What a peer's Retry-After means (RFC 9110 §10.2.3). Peers send anything there; nothing of it may stop or
// overflow a timer. Pure.
#pragma once
#include <chrono>
#include <optional>

#include "http/client.hpp"

namespace bursar::http {

/// 0 … limits::retry_after_max: whole seconds, or a date (IMF-fixdate) minus the answer's own Date, so that
/// no clock of ours takes part. Absurd numbers are capped; junk, negative values, two lines, a date without
/// Date: nullopt, which means the normal backoff.
std::optional<std::chrono::seconds> retry_after_of(const ClientResponse& response);

}  // namespace bursar::http
