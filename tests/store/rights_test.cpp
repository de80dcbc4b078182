// "Notifications never affect payments" is a GRANT: what each role may do, tried as that role.
#include "stage.hpp"
#include "store/erasure.hpp"

namespace bursar::store::test {
namespace {

constexpr auto denied = "42501";

const std::vector<std::pair<Role, const char*>> roles = {{Role::api, "api"},
                                                         {Role::executor, "executor"},
                                                         {Role::notifier, "notifier"},
                                                         {Role::analytics, "analytics"},
                                                         {Role::operations, "operator"},
                                                         {Role::eraser, "eraser"}};

TEST(Rights, NobodyUpdatesOrDeletesMoney) {
  on_stage([](Stage& stage) -> Task<> {
    co_await stage.pay(1, 1);
    for (const auto& [role, name] : roles)
      for (const char* sql :
           {"UPDATE payment_intents SET amount = 1", "UPDATE payment_intents SET created_by = user_id",
            "DELETE FROM payment_intents", "TRUNCATE payment_intents", "UPDATE events SET type = type",
            "DELETE FROM events", "TRUNCATE events", "UPDATE journal SET answer = NULL",
            "DELETE FROM journal"})
        EXPECT_EQ(co_await stage.refusal(role, sql), denied) << name << ": " << sql;
  });
}

TEST(Rights, TheAuditLogIsOnlyEverAddedTo) {
  on_stage([](Stage& stage) -> Task<> {
    const std::string columns = "(principal_id, roles, operation, status, request_id, address";
    const std::string values = "('00000000-0000-0000-0000-000000000001', 'admin', 'x', 200, 'r', '::1'";
    for (const auto& [role, name] : roles) {
      for (const char* sql :
           {"UPDATE staff_actions SET status = 200", "DELETE FROM staff_actions", "TRUNCATE staff_actions"})
        EXPECT_EQ(co_await stage.refusal(role, sql), denied) << name << ": " << sql;
      const bool writes = role == Role::api || role == Role::operations;
      EXPECT_EQ(
          co_await stage.refusal(role, "INSERT INTO staff_actions " + columns + ") VALUES " + values + ")"),
          writes ? "" : denied)
          << name;
      EXPECT_EQ(co_await stage.refusal(role, "INSERT INTO staff_actions " + columns +
                                                 ", recorded_at) VALUES " + values + ", '2001-01-01')"),
                denied)
          << name << " dates an entry back";
      EXPECT_EQ(co_await stage.refusal(role, "SELECT status FROM staff_actions"),
                role == Role::operations ? "" : denied)
          << name;
    }
  });
}

TEST(Rights, OnlyTheApiInsertsIntents) {
  on_stage([](Stage& stage) -> Task<> {
    for (const auto& [role, name] : roles) {
      const auto state = co_await stage.refusal(role, "INSERT INTO payment_intents DEFAULT VALUES");
      EXPECT_EQ(state, role == Role::api ? "23502" : denied) << name;
    }
  });
}

TEST(Rights, OnlyExecutorAndOperatorInsertEvents) {
  on_stage([](Stage& stage) -> Task<> {
    for (const auto& [role, name] : roles) {
      const auto state = co_await stage.refusal(role, "INSERT INTO events DEFAULT VALUES");
      const bool may = role == Role::executor || role == Role::operations;
      EXPECT_EQ(state, may ? "23502" : denied) << name;
    }
  });
}

TEST(Rights, OnlyTheEraserEmptiesFreeTexts) {
  on_stage([](Stage& stage) -> Task<> {
    for (const auto& [role, name] : roles) {
      const auto state =
          co_await stage.refusal(role,
                                 "UPDATE payment_intents SET description = NULL WHERE user_id = "
                                 "'00000000-0000-0000-0000-000000000000'");
      EXPECT_EQ(state, role == Role::eraser ? "" : denied) << name;
    }
  });
}

TEST(Rights, EachRoleWritesOnlyItsOwnQueues) {
  on_stage([](Stage& stage) -> Task<> {
    const auto id = payment(1).text();
    const std::vector<std::pair<Role, std::string>> table = {
        {Role::api, "DELETE FROM messages"},
        {Role::api, "INSERT INTO chunks (queue, items) VALUES (100, '{" + id + "}')"},
        {Role::notifier, "INSERT INTO chunks (queue, sequence, items) VALUES (1, 0, '{" + id + "}')"},
        {Role::notifier,
         "INSERT INTO messages (queue, payment_id, sequence, due_at) VALUES (1, '" + id + "', 0, now())"},
        {Role::executor,
         "INSERT INTO messages (queue, payment_id, sequence, due_at) VALUES (100, '" + id + "', 1, now())"},
        {Role::executor, "INSERT INTO deliveries (payment_id, sequence, channel, state) VALUES ('" + id +
                             "', 1, 100, 'sent')"},
        {Role::executor, "SELECT FROM contacts"},
        {Role::analytics, "SELECT FROM contacts"},
        {Role::analytics, "INSERT INTO chunks (queue, sequence, items) VALUES (1, 0, '{" + id + "}')"},
        {Role::notifier, "SELECT FROM principals"},
        {Role::eraser, "SELECT amount FROM payment_intents"}};
    for (const auto& [role, sql] : table) EXPECT_EQ(co_await stage.refusal(role, sql), denied) << sql;
  });
}

TEST(Rights, TheNotifierSeesAndTakesNoPayment) {
  on_stage([](Stage& stage) -> Task<> {
    co_await stage.accept(1, 10);
    ExecuteHand hand;
    hand.queue = queues::simulator;
    hand.worker = co_await stage.worker("notifier");
    auto* connection = co_await stage.as(Role::notifier);
    ExecuteQueue queue(*connection, queues::simulator, hand.worker);
    const auto batch = co_await queue.claim(10);
    EXPECT_EQ(batch.items.size(), 0u);
    EXPECT_EQ(co_await stage.refusal(Role::notifier, "SELECT 1 / count(*) FROM chunks WHERE queue = 1"),
              "22012");
    EXPECT_EQ(co_await stage.refusal(Role::executor, "SELECT 1 / count(*) FROM chunks WHERE queue = 1"), "");
  });
}

TEST(Rights, TheApiMeetsCustomersAndGivesNobodyARole) {
  on_stage([](Stage& stage) -> Task<> {
    const auto id = "'" + principal(1).text() + "'";
    const std::string met =
        "INSERT INTO principals (principal_id, issuer, subject) VALUES (" + id + ", '', " + id + ")";
    for (const auto& [role, name] : roles) {
      const bool meets = role == Role::api || role == Role::operations;
      EXPECT_EQ(co_await stage.refusal(role, met), meets ? "" : denied) << name;
      for (const char* sql :
           {"UPDATE principals SET role = 'admin'", "UPDATE principals SET revoked_at = NULL",
            "UPDATE client_secrets SET revoked_at = NULL", "UPDATE token_keys SET state = 'active'",
            "UPDATE access_epoch SET number = 0", "DELETE FROM access_changes"})
        EXPECT_EQ(co_await stage.refusal(role, sql), role == Role::operations ? "" : denied)
            << name << ": " << sql;
      for (const char* sql :
           {"SELECT FROM client_secrets", "SELECT FROM token_keys", "SELECT FROM principals"})
        EXPECT_EQ(co_await stage.refusal(role, sql), meets ? "" : denied) << name << ": " << sql;
      for (const char* sql :
           {"UPDATE principals SET subject = 'x'", "UPDATE principals SET principal_id = gen_random_uuid()",
            "UPDATE client_secrets SET hash = ''", "UPDATE token_keys SET public_jwk = '{}'",
            "DELETE FROM principals", "DELETE FROM client_secrets", "DELETE FROM token_keys",
            "TRUNCATE access_changes"})
        EXPECT_EQ(co_await stage.refusal(role, sql), denied) << name << ": " << sql;
    }
    EXPECT_EQ(co_await stage.refusal(
                  Role::api, "INSERT INTO principals (principal_id, issuer, subject, role) VALUES (" + id +
                                 ", '', " + id + ", 'customer')"),
              denied);
  });
}

TEST(Rights, AnAbortedStatementOfOneRoleLeavesNothing) {
  on_stage([](Stage& stage) -> Task<> {
    co_await stage.accept(1, 10);
    co_await stage.refusal(Role::executor, "DELETE FROM chunks; SELECT FROM contacts");
    EXPECT_EQ(co_await stage.count("chunks"), 1);
  });
}

TEST(Erasure, EmptiesTheFreeTextsOfOneUserAndKeepsTheMoney) {
  on_stage([](Stage& stage) -> Task<> {
    for (int batch = 0; batch < 3; ++batch) co_await stage.accept(1 + batch * 100, 100 + batch * 100);
    Order other;
    other.first = other.last = 1000;
    other.payer = 2;
    co_await stage.accept(other);
    auto* connection = co_await stage.as(Role::eraser);
    Erasure erasure(*connection);
    co_await erasure.erase_user(user(1));
    const std::string emptied =
        "payment_intents WHERE description IS NULL AND reference IS NULL AND metadata IS NULL AND "
        "payment_method IS NULL"
        " AND request_id IS NULL AND idempotency_key = ''";
    EXPECT_EQ(co_await stage.count(emptied), 300);
    EXPECT_EQ(co_await stage.count(emptied + " AND user_id <> '" + user(1).text() + "'"), 0);
    EXPECT_EQ(co_await stage.count("payment_intents WHERE amount = 1 AND length(fingerprint) = 1"), 301);
    co_await stage.check_conserved();
  });
}

}  // namespace
}  // namespace bursar::store::test
