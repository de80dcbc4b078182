#include "stage.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "base/task_group.hpp"
#include "store/statements.hpp"
#include "testing/postgres.hpp"

namespace bursar::store::test {
namespace {

// A claim takes whole chunks; no story has more.
constexpr int all_chunks = 1000;
constexpr int all_items = 1'000'000;
constexpr int all_messages = 1000;
// The owner looks at everything and fills large tables, beside other tests.
constexpr milliseconds patience(120'000);

}  // namespace

StaffAction staff(int number, std::string operation) {
  StaffAction action;
  action.principal = principal(number);
  action.roles = "support";
  action.operation = std::move(operation);
  action.request_id = "r";
  action.address = "10.0.0.7";
  return action;
}

Uuid uuid(int number, Instant at) {
  Uuid id;
  auto ms = std::chrono::floor<milliseconds>(at).time_since_epoch().count();
  for (std::size_t i = 6; i-- > 0; ms >>= 8) id.bytes[i] = static_cast<std::uint8_t>(ms);
  id.bytes[6] = 0x70;
  id.bytes[8] = 0x80;
  for (std::size_t i = 16; i-- > 12; number >>= 8) id.bytes[i] = static_cast<std::uint8_t>(number);
  return id;
}

Task<std::unique_ptr<pg::Connection>> Stage::another(Role role) {
  return pg::Connection::open(executor_, connect_as(database_, role));
}

Task<pg::Connection*> Stage::as(Role role) {
  auto& connection = connections_[role];
  if (connection == nullptr) connection = co_await another(role);
  co_return connection.get();
}

Task<pg::Connection*> Stage::owner() {
  if (owner_ == nullptr) {
    auto options = connect_as_owner(database_);
    options.statement_timeout = patience;
    owner_ = co_await pg::Connection::open(executor_, options);
  }
  co_return owner_.get();
}

// ── Accepting
// ─────────────────────────────────────────────────────────────────────────────────────────────────────

Task<int> Stage::accept(Order order) {
  std::vector<int> numbers;
  for (int n = order.first; n <= order.last; ++n) numbers.push_back(n);
  using Text = std::optional<std::string>;
  const auto no_text = [](int) { return Text(); };
  const int first_key = order.first_key != 0 ? order.first_key : 1'000'000 + order.first;
  pg::Params p;
  p.array<Uuid>(numbers, [&](int n) { return uuid(n, order.at); });
  p.array<Uuid>(numbers, [&](int n) { return uuid(first_key + (n - order.first) % order.keys, order.at); });
  p.array<Uuid>(numbers, [&](int) { return uuid(order.owner); });
  p.array<Uuid>(numbers, [&](int) { return uuid(order.payer); });
  p.array<std::int16_t>(numbers, [](int) { return queues::simulator; });
  p.array<std::int64_t>(numbers, [&](int) { return order.amount; });
  p.array<std::string>(numbers, [&](int) { return order.currency; });
  p.array<std::vector<std::uint8_t>>(numbers, [&](int) { return std::vector<std::uint8_t>{order.body}; });
  p.array<std::string>(numbers, [](int) { return std::string("key"); });
  p.array<std::string>(numbers, [](int n) { return Text("request-" + std::to_string(n)); });
  p.array<std::string>(numbers, [](int) { return Text("a description"); });
  p.array<std::string>(numbers, [](int n) { return Text("reference-" + std::to_string(n)); });
  p.array<std::string>(numbers, no_text);
  p.array<pg::Jsonb>(numbers, [](int) { return std::optional<pg::Jsonb>(); });
  p.array<Uuid>(numbers, [](int) { return std::optional<Uuid>(); });
  p.array<std::int64_t>(numbers, [](int) { return std::optional<std::int64_t>(); });
  p.array<Instant>(numbers, [&](int) { return order.at; });
  auto* connection = co_await as(Role::api);
  const auto chunks = co_await connection->run(*find_statement("accept"), p);
  int created = 0;
  for (const auto row : chunks) created += static_cast<int>(row.get<std::vector<Uuid>>("items").size());
  co_return created;
}

Task<int> Stage::accept(int first, int last) {
  Order order;
  order.first = first;
  order.last = last;
  return accept(order);
}

Task<> Stage::pay(int first, int last) {
  ExecuteHand hand;
  hand.worker = co_await worker("cashier");
  hand.queue = queues::simulator;
  co_await accept(first, last);
  co_await claim(hand);
  while (!hand.open.empty()) co_await finish(hand, ExecuteResult::succeeded);
}

// ── Workers
// ───────────────────────────────────────────────────────────────────────────────────────────────────────

Task<WorkerNumber> Stage::worker(std::string name) {
  static SystemRandom random;
  auto* connection = co_await as(Role::executor);
  WorkerRegistry registry(*connection);
  const auto number = static_cast<WorkerNumber>(random.next() >> 2) + 1;
  const auto registered = co_await registry.register_worker(number, std::move(name));
  co_return registered.worker;
}

Task<> Stage::keep_alive(WorkerNumber worker) {
  auto* connection = co_await as(Role::executor);
  WorkerRegistry registry(*connection);
  co_await registry.beat(worker);
}

Task<std::size_t> Stage::claim(ExecuteHand& hand) {
  co_await keep_alive(hand.worker);
  auto* connection = co_await as(Role::executor);
  ExecuteQueue queue(*connection, hand.queue, hand.worker);
  auto batch = co_await queue.claim(all_chunks, all_items);
  co_return hand.take(std::move(batch.items));
}

Task<std::size_t> Stage::claim(ChannelHand& hand) {
  co_await keep_alive(hand.worker);
  auto* connection = co_await as(Role::notifier);
  ChannelQueue queue(*connection, hand.queue, hand.worker);
  auto batch = co_await queue.claim(all_chunks, all_items);
  co_return hand.take(std::move(batch.items));
}

Task<std::size_t> Stage::claim_messages(ExecuteHand& hand, bool suspects) {
  co_await keep_alive(hand.worker);
  auto* connection = co_await as(Role::executor);
  ExecuteQueue queue(*connection, hand.queue, hand.worker);
  ExecuteBatch batch;
  if (!suspects) {
    batch = co_await queue.claim_messages(all_messages);
  } else if (const auto reserved = co_await queue.reserve_suspect(std::nullopt)) {
    batch = co_await queue.claim_suspect(*reserved);
  }
  co_return hand.take(std::move(batch.items));
}

Task<std::size_t> Stage::claim_messages(ChannelHand& hand, bool suspects) {
  co_await keep_alive(hand.worker);
  auto* connection = co_await as(Role::notifier);
  ChannelQueue queue(*connection, hand.queue, hand.worker);
  ChannelBatch batch;
  if (!suspects) {
    batch = co_await queue.claim_messages(all_messages);
  } else if (const auto reserved = co_await queue.reserve_suspect(std::nullopt)) {
    batch = co_await queue.claim_suspect(*reserved);
  }
  co_return hand.take(std::move(batch.items));
}

Task<std::int64_t> Stage::finish(ExecuteHand& hand, ExecuteResult result, std::size_t most, std::string why) {
  const auto count = std::min(most, hand.open.size());
  std::vector<ExecuteAnswer> answers;
  for (std::size_t i = 0; i < count; ++i) {
    ExecuteAnswer answer;
    answer.item = hand.open[i];
    answer.result = result;
    if (!why.empty()) answer.evidence = why;
    answers.push_back(std::move(answer));
  }
  auto* connection = co_await as(Role::executor);
  ExecuteQueue queue(*connection, hand.queue, hand.worker);
  const auto parts = hand.parts(count);
  const auto taken =
      parts.empty() ? co_await queue.finish_messages(answers) : co_await queue.finish(answers, parts);
  if (taken == static_cast<std::int64_t>(count)) hand.settle(count);
  co_return taken;
}

namespace {

std::vector<DeliveryAnswer> first_answers(const ChannelHand& hand, DeliveryResult result, std::size_t count,
                                          const std::string& why) {
  std::vector<DeliveryAnswer> answers;
  for (std::size_t i = 0; i < count; ++i) {
    DeliveryAnswer answer;
    answer.item = hand.open[i];
    answer.result = result;
    if (!why.empty()) answer.answer = why;
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace

Task<std::int64_t> Stage::deliver(ChannelHand& hand, DeliveryResult result, std::size_t most) {
  const auto count = std::min(most, hand.open.size());
  const auto answers = first_answers(hand, result, count, "");
  const auto parts = hand.parts(count);
  auto* connection = co_await as(Role::notifier);
  ChannelQueue queue(*connection, hand.queue, hand.worker);
  const auto taken = co_await queue.deliver(answers, parts);
  if (taken == static_cast<std::int64_t>(count)) hand.settle(count);
  co_return taken;
}

Task<std::int64_t> Stage::settle(ChannelHand& hand, DeliveryResult result, std::size_t most, std::string why,
                                 std::optional<std::int32_t> retry_after) {
  const auto count = std::min(most, hand.open.size());
  auto answers = first_answers(hand, result, count, why);
  for (auto& answer : answers) answer.retry_after_seconds = retry_after;
  const auto parts = hand.parts(count);
  auto* connection = co_await as(Role::notifier);
  ChannelQueue queue(*connection, hand.queue, hand.worker);
  const auto taken = co_await queue.settle(answers, parts);
  if (taken == static_cast<std::int64_t>(count)) hand.settle(count);
  co_return taken;
}

// ── Dying
// ─────────────────────────────────────────────────────────────────────────────────────────────────────────

Task<> Stage::let_die(WorkerNumber worker) {
  co_await run("UPDATE workers SET seen_at = clock_timestamp() - interval '1 h' WHERE worker = " +
               std::to_string(worker));
  // A server that has just started gives everybody 4 s to come back: only then is anyone dead.
  while (co_await number("(clock_timestamp() - pg_postmaster_start_time() <= interval '4 s')::integer") == 1)
    co_await pause(milliseconds(50));
}

Task<Stage::TakenOver> Stage::take_over(WorkerNumber taker, WorkerNumber died) {
  co_await let_die(died);
  co_await run("UPDATE workers SET seen_at = clock_timestamp(), steady_since = 'yesterday' WHERE worker = " +
               std::to_string(taker));
  TakenOver taken;
  auto* executor = co_await as(Role::executor);
  WorkerRegistry execute(*executor);
  taken.execute = co_await execute.take_over_execute(taker, 0);
  auto* notifier = co_await as(Role::notifier);
  WorkerRegistry channel(*notifier);
  taken.channel = co_await channel.take_over_channel(taker, 0);
  co_return taken;
}

Task<Stage::TakenOver> Stage::leave(WorkerNumber leaving) {
  TakenOver taken;
  auto* executor = co_await as(Role::executor);
  WorkerRegistry execute(*executor);
  taken.execute = co_await execute.take_over_execute(leaving, leaving);
  auto* notifier = co_await as(Role::notifier);
  WorkerRegistry channel(*notifier);
  taken.channel = co_await channel.take_over_channel(leaving, leaving);
  co_return taken;
}

// ── Looking
// ───────────────────────────────────────────────────────────────────────────────────────────────────────

Task<> Stage::everything_is_due() {
  return run("UPDATE messages SET due_at = clock_timestamp() WHERE due_at < 'infinity'");
}

Task<> Stage::run(std::string sql) {
  auto* connection = co_await owner();
  co_await connection->run_script(sql, patience);
}

Task<pg::Result> Stage::ask(std::string sql) {
  auto* connection = co_await owner();
  const auto known = asked_.try_emplace(sql, "asked_" + std::to_string(asked_.size())).first;
  const pg::Statement statement{known->second, known->first};
  const pg::Params none;
  co_return co_await connection->run(statement, none, patience);
}

Task<std::int64_t> Stage::number(std::string expression) {
  const auto result = co_await ask("SELECT (" + expression + ")::bigint");
  co_return result.only_row().get<std::int64_t>(0);
}

Task<std::string> Stage::text(std::string expression) {
  const auto result = co_await ask("SELECT coalesce((" + expression + ")::text, '')");
  co_return result.only_row().get<std::string>(0);
}

Task<std::string> Stage::refusal(Role role, std::string sql) {
  auto* connection = co_await as(role);
  std::string state;
  co_await connection->run_script("BEGIN", milliseconds(5000));
  try {
    co_await connection->run_script(sql, milliseconds(5000));
  } catch (const pg::StatementFailed& failed) {
    state = failed.sqlstate();
  }
  co_await connection->run_script("ROLLBACK", milliseconds(5000));
  co_return state;
}

Task<> Stage::check_conserved() {
  EXPECT_EQ(co_await count("conservation_faults"), 0) << co_await text(
      "(SELECT string_agg(f::text, E'\\n') FROM (SELECT f FROM conservation_faults f LIMIT 5) s)");
}

namespace {

Task<> tell(DatabaseOptions database, Task<> (*story)(Stage&)) {
  const auto executor = co_await asio::this_coro::executor;
  Stage stage(executor, std::move(database));
  co_await story(stage);
}

}  // namespace

void on_stage(Task<> (*story)(Stage&)) {
  bursar::testing::TestDatabase database;
  run_to_end(tell(database.options(), story));
}

}  // namespace bursar::store::test
