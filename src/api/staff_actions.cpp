#include "api/staff_actions.hpp"

#include "api/cursor.hpp"

namespace bursar::api {

std::string_view only_complaint(std::string_view text) {
  return text == "refused" ? std::string_view() : "must be 'refused'";
}

namespace {

constexpr std::size_t key_bytes = 16;
using KeyBytes = std::array<std::uint8_t, key_bytes>;

void put(std::uint64_t number, std::span<std::uint8_t> bytes) {
  for (std::size_t i = bytes.size(); i > 0; number >>= 8) bytes[--i] = static_cast<std::uint8_t>(number);
}

std::int64_t get(std::span<const std::uint8_t> bytes) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return static_cast<std::int64_t>(number);
}

KeyBytes bytes_of(const store::ActionKey& key) {
  KeyBytes bytes{};
  const std::span<std::uint8_t> all(bytes);
  put(static_cast<std::uint64_t>(key.recorded_at.time_since_epoch().count()), all.first(key_bytes / 2));
  put(static_cast<std::uint64_t>(key.number), all.last(key_bytes / 2));
  return bytes;
}

// Anybody can make a cursor of any bytes: an instant outside the years of RFC 3339 is none of an entry, nor
// one that the database can hold.
std::optional<store::ActionKey> key_of(std::span<const std::uint8_t> bytes) {
  using std::chrono::sys_days, std::chrono::year;
  constexpr Instant first(sys_days(year(1) / 1 / 1)), end(sys_days(year(10'000) / 1 / 1));
  const Instant recorded_at(std::chrono::microseconds(get(bytes.first(key_bytes / 2))));
  if (recorded_at < first || recorded_at >= end) return std::nullopt;
  return store::ActionKey{recorded_at, get(bytes.last(key_bytes / 2))};
}

std::string filters_of(const ListStaffActions& query) {
  std::string filters;
  append_filter(filters, query.principal_id ? query.principal_id->text() : "");
  for (const auto& text : {query.target, query.operation, query.only})
    append_filter(filters, text.value_or(""));
  for (const auto& instant : {query.from, query.before})
    append_filter(filters, instant ? to_rfc3339(*instant) : "");
  return filters;
}

// Each of them has an index; two at once would have none.
store::StaffFilter filter_of(const ListStaffActions& query, Faults& faults) {
  store::StaffFilter filter;
  filter.from = query.from;
  filter.before = query.before;
  const auto narrow = [&](bool is_given, std::string_view parameter, auto by) {
    if (!is_given) return;
    if (filter.only.index() != 0)
      faults.add(
          Part::query, std::string(parameter), faults::unsupported_filter,
          "cannot be combined; possible is one of principal_id, target, operation and only, with from and "
          "before");
    filter.only = std::move(by);
  };
  narrow(query.principal_id.has_value(), "principal_id",
         store::ActionsOf{query.principal_id.value_or(PrincipalId())});
  const auto uuid = query.target ? parse_uuid(*query.target) : std::nullopt;
  narrow(query.target.has_value(), "target",
         store::ActionsOn{uuid ? uuid->text() : query.target.value_or("")});
  narrow(query.operation.has_value(), "operation", store::ActionsBy{query.operation.value_or("")});
  narrow(query.only.has_value(), "only", store::Refusals());
  return filter;
}

StaffActionBody action_body(const store::RecordedAction& recorded) {
  const store::StaffAction& action = recorded.action;
  return {recorded.key.number, recorded.key.recorded_at,
          action.principal,    action.roles,
          action.operation,    action.target,
          action.detail,       action.status,
          action.request_id,   action.address};
}

}  // namespace

Task<http::Response> list_staff_actions(const Call& call, ListStaffActions query, store::StaffLog log) {
  Faults faults;
  auto filter = filter_of(query, faults);
  const std::string filters = filters_of(query);
  std::optional<store::ActionKey> below;
  if (query.cursor) {
    const auto key = read_cursor(*query.cursor, key_bytes, filters);
    if (key) below = key_of(*key);
    if (!below)
      faults.add(Part::query, "cursor", faults::invalid_cursor,
                 "was not made by this listing with these filters; start without one");
  }
  if (!faults.empty()) co_return refuse(call.request, faults);
  const auto limit = static_cast<int>(query.limit.value_or(limits::page_items_default));
  const auto actions = co_await log.list(std::move(filter), below, limit);
  StaffActionPageBody body;
  for (const auto& recorded : actions) body.actions.push_back(action_body(recorded));
  if (static_cast<int>(actions.size()) == limit)
    body.next_cursor = make_cursor(bytes_of(actions.back().key), filters);
  co_return answer(body);
}

}  // namespace bursar::api
