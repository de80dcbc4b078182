// The whole API over HTTP on a real PostgreSQL: a server on a thread of its own, tokens for every role, and
// clients that write and read bytes. Every check of a refusal goes through check_refused().
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "api/create_payment.hpp"
#include "api/development_tokens.hpp"
#include "auth/key_seal.hpp"
#include "auth/policy.hpp"
#include "auth/rate_limit.hpp"
#include "base/json.hpp"
#include "http/address.hpp"
#include "testing/postgres.hpp"

namespace bursar::auth {
class SecretHashes;
}

namespace bursar::api::test {

inline constexpr std::string_view alice = "7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11";
inline constexpr std::string_view bob = "c56a4180-65aa-42ec-a945-5fd21dec0538";
inline constexpr std::string_view shop = "11111111-2222-4333-8444-555555555555";
inline constexpr std::string_view clerk = "99999999-8888-4777-8666-555555555555";

struct Answer {
  int status = 0;
  std::string head, body;

  /// The value of the header field, empty when it is missing.
  std::string field(std::string_view name) const;
  /// The body's members; fails the test when it is no object.
  json::object object() const;
  std::string text(std::string_view member) const;
};

struct Request {
  std::string method = "GET";
  std::string target = "/";
  std::string token;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

/// Who callers are: what their tokens claim, or the rows of the database, followed by a poll.
enum class Callers { as_claimed, as_rows };

class Stage {
 public:
  explicit Stage(const store::DatabaseOptions& database, GatewayTerms gateway = {},
                 DevelopmentTokens development_tokens = {},
                 auth::Listener listener = auth::Listener::everywhere, Callers callers = Callers::as_claimed,
                 auth::RateLimiter* limiter = nullptr, http::TrustedProxies proxies = {});
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  std::uint16_t port() const;
  /// For any thread.
  auth::SecretHashes& hashes() const;
  /// Sends on a connection of its own and waits for the answer.
  Answer send(const Request& request) const;
  /// The bytes as they are.
  Answer send_raw(std::string_view bytes, bool is_head = false) const;

 private:
  class Running;
  std::unique_ptr<Running> running_;
};

/// Signed with a development key.
std::string token(std::string_view subject, std::vector<auth::RoleName> roles);
/// Signed with a key of our own issuer that is none of development.
std::string plain_token(std::string_view subject, std::vector<auth::RoleName> roles);
/// Under which the stages seal private halves.
const auth::KeySeal& test_seal();
inline std::string customer(std::string_view subject) { return token(subject, {auth::RoleName::customer}); }
inline std::string service() { return token(shop, {auth::RoleName::service}); }
inline std::string staff(auth::RoleName role = auth::RoleName::support) { return token(clerk, {role}); }

/// POST /payments by alice for herself.
Request pay(std::string_view key, std::string_view body);
/// The body of a payment of 12.34 EUR by `user`, with more members behind it: `,"a":1`.
std::string payment_of(std::string_view user, std::string_view more = "");
Request get(std::string_view target, std::string token);

/// problem+json with this status and code, a request id, and no server fault.
void check_refused(const Answer& answer, int status, std::string_view code);
/// A refusal whose errors are exactly these: "/amount too_small".
void check_faults(const Answer& answer, std::vector<std::string> expected);

/// A database, and one API on it.
class ApiTest : public ::testing::Test {
 protected:
  testing::TestDatabase database_;
  Stage stage_{database_.options()};

  Answer send(const Request& request) { return stage_.send(request); }
  std::string rows() { return database_.value("SELECT count(*) FROM payment_intents"); }
};

}  // namespace bursar::api::test
