// GET /livez and /readyz.
#pragma once
#include <functional>

#include "api/call.hpp"

namespace bursar::api {

struct HealthBody {
  std::string_view status;
};
BOOST_DESCRIBE_STRUCT(HealthBody, (), (status))

template <>
struct Described<HealthBody> {
  static constexpr std::string_view name = "Health";
  static constexpr std::string_view description = "What a load balancer asks.";
  static constexpr Member members[] = {
      {"status", {.description = "live or ready.", .example = R"("ready")"}}};
};

/// Why this process takes no work right now, as a sentence; nullopt when it does.
using Readiness = std::function<std::optional<std::string>()>;

Task<http::Response> show_live(const Call& call);
Task<http::Response> show_ready(const Call& call, const Readiness& not_ready);

}  // namespace bursar::api
