// A process as far as it knows who may call, on a real database without a server: the poll runs when the test
// says so, and time passes when the test says so.
#pragma once
#include "api/access_poll.hpp"
#include "api/first_sight.hpp"
#include "auth/authenticator.hpp"
#include "base/error.hpp"
#include "stage.hpp"
#include "testing/manual_clock.hpp"

namespace bursar::api::test {

inline constexpr std::string_view customer_id = "0199b000-0000-7000-8000-00000000000a";
inline constexpr std::string_view support_id = "0199b000-0000-7000-8000-00000000000b";

/// Of our own issuer, from the configuration, for development.
auth::Key configured_key();

/// One process with one loop.
class Process {
 public:
  Process(const Executor& executor, const store::DatabaseOptions& database, testing::ManualClock& clock)
      : clock_(clock),
        reads_(executor, store::connect_as(database, store::Role::api), 2),
        operations_(executor, store::connect_as(database, store::Role::operations), 1),
        principals_(reads_),
        first_sight_(principals_, &operations_, watch_, clock, random_),
        poll_(executor,
              {.database = database,
               .seal = test_seal(),
               .use_keys = [this](std::vector<auth::Key> keys) { use(std::move(keys)); }},
              clock, watch_, issued_),
        authenticator_(watch_, ring_, clock, [this](const auth::Verified& verified) {
          ++looks_;
          return first_sight_.resolve(verified);
        }) {
    use({});
  }

  Task<> poll() { return poll_.poll_once(); }
  /// The roles, or why not: "customer", "refused: …", "unavailable: …".
  Task<std::string> ask(std::string token) {
    const std::string field = "Bearer " + token;
    if (const auth::Caller* known = authenticator_.find(field))
      co_return std::string(auth::to_text(known->roles.at(0)));
    try {
      const auto caller = co_await authenticator_.verify(field);
      if (!caller) co_return "refused: " + caller.error().reason;
      co_return std::string(auth::to_text(caller->roles.at(0)));
    } catch (const Unavailable& away) {
      co_return std::string("unavailable: ") + away.what();
    }
  }
  std::string token(std::string_view subject, auth::RoleName role,
                    const auth::Key& key = configured_key()) const {
    const auth::MintRequest request{*parse_uuid(subject), {role}};
    return auth::mint(key, auth::VerifierOptions(), request, clock_.now());
  }
  /// By the key of the issuer that signs now.
  std::string issued_token(std::string_view subject) const {
    return token(subject, auth::RoleName::customer, issued_.get()->signing.value());
  }
  int looks() const { return looks_; }
  bool signs() const { return issued_.get()->signing.has_value(); }

 private:
  void use(std::vector<auth::Key> issued) {
    auth::TrustedIssuer own;
    own.issuer = {"bursar", "bursar", true, auth::RoleName::customer};
    issued.push_back(configured_key());
    for (auth::Key& key : issued)
      own.keys.push_back(std::make_shared<const auth::SignatureKey>(std::move(key)));
    std::vector<auth::TrustedIssuer> all;
    all.push_back(std::move(own));
    ring_.replace(std::move(all));
  }

  testing::ManualClock& clock_;
  SystemRandom random_;
  auth::AccessWatch watch_;
  auth::IssuedKeysHolder issued_;
  auth::KeyRing ring_;
  pg::Pool reads_, operations_;
  store::Principals principals_;
  FirstSight first_sight_;
  AccessPoll poll_;
  auth::Authenticator authenticator_;
  int looks_ = 0;
};

struct Play {
  testing::TestDatabase database;
  testing::ManualClock clock;

  void revoke(std::string_view id) const {
    database.query(fmt::format("UPDATE principals SET revoked_at = now() WHERE principal_id = '{}'", id));
  }
  /// A key of ours that another process retired so long ago; its tokens still count for a while.
  void add_retired(const auth::Key& key, std::string_view ago = "0 s") const;
  /// Nothing about access can be read until give_back().
  void take_rights() const { database.query("REVOKE SELECT ON access_epoch FROM " + api_role()); }
  void give_back() const { database.query("GRANT SELECT ON access_epoch TO " + api_role()); }
  std::string api_role() const { return database.options().role_prefix + "_api"; }
};

/// Tells a story on a migrated database of its own.
void on_process(Task<> (*story)(Play&, Process&));

}  // namespace bursar::api::test
