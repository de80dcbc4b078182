// `bursar audit` finds what it says it looks for: in a copy of a database where all is well, one fault is
// planted at a time, in the tables or in the gateway's ledger.
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <set>
#include <sstream>

#include "testing/postgres.hpp"
#include "tests/binary/peers.hpp"
#include "tests/binary/settings.hpp"

namespace bursar::testing {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

std::string read(const fs::path& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

std::string with(std::string text, const std::string& what, const std::string& instead) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + instead.size()))
    text.replace(at, what.size(), instead);
  return text;
}

/// One payment that succeeded and one that was declined, both told by both channels, and nobody at work any
/// more.
class Settled {
 public:
  Settled() {
    Server server("api,executor,notifier", serve_environment(database_.options(), peers_.environment()));
    server.wait_until_ready();
    paid_ = server.pay("one").text("id");
    declined_ = server.pay("two", 40200).text("id");
    EXPECT_TRUE(eventually([&] {
      return database_.value("SELECT count(*) FROM deliveries WHERE state <> 'retry'") == "4" &&
             database_.value("SELECT count(*) FROM chunks") == "0";
    }));
    server.process().signal(SIGTERM);
    EXPECT_EQ(server.process().wait().code, 0);
    ledger_ = read(folder_.path() / "gateway-ledger.jsonl");
  }

  /// The ledger's line of the kind about the payment that succeeded.
  std::string line(const std::string& kind) const {
    std::istringstream lines(ledger_);
    for (std::string line; std::getline(lines, line);)
      if (line.find("\"kind\":\"" + kind + "\"") != std::string::npos &&
          line.find(paid_) != std::string::npos)
        return line + "\n";
    ADD_FAILURE() << "no " << kind << " in " << ledger_;
    return {};
  }

  /// The invariants that the audit of a copy calls broken, with the fault planted. In `sql`, $paid and
  /// $declined are the payments.
  /// Also when the ledger is read once for each payment.
  Names broken(const std::string& sql, const std::string& ledger, const char* window = "500000") const {
    const auto copy = TestDatabase::empty("TEMPLATE " + database_.value("SELECT current_database()"));
    if (!sql.empty())
      copy.query(with(with(sql, "$paid", "'" + paid_ + "'"), "$declined", "'" + declined_ + "'"));
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "ledger.jsonl";
    std::ofstream(file) << ledger;
    const Finished audit =
        run_binary({"audit", "--settled-after", "0s", "--window", window, "--gateway-ledger", file.string()},
                   serve_environment(copy.options()));
    Names names;
    std::istringstream lines(audit.out);
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("BROKEN")) names.insert(line.substr(7, line.find("  ", 7) - 7));
    EXPECT_EQ(audit.code, names.empty() ? 0 : 9) << audit.out << audit.err;
    // The cluster of the tests does not sync: a true finding, everywhere.
    EXPECT_EQ(names.erase("I-30"), 1U) << audit.out;
    return names;
  }

  const std::string& ledger() const { return ledger_; }
  const std::string& paid() const { return paid_; }

 private:
  TestDatabase database_;
  TemporaryFolder folder_;
  Peers peers_{folder_.path()};
  std::string paid_, declined_, ledger_;
};

struct Planted {
  const char* what;
  const char* sql;
  Names found;
};

TEST(Audit, FindsEveryFaultPlantedInTheTables) {
  const std::vector<Planted> table = {
      {"nothing", "", {}},
      {"a lost outcome", "DELETE FROM deliveries; DELETE FROM events", {"I-14, I-17"}},
      {"a lost delivery",
       "DELETE FROM deliveries WHERE channel = 100 AND payment_id = $paid",
       {"I-14, I-17"}},
      {"an outcome of nothing",
       "INSERT INTO events (payment_id, sequence, type, created_by) VALUES"
       " ('ffffffff-0000-7000-8000-000000000000', 1, 'failed', $paid)",
       {"I-11, I-13", "I-14, I-17"}},
      {"an outcome of somebody else",
       "UPDATE events SET created_by = $declined WHERE payment_id = $paid",
       {"I-11, I-13"}},
      {"an outcome although still queued",
       "INSERT INTO messages (queue, payment_id, sequence, due_at) VALUES (1, $paid, 0, now())",
       {"I-14, I-17"}},
      {"told and still to be told",
       "INSERT INTO messages (queue, payment_id, sequence, due_at) VALUES (100, $paid, 1, now())",
       {"I-14, I-17", "I-16"}},
      {"told of something that did not happen",
       "INSERT INTO deliveries (payment_id, sequence, channel, state) VALUES ($paid, 2, 100, 'sent')",
       {"I-16"}},
      {"a message that nobody takes",
       "DELETE FROM deliveries WHERE channel = 100 AND payment_id = $paid; INSERT INTO messages"
       " (queue, payment_id, sequence, due_at) VALUES (100, $paid, 1, now() - interval '10 min')",
       {"I-12"}},
      {"a chunk of a worker that is gone",
       "DELETE FROM deliveries WHERE channel = 100 AND payment_id = $paid; INSERT INTO chunks"
       " (queue, items, worker, claim, enqueued_at) VALUES (100, ARRAY[$paid::uuid], 77, 1, now() - interval "
       "'10 min')",
       {"I-12"}},
      {"a message past its tries",
       "DELETE FROM deliveries WHERE channel = 100 AND payment_id = $paid; INSERT INTO messages"
       " (queue, payment_id, sequence, due_at, tries) VALUES (100, $paid, 1, now(), 99)",
       {"I-18, I-19"}},
      {"a dead letter of something that was sent",
       "INSERT INTO dead_letters (queue, payment_id, sequence, target, replay, tries, crashes, enqueued_at, "
       "reason)"
       " VALUES (100, $paid, 1, 0, 0, 1, 0, now(), 'x')",
       {"I-14, I-17", "I-18, I-19"}},
      {"a day that was counted wrongly",
       "INSERT INTO analytics_daily VALUES ('2026-01-01', 'EUR', 1, 1, 0, 0, 1, 1, 0, 1, '{}', '1', 1)",
       {"I-21"}},
  };
  const Settled settled;
  for (const auto& [what, sql, found] : table)
    EXPECT_EQ(settled.broken(sql, settled.ledger()), found) << what;
}

