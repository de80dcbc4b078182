// What becomes of the gateway's answers when the database does not take them: the answer is the only one who
// knows what happened outside, so it is given up only where it can never be written.
#include "base/limits.hpp"
#include "process.hpp"
#include "testing/run.hpp"

namespace bursar::workers {
namespace {

using Behaviour = testing::MemoryGateway::Behaviour;

// Outcomes are refused with that SQLSTATE: those of `payment` ("" = all) while `while_true` says so. Counted
// in the sequence "refusals", which no rollback sets back.
void refuse_outcomes(const testing::TestDatabase& database, const std::string& sqlstate,
                     const std::string& payment, const std::string& while_true) {
  database.query("CREATE SEQUENCE refusals MINVALUE 0 START 0");
  database.query(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
      " IF nextval('refusals') >= 0 AND " +
      while_true + " THEN RAISE EXCEPTION 'refused by the test' USING ERRCODE = '" + sqlstate +
      "'; END IF; RETURN NEW; END $$");
  database.query("CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH " +
                 (payment.empty() ? "STATEMENT" : "ROW WHEN (NEW.payment_id = '" + payment + "')") +
                 " EXECUTE FUNCTION refuse()");
}

// Two hundred and forty answers that come at once, of payments in one chunk.
Task<std::vector<PaymentId>> all_under_way(Process& process, const testing::TestDatabase& database) {
  process.gateway.script = [](PaymentId, int) { return Behaviour::hold; };
  auto ids = co_await process.accept(limits::chunk_items);
  into_one_chunk(database);
  process.loop.start();
  while (process.gateway.under_way() < limits::chunk_items) co_await pause(milliseconds(1));
  co_return ids;
}

constexpr auto outcomes = "SELECT count(*) FROM events WHERE type = 'succeeded'";

TEST(FinishFaults, ATimeOutOfTheDatabaseSplitsNothingAndGivesUpNoAnswer) {
  for (const char* sqlstate : {"57014", "40P01"}) {
    testing::TestDatabase database;
    auto body = [](const testing::TestDatabase& db, std::string state) -> Task<> {
      Process process(co_await asio::this_coro::executor, db.options());
      co_await all_under_way(process, db);
      refuse_outcomes(db, state, "", "(SELECT last_value FROM refusals) < 2");
      process.gateway.release_held();
      co_await eventually(db, outcomes, "240");
      co_await process.stop();
    };
    testing::run(body(database, sqlstate));
    EXPECT_EQ(database.value("SELECT last_value FROM refusals"), "2") << "twice refused, then taken whole";
    EXPECT_EQ(database.value("SELECT count(DISTINCT transaction) FROM events"), "1");
    EXPECT_EQ(database.value("SELECT count(*) FROM journal"), "0");
    expect_conserved(database);
  }
}

TEST(FinishFaults, ALockedRowHoldsUpNobodyElseAndItsAnswerIsKept) {
  testing::TestDatabase database;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    Process process(co_await asio::this_coro::executor, db.options());
    const auto ids = co_await all_under_way(process, db);
    refuse_outcomes(db, "55P03", ids[100].text(), "true");
    process.gateway.release_held();
    co_await eventually(db, outcomes, "239");
    // Tried again by itself, without the others.
    co_await eventually(db, "SELECT last_value > 10 FROM refusals", "t");
    db.query("DROP TRIGGER refuse ON events");
    co_await eventually(db, outcomes, "240");
    EXPECT_EQ(process.gateway.calls(ids[100]), 1);
    EXPECT_EQ(process.gateway.look_ups(ids[100]), 0);
    co_await process.stop();
  };
  testing::run(body(database));
  EXPECT_EQ(database.value("SELECT count(*) FROM journal"), "0");
  expect_conserved(database);
}

TEST(FinishFaults, AnAnswerThatCanNeverBeWrittenIsLookedUpLaterAndCostsNobodyElse) {
  testing::TestDatabase database;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    Process process(co_await asio::this_coro::executor, db.options());
    const auto ids = co_await all_under_way(process, db);
    refuse_outcomes(db, "22001", ids[100].text(), "true");
    process.gateway.release_held();
    co_await eventually(db, "SELECT count(*) FROM payments WHERE pending_reason = 'outcome unknown'", "1");
    co_await eventually(db, outcomes, "239");
    db.query("DROP TRIGGER refuse ON events");
    db.query("UPDATE messages SET due_at = clock_timestamp()");
    co_await eventually(db, outcomes, "240");
    EXPECT_EQ(process.gateway.calls(ids[100]), 1);
    EXPECT_EQ(process.gateway.look_ups(ids[100]), 1);
    co_await process.stop();
  };
  testing::run(body(database));
  expect_conserved(database);
}

}  // namespace
}  // namespace bursar::workers
