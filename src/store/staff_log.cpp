#include "store/staff_log.hpp"

#include "base/limits.hpp"
#include "sql.hpp"

namespace bursar::store {

Task<> record(pg::Connection& connection, StaffAction action) {
  pg::Params params;
  params.add(action.principal.value).add(std::string_view(action.roles));
  params.add(std::string_view(action.operation)).add(action.target).add(action.detail).add(action.status);
  params.add(std::string_view(action.request_id)).add(std::string_view(action.address));
  co_await connection.run(sql::record_staff_action, params);
}

Task<pg::Result> run_recorded(pg::Pool& pool, const pg::Statement& statement, const pg::Params& params,
                              StaffAction action) {
  const auto connection = co_await pool.lease(limits::connect_deadline);
  auto transaction = co_await pg::Transaction::begin(*connection);
  auto result = co_await connection->run(statement, params);
  co_await store::record(*connection, std::move(action));
  co_await transaction.commit();
  co_return result;
}

Task<> StaffLog::record(StaffAction action) {
  const auto connection = co_await pool_->lease(limits::connect_deadline);
  co_await store::record(*connection, std::move(action));
}

namespace {

RecordedAction read_action(const pg::Row& row) {
  RecordedAction recorded;
  recorded.key = {row.get<Instant>("recorded_at"), row.get<std::int64_t>("action_id")};
  StaffAction& action = recorded.action;
  action.principal = PrincipalId(row.get<Uuid>("principal_id"));
  action.roles = row.get<std::string>("roles");
  action.operation = row.get<std::string>("operation");
  action.target = row.get_optional<std::string>("target");
  action.detail = row.get_optional<std::string>("detail");
  action.status = row.get<std::int16_t>("status");
  action.request_id = row.get<std::string>("request_id");
  action.address = row.get<std::string>("address");
  return recorded;
}

// Adds what is filtered by, and names the statement whose index serves it.
struct Narrow {
  pg::Params& params;
  const pg::Statement& operator()(std::monostate) const { return sql::list_staff_actions; }
  const pg::Statement& operator()(const Refusals&) const { return sql::list_staff_refusals; }
  const pg::Statement& operator()(const ActionsOf& of) const {
    params.add(of.principal.value);
    return sql::list_staff_actions_of;
  }
  const pg::Statement& operator()(const ActionsOn& on) const {
    params.add(std::string_view(on.target));
    return sql::list_staff_actions_on;
  }
  const pg::Statement& operator()(const ActionsBy& by) const {
    params.add(std::string_view(by.operation));
    return sql::list_staff_actions_by_operation;
  }
};

}  // namespace

Task<std::vector<RecordedAction>> StaffLog::list(StaffFilter filter, std::optional<ActionKey> below,
                                                 int limit) {
  pg::Params params;
  params.add(below ? std::optional(below->recorded_at) : std::nullopt);
  params.add(below ? std::optional(below->number) : std::nullopt);
  params.add(filter.from).add(filter.before).add(std::int32_t{limit});
  const pg::Statement& statement = std::visit(Narrow{params}, filter.only);
  const auto result = co_await pool_->run(statement, params);
  std::vector<RecordedAction> actions;
  actions.reserve(static_cast<std::size_t>(result.rows()));
  for (const auto row : result) actions.push_back(read_action(row));
  co_return actions;
}

}  // namespace bursar::store
