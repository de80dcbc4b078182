// The audit log of staff: added to with the change or not at all, read by key.
#include "store/staff_log.hpp"

#include "stage.hpp"
#include "store/contacts.hpp"
#include "store/statements.hpp"

namespace bursar::store::test {
namespace {

StaffAction action_of(int principal_number, std::string operation, std::optional<std::string> target = {},
                      std::int16_t status = 200) {
  auto action = staff(principal_number, std::move(operation));
  action.target = std::move(target);
  action.status = status;
  return action;
}

struct Operator {
  explicit Operator(Stage& stage)
      : pool(stage.executor(), connect_as(stage.database(), Role::operations), 1), log(pool) {}
  pg::Pool pool;
  StaffLog log;
};

// All pages, as "operation target status".
Task<std::vector<std::string>> all_pages(StaffLog& log, StaffFilter filter, int limit) {
  std::vector<std::string> found;
  std::optional<ActionKey> below;
  while (true) {
    const auto page = co_await log.list(filter, below, limit);
    for (const auto& [key, action] : page)
      found.push_back(action.operation + " " + action.target.value_or("-") + " " +
                      std::to_string(action.status));
    if (static_cast<int>(page.size()) < limit) co_return found;
    below = page.back().key;
  }
}

TEST(StaffLog, IsReadNewestFirstByEachOfItsFilters) {
  on_stage([](Stage& stage) -> Task<> {
    Operator people(stage);
    for (const auto& [who, operation, target, status] :
         std::vector<std::tuple<int, std::string, std::optional<std::string>, std::int16_t>>{
             {1, "getPayment", "a", 200},
             {2, "getPayment", "b", 404},
             {1, "listPayments", {}, 200},
             {2, "putContact", "a", 403},
             {2, "putContact", "b", 200}}) {
      auto action = action_of(who, operation, target, status);
      co_await people.log.record(std::move(action));
    }
    const std::vector<std::string> all = {"putContact b 200", "putContact a 403", "listPayments - 200",
                                          "getPayment b 404", "getPayment a 200"};
    const std::vector<std::string> of_two = {all[0], all[1], all[3]}, on_a = {all[1], all[4]},
                                   puts = {all[0], all[1]}, refused = {all[1]};
    StaffFilter any, by_two, about_a, of_puts, of_refusals;
    by_two.only = ActionsOf{principal(2)};
    about_a.only = ActionsOn{"a"};
    of_puts.only = ActionsBy{"putContact"};
    of_refusals.only = Refusals{};
    for (const int limit : {1, 2, 5, 200}) {
      EXPECT_EQ(co_await all_pages(people.log, any, limit), all) << limit;
      EXPECT_EQ(co_await all_pages(people.log, by_two, limit), of_two) << limit;
      EXPECT_EQ(co_await all_pages(people.log, about_a, limit), on_a) << limit;
      EXPECT_EQ(co_await all_pages(people.log, of_puts, limit), puts) << limit;
      EXPECT_EQ(co_await all_pages(people.log, of_refusals, limit), refused) << limit;
    }
    // A range of time, with and without a filter.
    const auto newest = co_await people.log.list(any, std::nullopt, 2);
    const StaffFilter until{.before = newest[1].key.recorded_at}, since{.from = newest[1].key.recorded_at};
    EXPECT_EQ((co_await people.log.list(until, std::nullopt, 10)).size(), 3U);
    EXPECT_EQ((co_await people.log.list(since, std::nullopt, 10)).size(), 2U);
    const StaffFilter both{.only = Refusals{}, .before = newest[1].key.recorded_at};
    EXPECT_EQ((co_await people.log.list(both, std::nullopt, 10)).size(), 0U);
  });
}

TEST(StaffLog, AChangeAndItsRecordAreOneTransaction) {
  on_stage([](Stage& stage) -> Task<> {
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::api), 1);
    Contacts contacts(pool);
    Contact a, b, c;
    a.email = "a@example.test";
    b.email = "b@example.test";
    c.email = "c@example.test";
    auto action = action_of(1, "putContact", user(1).text());
    co_await contacts.put(user(1), a, std::move(action));
    EXPECT_EQ(
        co_await stage.number("(SELECT count(*) FROM contacts c JOIN staff_actions s ON s.xmin = c.xmin)"),
        1);
    // Without the record there is no change; the pool is none the worse for it.
    auto too_long = action_of(1, std::string(61, 'x'), user(1).text());
    bool refused = false;
    try {
      co_await contacts.put(user(1), b, std::move(too_long));
    } catch (const pg::StatementFailed&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
    EXPECT_EQ((co_await contacts.find(user(1)))->email, "a@example.test");
    co_await contacts.put(user(1), c);
    EXPECT_EQ((co_await contacts.find(user(1)))->email, "c@example.test");
    EXPECT_EQ(co_await stage.count("staff_actions"), 1) << "who is no staff leaves no entry";
  });
}

// The plan of a statement as the role operations, with every parameter NULL.
Task<std::string> plan_of(pg::Connection& connection, std::string name) {
  co_await connection.run_script("PREPARE " + name + " AS " + std::string(find_statement(name)->text),
                                 seconds(5));
  static const pg::Statement explain{"explain", "SELECT explain($1::text)"};
  pg::Params params;
  const std::string last = name == "list_staff_actions" || name == "list_staff_refusals" ? ")" : ", NULL)";
  params.add(std::string_view(name + "(NULL, NULL, NULL, NULL, NULL" + last));
  const auto result = co_await connection.run(explain, params);
  co_return result.only_row().get<std::string>(0);
}

TEST(StaffLog, EveryFilterHasItsIndexAlsoOnALargeTable) {
  on_stage([](Stage& stage) -> Task<> {
    co_await stage.run(
        "CREATE FUNCTION explain(what text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE plan json; BEGIN "
        "EXECUTE 'EXPLAIN (FORMAT JSON) EXECUTE ' || what INTO plan; RETURN plan; END $$");
    for (const int rows : {0, 50'000}) {
      co_await stage.run(
          "INSERT INTO staff_actions (recorded_at, principal_id, roles, operation, target, status, "
          "request_id, "
          "address) SELECT now() - i * interval '1 s', ('00000000-0000-0000-0000-' || lpad((i % 20)::text, "
          "12, "
          "'0'))::uuid, 'support', 'operation' || i % 10, 't' || i % 5000, CASE WHEN i % 100 = 0 THEN 403 "
          "ELSE 200 "
          "END, 'r', '::1' FROM generate_series(1, " +
          std::to_string(rows) + ") i");
      for (const char* analyse : {"SELECT", "ANALYZE staff_actions"}) {
        co_await stage.run(analyse);
        for (const auto& [name, index] : std::vector<std::pair<std::string, std::string>>{
                 {"list_staff_actions", "staff_actions_pkey"},
                 {"list_staff_actions_of", "staff_actions_principal"},
                 {"list_staff_actions_on", "staff_actions_target"},
                 {"list_staff_actions_by_operation", "staff_actions_operation"},
                 {"list_staff_refusals", "staff_actions_refused"}}) {
          auto connection = co_await stage.another(Role::operations);
          const auto plan = co_await plan_of(*connection, name);
          EXPECT_NE(plan.find("\"" + index + "\""), std::string::npos) << rows << analyse << name << plan;
          EXPECT_EQ(plan.find("\"Sort\""), std::string::npos) << rows << analyse << name << plan;
        }
      }
    }
  });
}

}  // namespace
}  // namespace bursar::store::test
