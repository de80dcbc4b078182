// Which hosts a browser may have been led to. A page of somebody else can make its own name point to our
// address (DNS rebinding) and would then be same-origin with us; what it cannot do is to make the browser
// send another Host. So names are allowed by list; addresses always, because nobody's name is behind them.
// Pure.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace bursar::http {

/// Of a Host field as the reader let it through ("name", "name:8001", "[::1]:8001"). `names` are compared
/// without regard to case and to the port; "localhost" is always allowed.
bool is_allowed_host(std::string_view host, std::span<const std::string> names);

}  // namespace bursar::http
