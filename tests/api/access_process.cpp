#include "access_process.hpp"

#include "testing/run.hpp"

namespace bursar::api::test {

auth::Key configured_key() {
  auth::Key key;
  key.id = "configured";
  key.verification.assign(32, 0x42);
  key.signing = key.verification;
  key.development = true;
  return key;
}

void Play::add_retired(const auth::Key& key, std::string_view ago) const {
  database.query(
      fmt::format("INSERT INTO token_keys (key_id, algorithm, public_jwk, state, retired_at) "
                  "VALUES ('{}', 'EdDSA', '{}', 'retired', now() - interval '{}')",
                  key.id, auth::public_jwk(key), ago));
}

void on_process(Task<> (*story)(Play&, Process&)) {
  Play play;
  const auto tell = [](Play& with, Task<> (*what)(Play&, Process&)) -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    Process process(executor, with.database.options(), with.clock);
    co_await what(with, process);
  };
  testing::run(tell(play, story));
}

}  // namespace bursar::api::test
