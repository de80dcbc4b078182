// The list call of the simulator: newest first, by seconds of creation, page by page.
#pragma once
#include <string_view>

#include "devtools/gateway_sim_state.hpp"
#include "http/message.hpp"

namespace bursar::devtools {

/// `visible_until`: what was created later is not listed yet (a list that lags).
http::Response list_response(std::string_view query, const GatewayState& state, Instant visible_until);

}  // namespace bursar::devtools
