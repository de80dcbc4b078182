#include "api/development_tokens.hpp"

#include <algorithm>
#include <array>

namespace bursar::api {
namespace {

/// True for a Host field that cannot be a stranger's name: a loopback address or localhost, with any port.
bool names_this_machine(std::string_view host) {
  constexpr std::array<std::string_view, 3> names{"127.0.0.1", "localhost", "[::1]"};
  return std::ranges::any_of(names, [host](std::string_view name) {
    if (!http::equal_name(host.substr(0, name.size()), name)) return false;
    return host.size() == name.size() || host[name.size()] == ':';
  });
}

}  // namespace

Task<http::Response> show_development_tokens(const Call& call, const DevelopmentTokens& mint) {
  const auto host = call.request.header("Host");
  if (!mint || !host || !names_this_machine(*host))
    co_return refuse(call.request, problems::no_such_route, "There is no such file in /docs.");
  DevelopmentTokensBody body;
  body.tokens = mint();
  co_return answer(body);
}

}  // namespace bursar::api
