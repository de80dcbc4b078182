#include "cli/payments.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/uuid.hpp"

namespace bursar::cli {
namespace {

std::string member_text(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found != nullptr ? plain_text(*found) : std::string();
}

json::object metadata_object(const std::vector<std::string>& pairs) {
  json::object metadata;
  for (const std::string& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      throw UsageError(fmt::format("--metadata '{}' is not of the form key=value", pair));
    if (!metadata.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second)
      throw UsageError(fmt::format("--metadata names '{}' twice", pair.substr(0, equals)));
  }
  return metadata;
}

void require_id(const std::string& id) {
  if (!parse_uuid(id)) throw UsageError(fmt::format("'{}' is no payment id; expected a UUID", id));
}

std::string payment_text(Format format, const json::object& payment) {
  if (format != Format::table) return format_one(format, payment);
  json::object shown = payment;
  const json::value* amount = payment.if_contains("amount");
  if (amount != nullptr && amount->is_int64())
    shown["amount"] = money_text(amount->get_int64(), member_text(payment, "currency"));
  shown.erase("currency");
  return format_one(format, shown);
}

}  // namespace

Task<Printed> create_payment(Remote& remote, CreateArguments arguments, std::string subject, Random& random,
                             Format format) {
  if (arguments.user_id.empty()) arguments.user_id = std::move(subject);
  if (arguments.user_id.empty()) throw UsageError("who pays? Give --user UUID");
  Printed printed;
  if (arguments.idempotency_key.empty()) {
    arguments.idempotency_key = random_uuid(random).text();
    printed.notes = "Idempotency-Key: " + arguments.idempotency_key;
  }
  json::object body{
      {"user_id", arguments.user_id}, {"amount", arguments.amount}, {"currency", arguments.currency}};
  if (arguments.description) body["description"] = *arguments.description;
  if (arguments.reference) body["reference"] = *arguments.reference;
  if (arguments.payment_method) body["payment_method"] = *arguments.payment_method;
  if (!arguments.metadata.empty()) body["metadata"] = metadata_object(arguments.metadata);
  const json::object payment =
      co_await remote.post("/payments", std::move(body), std::move(arguments.idempotency_key));
  printed.text = payment_text(format, payment);
  co_return printed;
}

Task<Printed> get_payment(Remote& remote, std::string id, Format format) {
  require_id(id);
  Query none;
  const json::object payment = co_await remote.get("/payments/" + id, std::move(none));
  Printed printed;
  printed.text = payment_text(format, payment);
  co_return printed;
}

Task<Printed> show_timeline(Remote& remote, std::string id, Format format) {
  require_id(id);
  Query none;
  const json::object timeline = co_await remote.get("/payments/" + id + "/timeline", std::move(none));
  Printed printed;
  if (format == Format::json) {
    printed.text = format_one(format, timeline);
    co_return printed;
  }
  const std::vector<Column> columns{{"AT", "at"},
                                    {"WHAT", "what"},
                                    {"WHERE", "queue"},
                                    {"EVENT", "event_id", Column::As::only_csv},
                                    {"ENDPOINT", "endpoint", Column::As::only_csv},
                                    {"DETAIL", "detail"}};
  const json::value* entries = timeline.if_contains("entries");
  if (entries != nullptr && entries->is_array())
    printed.text = format_rows(format, columns, entries->get_array());
  printed.notes = member_text(timeline, "explanation");
  co_return printed;
}

Task<Printed> list_payments(Remote& remote, ListArguments arguments, Format format) {
  json::array rows;
  std::optional<std::string> cursor;
  do {
    Query query;
    const auto add = [&query](const char* name, const std::optional<std::string>& value) {
      if (value) query.emplace_back(name, *value);
    };
    add("status", arguments.status);
    add("user_id", arguments.user_id);
    add("reference", arguments.reference);
    add("currency", arguments.currency);
    add("created_after", arguments.created_after);
    add("cursor", cursor);
    const std::size_t wanted = std::min(arguments.limit - rows.size(), limits::page_items_max);
    query.emplace_back("limit", std::to_string(wanted));
    const json::object page = co_await remote.get("/payments", std::move(query));
    if (const json::value* payments = page.if_contains("payments");
        payments != nullptr && payments->is_array())
      for (const json::value& payment : payments->get_array()) rows.push_back(payment);
    const std::string next = member_text(page, "next_cursor");
    cursor = next.empty() ? std::nullopt : std::optional(next);
  } while (cursor && rows.size() < arguments.limit);
  const std::vector<Column> columns{{"CREATED", "created_at"},
                                    {"ID", "id"},
                                    {"STATUS", "status"},
                                    {"AMOUNT", "amount", Column::As::money},
                                    {"", "currency", Column::As::only_csv},
                                    {"USER", "user_id"},
                                    {"REFERENCE", "reference"},
                                    {"FAILURE", "failure_code"}};
  Printed printed;
  printed.text = format_rows(format, columns, rows);
  if (rows.empty()) printed.notes = "no such payments";
  co_return printed;
}

Task<Printed> wait_for_payment(Remote& remote, std::string id, std::chrono::seconds timeout,
                               const Clock& clock, Format format) {
  require_id(id);
  const Monotonic end = clock.monotonic() + timeout;
  Printed printed;
  while (true) {
    Query none;
    const json::object payment = co_await remote.get("/payments/" + id, std::move(none));
    const std::string status = member_text(payment, "status");
    printed.text = payment_text(format, payment);
    if (status == "SUCCESS") co_return printed;
    if (status == "FAILED") {
      printed.code = ExitCode::check_failed;
      co_return printed;
    }
    if (clock.monotonic() >= end) {
      printed.code = ExitCode::unavailable;
      printed.notes = fmt::format("still PENDING after {} s ({})", timeout.count(),
                                  member_text(payment, "pending_reason"));
      co_return printed;
    }
    co_await pause(limits::cli_poll);
  }
}

}  // namespace bursar::cli
