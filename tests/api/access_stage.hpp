// The operations listener with callers that are rows: for the tests of log-ins, principals and keys. Whoever
// calls gets its row at first sight, from a development key.
#pragma once
#include "stage.hpp"

namespace bursar::api::test {

inline constexpr std::string_view boss = "0199b000-0000-7000-8000-000000000001";
inline std::string admin() { return token(boss, {auth::RoleName::admin}); }

/// A principal with its log-in.
struct Account {
  std::string id, secret_id, secret;
};

class AccessTest : public ::testing::Test {
 protected:
  /// Without limits unless somebody gives them, who outlives this.
  explicit AccessTest(auth::RateLimiter* limiter = nullptr)
      : stage_(database_.options(), {}, {}, auth::Listener::operations, Callers::as_rows, limiter) {}

  Answer send(const Request& request) const { return stage_.send(request); }
  /// By the administrator, with a JSON body unless it is empty.
  Answer admin_sends(std::string method, std::string target, std::string body = "") const;
  Account create(std::string_view role) const;
  /// POST /auth/token as a form.
  Answer log_in(const Account& account) const;
  /// The access token of a log-in that succeeds.
  std::string token_of(const Account& account) const;
  /// Both keys of the issuer, known to the stage. Returns the one that signs.
  std::string make_keys() const;
  /// Asks until the status comes; fails the test when it does not.
  void wait_for_status(const Request& request, int status) const;
  std::string value(const std::string& sql) const { return database_.value(sql); }

  testing::TestDatabase database_;
  Stage stage_;
};

}  // namespace bursar::api::test
