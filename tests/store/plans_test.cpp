// Every statement prepares against the migrated schema, and the hot ones find their rows by key whatever the
// statistics say: as their role, with its planner switches, on fresh, emptied and large tables. "No
// sequential scan" is not enough: the key itself must be in the index condition.
#include <algorithm>
#include <regex>
#include <set>

#include "base/json.hpp"
#include "stage.hpp"
#include "store/statements.hpp"

namespace bursar::store::test {
namespace {

struct Hot {
  Role role;
  std::vector<const char*> statements;
};

const std::vector<Hot> hot_statements = {
    {Role::api,
     {"accept", "losers", "payment_by_id", "timeline", "list_payments", "list_payments_of_user",
      "list_payments_by_reference", "list_failed_payments", "list_pending_payments", "contacts_find",
      "principal_by_id", "principal_by_subject", "client_login"}},
    {Role::executor,
     {"claim_execute", "claim_execute_messages", "reserve_suspect", "take_over_execute", "finish",
      "finish_messages", "resume", "low_water", "review_execute", "held_execute"}},
    {Role::notifier,
     {"claim_channel", "claim_channel_messages", "reserve_suspect", "take_over_channel", "deliver", "settle",
      "reserve", "redrive", "discard", "resend", "expand", "low_water", "review_channel", "held_channel",
      "dead_letters_list"}},
    {Role::operations,
     {"list_principals", "change_principal", "revoke_principal", "restore_principal", "secrets_of",
      "revoke_secret", "forget"}},
    {Role::eraser, {"erase"}}};

const std::regex big_table(
    "payment_intents|events|chunks|messages|deliveries|dead_letters|journal|principals|client_secrets");
const std::regex key("(_id|key_digest|due_at|worker|user_id|reference|dead_at|subject) ");
// These walk the chunks of their queues: no index may mention what a claim changes, nor the items.
const std::vector<std::string_view> walkers = {"take_over_execute", "take_over_channel",     "held_execute",
                                               "held_channel",      "list_pending_payments", "forget"};
const std::regex key_of_walkers("(_id|worker|queue) ");

std::string member(const json::object& node, const char* name) {
  const auto* found = node.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

// Scans of big tables whose index condition lacks the key.
void find_bad_scans(const json::value& value, const std::regex& expected, std::vector<std::string>& bad) {
  if (const auto* array = value.if_array())
    for (const auto& element : *array) find_bad_scans(element, expected, bad);
  const auto* node = value.if_object();
  if (node == nullptr) return;
  const auto type = member(*node, "Node Type");
  const auto table = member(*node, "Relation Name");
  const auto condition = member(*node, "Index Cond");
  if (type.ends_with("Scan") && std::regex_match(table, big_table) &&
      member(*node, "Index Name") != "messages_held" && !std::regex_search(condition, expected))
    bad.push_back(type + " on " + table + " by " + (condition.empty() ? "nothing" : condition));
  for (const auto& [name, inner] : *node) find_bad_scans(inner, expected, bad);
}

std::string nulls(const pg::Statement& statement) {
  int parameters = 0;
  const std::string text(statement.text);
  const std::regex parameter("\\$([0-9]+)");
  for (auto found = std::sregex_iterator(text.begin(), text.end(), parameter);
       found != std::sregex_iterator(); ++found)
    parameters = std::max(parameters, std::stoi((*found)[1].str()));
  std::string list;
  for (int i = 0; i < parameters; ++i) list += i == 0 ? "(NULL" : ", NULL";
  return list.empty() ? list : list + ")";
}

Task<> prepare(pg::Connection& connection, const pg::Statement& statement) {
  co_await connection.run_script(
      "PREPARE " + std::string(statement.name) + " AS " + std::string(statement.text), milliseconds(5000));
}

// EXPLAIN is no query that could be a subselect; a function makes its answer a value.
Task<> add_explain(Stage& stage) {
  co_await stage.run(
      "CREATE FUNCTION explain(what text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE plan json; BEGIN "
      "EXECUTE 'EXPLAIN (FORMAT JSON) EXECUTE ' || what INTO plan; RETURN plan; END $$");
}

using RoleConnections = std::vector<std::pair<std::unique_ptr<pg::Connection>, const Hot*>>;

Task<> check_plans(RoleConnections& connections, std::string when) {
  static const pg::Statement explain{"explain", "SELECT explain($1::text)"};
  for (const auto& [connection, hot] : connections)
    for (const char* name : hot->statements) {
      const auto call = name + nulls(*find_statement(name));
      pg::Params params;
      params.add(std::string_view(call));
      const auto result = co_await connection->run(explain, params);
      const auto plan = json::parse(result.only_row().get<std::string>(0));
      if (!plan) {
        ADD_FAILURE() << name << ": " << plan.error().what;
        continue;
      }
      std::vector<std::string> bad;
      const bool walks = std::ranges::find(walkers, name) != walkers.end();
      find_bad_scans(*plan, walks ? key_of_walkers : key, bad);
      for (const auto& scan : bad) ADD_FAILURE() << name << " on " << when << ": " << scan;
    }
}

Task<RoleConnections> open_roles(Stage& stage) {
  RoleConnections connections;
  for (const auto& hot : hot_statements) {
    auto connection = co_await stage.another(hot.role);
    for (const char* name : hot.statements) co_await prepare(*connection, *find_statement(name));
    connections.emplace_back(std::move(connection), &hot);
  }
  co_return connections;
}

Task<> forget_plans(RoleConnections& connections) {
  for (const auto& [connection, hot] : connections)
    co_await connection->run_script("DISCARD PLANS", milliseconds(5000));
}

Task<> fill(Stage& stage, int payments) {
  co_await stage.run(
      "INSERT INTO payment_intents (payment_id, key_digest, created_by, user_id, created_at, gateway, "
      "amount, currency,"
      " fingerprint, idempotency_key, reference)"
      " SELECT overlay(first_id(at)::text PLACING lpad(to_hex(i), 12, '0') FROM 25)::uuid, "
      "gen_random_uuid(), u, u, at,"
      " 1, 1, 'EUR', 'x', 'k', 'reference ' || i FROM generate_series(1, " +
      std::to_string(payments) +
      ") i, LATERAL (SELECT '2024-07-01 00:00+00'::timestamptz + i * interval '10 s') t (at),"
      " LATERAL (SELECT ('00000000-0000-0000-0000-' || lpad((i % 5000)::text, 12, '0'))::uuid) p (u);"
      "INSERT INTO events (payment_id, sequence, type, created_by) SELECT payment_id, 1,"
      " CASE WHEN random() < 0.1 THEN 'failed' ELSE 'succeeded' END::event_type, created_by FROM "
      "payment_intents;"
      "INSERT INTO deliveries (payment_id, sequence, channel, state) SELECT payment_id, 1, 100, 'sent' FROM "
      "events;"
      "INSERT INTO chunks (queue, items) SELECT 100, array[payment_id] FROM events;"
      "INSERT INTO messages (queue, payment_id, sequence, due_at) SELECT 100, payment_id, 1, now() FROM "
      "events;"
      "INSERT INTO journal (payment_id, claim, queue, entry) SELECT payment_id, 1, 1, 'x' FROM events;"
      "INSERT INTO dead_letters SELECT 100, payment_id, 1, 0, 0, 1, 0, now(), now(), 'x' FROM events;"
      "INSERT INTO principals (principal_id, issuer, subject) SELECT payment_id, 'x', payment_id FROM events "
      "LIMIT "
      "20000;"
      "INSERT INTO client_secrets (secret_id, principal_id, hash) SELECT principal_id, principal_id, 'x' "
      "FROM "
      "principals");
}

TEST(Statements, AllPrepareAgainstTheMigratedSchema) {
  on_stage([](Stage& stage) -> Task<> {
    auto* owner = co_await stage.owner();
    for (const auto* statement : all_statements())
      EXPECT_EQ(co_await sqlstate_of(owner->run_script(
                    "PREPARE " + std::string(statement->name) + " AS " + std::string(statement->text),
                    milliseconds(5000))),
                "")
          << statement->name;
    EXPECT_GE(all_statements().size(), 44u);
  });
}

TEST(Plans, HaveTheKeyInTheIndexConditionOnFreshEmptiedAndLargeTables) {
  on_stage([](Stage& stage) -> Task<> {
    co_await add_explain(stage);
    // "Never analysed" is what is asked: the server's own analysis must not come in between.
    for (const std::string table : {"payment_intents", "events", "chunks", "messages", "deliveries",
                                    "dead_letters", "journal", "principals", "client_secrets"})
      co_await stage.run("ALTER TABLE " + table + " SET (autovacuum_enabled = off)");
    auto connections = co_await open_roles(stage);
    co_await check_plans(connections, "fresh tables");
    co_await fill(stage, 1000);
    co_await stage.run(
        "TRUNCATE payment_intents, events, chunks, messages, deliveries, dead_letters, journal, "
        "principals, client_secrets");
    co_await forget_plans(connections);
    co_await check_plans(connections, "emptied tables");
    co_await fill(stage, 200'000);
    co_await forget_plans(connections);
    co_await check_plans(connections, "200,000 rows, never analysed");
    co_await stage.run("ANALYZE");
    co_await forget_plans(connections);
    co_await check_plans(connections, "200,000 rows, analysed");
  });
}

// Rows of these tables that a statement reads, from EXPLAIN (ANALYZE).
std::int64_t rows_read(const json::value& value, const std::set<std::string>& tables) {
  std::int64_t rows = 0;
  if (const auto* array = value.if_array())
    for (const auto& element : *array) rows += rows_read(element, tables);
  const auto* node = value.if_object();
  if (node == nullptr) return rows;
  const auto number = [node](const char* name) {
    const auto* found = node->if_contains(name);
    return found == nullptr    ? 0
           : found->is_int64() ? found->get_int64()
                               : static_cast<std::int64_t>(found->as_double());
  };
  const auto table = member(*node, "Relation Name");
  if (tables.contains(table))
    rows += (number("Actual Rows") + number("Rows Removed by Filter")) * number("Actual Loops");
  for (const auto& [name, inner] : *node) rows += rows_read(inner, tables);
  return rows;
}

Task<> add_explain_analyze(Stage& stage) {
  co_await stage.run(
      "CREATE FUNCTION explain(what text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE plan json; BEGIN "
      "EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE ' || what INTO plan; RETURN plan; END $$");
}

Task<std::int64_t> rows_read_by(pg::Connection& connection, std::string call, std::set<std::string> tables) {
  const std::string name = call.substr(0, call.find('('));
  co_await prepare(connection, *find_statement(name));
  static const pg::Statement explain{"explain", "SELECT explain($1::text)"};
  pg::Params params;
  params.add(std::string_view(call));
  const auto result = co_await connection.run(explain, params);
  const auto plan = json::parse(result.only_row().get<std::string>(0));
  co_await connection.run_script("DEALLOCATE " + name, milliseconds(5000));
  co_return rows_read(plan.value(), tables);
}

const std::set<std::string> money = {"payment_intents", "events"};

Task<> check_rows_of_the_day(pg::Connection& connection, std::string state) {
  const auto of_a_day = co_await rows_read_by(connection, "roll_up('2024-07-05', 'UTC', 9)", money);
  EXPECT_GE(of_a_day, 2 * 8640) << state;
  EXPECT_LE(of_a_day, 2 * 10'000) << state;
  const auto of_days = co_await rows_read_by(connection, "open_days('UTC', 0, 1000, '1 min')", money);
  EXPECT_GE(of_days, 12) << state;
  EXPECT_LE(of_days, 12 + 1) << "one look-up a day, " << state;
}

TEST(Plans, TheRollUpOfADayReadsThatDayOnly) {
  on_stage([](Stage& stage) -> Task<> {
    co_await add_explain_analyze(stage);
    co_await fill(stage, 100'000);  // 8,640 payments a day
    auto* connection = co_await stage.as(Role::analytics);
    // What the planner knows of a day that has just begun, or behind a crash: nothing.
    co_await check_rows_of_the_day(*connection, "never analysed");
    co_await stage.run("ANALYZE");
    co_await check_rows_of_the_day(*connection, "analysed");
  });
}

TEST(Plans, ForgettingWorkersWalksTheChunksOnceAndOnlyForOldOnes) {
  on_stage([](Stage& stage) -> Task<> {
    co_await add_explain_analyze(stage);
    co_await fill(stage, 10'000);  // as many chunks and messages
    co_await stage.run("UPDATE chunks SET claim = 1, worker = chunk_id % 500 + 1");
    co_await stage.run("UPDATE messages SET claim = 1, worker = 501");
    co_await stage.run("INSERT INTO workers (worker, name) SELECT i, 'w' FROM generate_series(1, 1000) i");
    auto* connection = co_await stage.as(Role::operations);
    const std::set<std::string> tables{"chunks"};
    EXPECT_EQ(co_await rows_read_by(*connection, "forget('1 day')", tables), 0);
    co_await stage.run("UPDATE workers SET seen_at = clock_timestamp() - interval '2 days'");
    const auto walked = co_await rows_read_by(*connection, "forget('1 day')", tables);
    EXPECT_EQ(walked, 10'000);
    EXPECT_EQ(co_await stage.count("workers"), 501);
  });
}

}  // namespace
}  // namespace bursar::store::test
