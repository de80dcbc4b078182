// What administrators send about principals and their client secrets. Handlers: principals.hpp.
#pragma once
#include "api/body.hpp"
#include "base/limits.hpp"

namespace bursar::api {

// Each says what is wrong with the text, or nothing.
std::string_view role_complaint(std::string_view text);
std::string_view rate_limit_complaint(std::string_view text);

inline constexpr Rule name_rule{.description = "For people.",
                                .example = R"("Shop, checkout")",
                                .max_characters = limits::principal_name_characters};
inline constexpr Rule role_rule{.description = "customer, service, support, analyst, operator or admin.",
                                .example = R"("service")",
                                .max_characters = 20,
                                .complaint = role_complaint};
inline constexpr Rule rate_limit_rule{.description =
                                          "Instead of the usual limits, in the form of "
                                          "BURSAR_RATE_LIMIT; empty takes it away.",
                                      .example = R"("create=50/s:100")",
                                      .min_characters = 0,
                                      .max_characters = limits::rate_limit_characters,
                                      .complaint = rate_limit_complaint};

struct NewPrincipalBody {
  std::string name, role;
  std::optional<std::string> issuer, subject, rate_limit;
};
BOOST_DESCRIBE_STRUCT(NewPrincipalBody, (), (name, role, issuer, subject, rate_limit))

template <>
struct Described<NewPrincipalBody> {
  static constexpr std::string_view name = "NewPrincipal";
  static constexpr std::string_view description =
      "One of our own, which gets a client secret; or, with `issuer` and `subject`, somebody whom a foreign "
      "issuer vouches for.";
  static constexpr Member members[] = {
      {"name", name_rule},
      {"role", role_rule},
      {"issuer",
       {.description = "`iss` of its tokens; together with `subject`.",
        .example = R"("https://login.example.test")",
        .max_characters = limits::issuer_bytes}},
      {"subject",
       {.description = "`sub` of its tokens.",
        .example = R"("auth0|5f7c8ec7c33c6c004bbafe82")",
        .max_characters = limits::token_subject_bytes}},
      {"rate_limit", rate_limit_rule},
  };
};

struct PrincipalChangeBody {
  std::optional<std::string> name, role, rate_limit;
};
BOOST_DESCRIBE_STRUCT(PrincipalChangeBody, (), (name, role, rate_limit))

template <>
struct Described<PrincipalChangeBody> {
  static constexpr std::string_view name = "PrincipalChange";
  static constexpr std::string_view description = "What is left out stays.";
  static constexpr Member members[] = {
      {"name", name_rule}, {"role", role_rule}, {"rate_limit", rate_limit_rule}};
};

struct NewSecretBody {
  std::optional<Instant> expires_at;
};
BOOST_DESCRIBE_STRUCT(NewSecretBody, (), (expires_at))

template <>
struct Described<NewSecretBody> {
  static constexpr std::string_view name = "NewSecret";
  static constexpr std::string_view description = "A further secret; the others stay until they are revoked.";
  static constexpr Member members[] = {
      {"expires_at",
       {.description = "When it ends by itself (RFC 3339 with an offset); never when left out.",
        .example = R"("2099-01-01T00:00:00Z")"}},
  };
};

struct ListPrincipals {
  std::optional<std::string> role, cursor;
  std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(ListPrincipals, (), (role, cursor, limit))

template <>
struct Described<ListPrincipals> {
  static constexpr std::string_view name = "ListPrincipals";
  static constexpr std::string_view description = "";
  static constexpr Member members[] = {
      {"role", role_rule},
      {"cursor",
       {.description = "`next_cursor` of the page before, with the same filters. Opaque.",
        .max_characters = 100}},
      {"limit",
       {.description = "Principals a page.",
        .example = "20",
        .minimum = 1,
        .maximum = limits::page_items_max,
        .fallback = "50"}},
  };
};

}  // namespace bursar::api
