// Principals and their client secrets as administrators see them. What they send: principal_requests.hpp.
#pragma once
#include "api/body.hpp"
#include "api/payment_body.hpp"

namespace bursar::api {

inline constexpr std::string_view example_secret_id = R"("5b1c2e3d-0f4a-4c6b-9d8e-7a6f5c4b3a21")";
inline constexpr std::string_view example_instant = R"("2026-11-26T12:00:00.000004Z")";

struct ClientSecretBody {
  Uuid id;
  std::optional<std::string> client_secret;
  Instant created_at;
  std::optional<Instant> expires_at, revoked_at;
};
BOOST_DESCRIBE_STRUCT(ClientSecretBody, (), (id, client_secret, created_at, expires_at, revoked_at))

template <>
struct Described<ClientSecretBody> {
  static constexpr std::string_view name = "ClientSecret";
  static constexpr std::string_view description = "A secret by which a principal gets tokens.";
  static constexpr Member members[] = {
      {"id", {.description = "To revoke it by.", .example = example_secret_id}},
      {"client_secret",
       {.description = "The secret itself: only in the answer to its making, and kept nowhere.",
        .example = R"("bsr_WxwuPQ9KTGudjnpvXEs6IUe0n2Jc8dQ5Zq7y1Rk4u9p0vT3sLm6aBxYwCfGhEiDj")"}},
      {"created_at", {.description = "When it was made.", .example = example_instant}},
      {"expires_at",
       {.description = "When it ends by itself.", .example = R"("2099-01-01T00:00:00.000000Z")"}},
      {"revoked_at", {.description = "When it was revoked.", .example = example_instant}},
  };
};

struct PrincipalBody {
  PrincipalId id;
  std::optional<std::string> issuer, subject;
  std::string name, role;
  Instant created_at;
  std::optional<Instant> revoked_at;
  std::optional<std::string> rate_limit;
  std::optional<std::vector<ClientSecretBody>> secrets;
};
BOOST_DESCRIBE_STRUCT(PrincipalBody, (),
                      (id, issuer, subject, name, role, created_at, revoked_at, rate_limit, secrets))

template <>
struct Described<PrincipalBody> {
  static constexpr std::string_view name = "Principal";
  static constexpr std::string_view description =
      "Somebody who may call. Its role is what counts, whatever a token claims.";
  static constexpr Member members[] = {
      {"id",
       {.description = "Also its `client_id`; of a customer also its `user_id`.",
        .example = example_user_id}},
      {"issuer",
       {.description = "Who vouches for it; absent for our own.",
        .example = R"("https://login.example.test")"}},
      {"subject",
       {.description = "What that issuer calls it.", .example = R"("auth0|5f7c8ec7c33c6c004bbafe82")"}},
      {"name", {.description = "For people.", .example = R"("Shop, checkout")"}},
      {"role",
       {.description = "customer, service, support, analyst, operator or admin.", .example = R"("service")"}},
      {"created_at", {.description = "When it was made, or first seen.", .example = example_instant}},
      {"revoked_at", {.description = "Nothing of it counts since then.", .example = example_instant}},
      {"rate_limit", {.description = "Instead of the usual limits.", .example = R"("create=50/s:100")"}},
      {"secrets", {.description = "Of one principal: its newest secrets."}},
  };
};

struct PrincipalPageBody {
  std::vector<PrincipalBody> principals;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(PrincipalPageBody, (), (principals, next_cursor))

template <>
struct Described<PrincipalPageBody> {
  static constexpr std::string_view name = "PrincipalPage";
  static constexpr std::string_view description = "Only a page without next_cursor is the last.";
  static constexpr Member members[] = {
      {"principals", {.description = "The latest id first."}},
      {"next_cursor", {.description = "Where the next page starts; absent at the end."}},
  };
};

}  // namespace bursar::api
