// GET /ops/audit: what staff did, read and were refused. The example of an operations route: a query with its
// rules, a policy under the same operation name in auth/policy.cpp, an entry in operations_routes.cpp.
#pragma once
#include "api/call.hpp"
#include "api/payment_body.hpp"
#include "base/limits.hpp"
#include "store/staff_log.hpp"

namespace bursar::api {

/// What is wrong with the text, or nothing.
std::string_view only_complaint(std::string_view text);

struct ListStaffActions {
  std::optional<PrincipalId> principal_id;
  std::optional<std::string> target, operation, only;
  std::optional<Instant> from, before;
  std::optional<std::string> cursor;
  std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(ListStaffActions, (),
                      (principal_id, target, operation, only, from, before, cursor, limit))

template <>
struct Described<ListStaffActions> {
  static constexpr std::string_view name = "ListStaffActions";
  static constexpr std::string_view description = "";
  static constexpr Member members[] = {
      {"principal_id", {.description = "Only what this principal did.", .example = example_user_id}},
      {"target",
       {.description = "Only what was about this id: of a payment, a user, a principal.",
        .example = example_payment_id,
        .max_characters = limits::staff_target_characters}},
      {"operation",
       {.description = "Only calls of this operation, by its `operationId`.",
        .example = R"("getPayment")",
        .max_characters = 60}},
      {"only",
       {.description = "`refused`: only what staff were refused (403).",
        .example = R"("refused")",
        .max_characters = 10,
        .complaint = only_complaint}},
      {"from",
       {.description = "Only what is recorded at or after this time (RFC 3339 with an offset).",
        .example = R"("2026-11-26T00:00:00Z")"}},
      {"before",
       {.description = "Only what is recorded before this time (RFC 3339 with an offset).",
        .example = R"("2099-01-01T00:00:00Z")"}},
      {"cursor",
       {.description = "`next_cursor` of the page before, with the same filters. Opaque.",
        .max_characters = 100}},
      {"limit",
       {.description = "Actions a page.",
        .example = "20",
        .minimum = 1,
        .maximum = limits::page_items_max,
        .fallback = "50"}},
  };
};

struct StaffActionBody {
  std::int64_t id = 0;
  Instant recorded_at;
  PrincipalId principal_id;
  std::string_view roles, operation;
  std::optional<std::string_view> target, detail;
  std::int64_t status = 0;
  std::string_view request_id, address;
};
BOOST_DESCRIBE_STRUCT(StaffActionBody, (),
                      (id, recorded_at, principal_id, roles, operation, target, detail, status, request_id,
                       address))

template <>
struct Described<StaffActionBody> {
  static constexpr std::string_view name = "StaffAction";
  static constexpr std::string_view description = "An entry of the audit log. Nobody changes or deletes one.";
  static constexpr Member members[] = {
      {"id", {.description = "Of the entry.", .example = "4711"}},
      {"recorded_at", {.description = "When.", .example = R"("2026-11-26T12:00:00.000004Z")"}},
      {"principal_id",
       {.description = "Who; the nil UUID is a tool on the machine itself.", .example = example_user_id}},
      {"roles", {.description = "That it had then, separated by commas.", .example = R"("support")"}},
      {"operation", {.description = "What: an `operationId`.", .example = R"("getPayment")"}},
      {"target", {.description = "The id that it was about.", .example = example_payment_id}},
      {"detail",
       {.description = "The filters of a read, or what a change changed; of free text only that it was "
                       "there: `reference=…`.",
        .example = R"("status=FAILED")"}},
      {"status", {.description = "Of the answer: 2xx done, 403 refused, 404 not there.", .example = "200"}},
      {"request_id", {.description = "Of the request.", .example = R"("checkout-8f14e45f")"}},
      {"address", {.description = "Where it came from.", .example = R"("10.0.0.7")"}},
  };
};

struct StaffActionPageBody {
  std::vector<StaffActionBody> actions;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(StaffActionPageBody, (), (actions, next_cursor))

template <>
struct Described<StaffActionPageBody> {
  static constexpr std::string_view name = "StaffActionPage";
  static constexpr std::string_view description = "Only a page without next_cursor is the last.";
  static constexpr Member members[] = {
      {"actions", {.description = "Newest first."}},
      {"next_cursor", {.description = "Where the next page starts; absent at the end."}},
  };
};

Task<http::Response> list_staff_actions(const Call& call, ListStaffActions query, store::StaffLog log);

}  // namespace bursar::api