TEST(Audit, CountsAllOffendersAndShowsTheFirst) {
  const TestDatabase database;
  database.query(
      "INSERT INTO events (payment_id, sequence, type, created_by) SELECT"
      " ('ffffffff-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 1, 'failed', gen_random_uuid()"
      " FROM generate_series(1, 50) i");
  const Finished audit = run_binary({"audit"}, serve_environment(database.options()));
  EXPECT_NE(audit.out.find("its principal: 50 found"), std::string::npos) << audit.out;
  EXPECT_NE(audit.out.find("000000000020.1"), std::string::npos) << audit.out;
  EXPECT_EQ(audit.out.find("000000000021.1"), std::string::npos) << audit.out;
}

TEST(Audit, ADayThatCouldNotBeCountedSinceItsLastPaymentIsNotClosed) {
  const TestDatabase database;
  const auto broken_days = [&database] {
    const Finished audit = run_binary({"audit"}, serve_environment(database.options()));
    return audit.out.find("BROKEN I-21") != std::string::npos;
  };
  database.query(
      "INSERT INTO payment_intents (payment_id, key_digest, created_by, user_id, created_at, gateway, amount,"
      " currency, fingerprint, idempotency_key) VALUES (overlay(first_id('2026-01-01 12:00+00')::text PLACING"
      " '7000-8000-000000000001' FROM 15)::uuid, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),"
      " '2026-01-01 12:00+00', 1, 100, 'EUR', 'x', 'k')");
  database.query(
      "INSERT INTO events (payment_id, sequence, type, created_by)"
      " SELECT payment_id, 1, 'succeeded', created_by FROM payment_intents");
  database.query(
      "INSERT INTO analytics_daily VALUES"
      " ('2026-01-01', 'USD', 0, 0, 0, 0, 0, 0, 0, 0, '{}', '1', 1, '2026-01-01 11:00+00')");
  EXPECT_FALSE(broken_days()) << "the scheduler was away; it is counted when that is back";
  database.query("UPDATE analytics_daily SET restated_at = '2026-01-01 12:01:01+00'");
  EXPECT_TRUE(broken_days()) << "counted, and without it";
}

TEST(Audit, FindsEveryFaultPlantedInTheLedger) {
  const Settled settled;
  const std::string charge = settled.line("charge");
  const std::string call = settled.line("call");
  const std::string other = "ffffffff-0000-7000-8000-000000000000";
  struct Ledger {
    const char* what;
    std::string text;
    Names found;
  };
  const std::vector<Ledger> table = {
      {"charged twice", settled.ledger() + charge, {"I-6", "I-10"}},
      {"never charged", with(settled.ledger(), charge, ""), {"I-6", "I-10"}},
      {"a charge of nothing", settled.ledger() + with(charge, settled.paid(), other), {"I-7"}},
      {"another amount", with(settled.ledger(), charge, with(charge, "1234", "1235")), {"I-8", "I-10"}},
      {"another currency", with(settled.ledger(), charge, with(charge, "\"eur\"", "\"usd\"")), {"I-8"}},
      {"another key", settled.ledger() + with(call, "bursar-" + settled.paid(), "bursar-" + other), {"I-9"}},
      {"another body", settled.ledger() + with(call, "\"fingerprint\":\"", "\"fingerprint\":\"0"), {"I-9"}},
      {"after the key's life", settled.ledger() + with(call, "\"at\":\"2", "\"at\":\"3"), {"I-9"}},
  };
  for (const auto& [what, text, found] : table)
    for (const char* window : {"500000", "1"})
      EXPECT_EQ(settled.broken("", text, window), found) << what << ", window " << window << "\n" << text;
}

}  // namespace
}  // namespace bursar::testing
