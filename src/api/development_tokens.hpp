// GET /docs/development-tokens: tokens of the seeded principals for the page that asks, in development only.
// Elsewhere the path is not there. Only under a name of this machine: a page of somebody else's that made its
// own name point here must not read them.
#pragma once
#include <functional>
#include <vector>

#include "api/call.hpp"

namespace bursar::api {

struct DevelopmentTokenBody {
  std::string role;
  std::string subject;
  std::string token;
};
BOOST_DESCRIBE_STRUCT(DevelopmentTokenBody, (), (role, subject, token))

template <>
struct Described<DevelopmentTokenBody> {
  static constexpr std::string_view name = "DevelopmentToken";
  static constexpr std::string_view description = "A token of a seeded principal.";
  static constexpr Member members[] = {
      {"role", {.description = "What it may do.", .example = R"("customer")"}},
      {"subject", {.description = "Whose it is."}},
      {"token", {.description = "To be sent as a bearer token."}}};
};

struct DevelopmentTokensBody {
  std::vector<DevelopmentTokenBody> tokens;
};
BOOST_DESCRIBE_STRUCT(DevelopmentTokensBody, (), (tokens))

template <>
struct Described<DevelopmentTokensBody> {
  static constexpr std::string_view name = "DevelopmentTokens";
  static constexpr std::string_view description = "One for each seeded principal.";
  static constexpr Member members[] = {{"tokens", {.description = "Fresh ones."}}};
};

/// Mints them; empty outside development.
using DevelopmentTokens = std::function<std::vector<DevelopmentTokenBody>()>;

Task<http::Response> show_development_tokens(const Call& call, const DevelopmentTokens& mint);

}  // namespace bursar::api
