#include "cli/access.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace bursar::cli {
namespace {

constexpr std::size_t page_items = 200;

const json::array& rows_of(const json::object& answer, std::string_view member) {
  static const json::array none;
  const json::value* found = answer.if_contains(member);
  return found != nullptr && found->is_array() ? found->get_array() : none;
}

void put(json::object& body, std::string_view name, const std::optional<std::string>& value) {
  if (value) body[name] = *value;
}

/// One principal, its secrets behind it.
Printed print_principal(json::object principal, Format format) {
  Printed printed;
  if (format != Format::table) {
    printed.text = format_one(format, principal);
    return printed;
  }
  const json::array secrets = rows_of(principal, "secrets");
  principal.erase("secrets");
  printed.text = format_one(format, principal);
  const std::vector<Column> columns{{"SECRET", "id"},
                                    {"CREATED AT", "created_at"},
                                    {"EXPIRES AT", "expires_at"},
                                    {"REVOKED AT", "revoked_at"}};
  if (!secrets.empty()) printed.text += '\n' + format_rows(format, columns, secrets);
  return printed;
}

Printed print_keys(const json::object& answer, Format format) {
  const std::vector<Column> columns{{"KID", "kid"},
                                    {"STATE", "state"},
                                    {"ALGORITHM", "algorithm"},
                                    {"CREATED AT", "created_at"},
                                    {"SIGNS SINCE", "activated_at"},
                                    {"RETIRED AT", "retired_at"},
                                    {"REVOKED AT", "revoked_at"}};
  Printed printed;
  printed.text = format_rows(format, columns, rows_of(answer, "keys"));
  if (rows_of(answer, "keys").empty()) printed.notes = "no keys; 'bursar keys create' makes them";
  return printed;
}

}  // namespace

Printed print_made(const json::object& principal, Format format) {
  if (format != Format::table) return print_principal(principal, format);
  json::object shown = principal;
  const json::array secrets = rows_of(principal, "secrets");
  shown.erase("secrets");
  if (!secrets.empty()) {
    shown["client_id"] = principal.at("id");
    shown["client_secret"] = secrets.front().at("client_secret");
  }
  Printed printed;
  printed.text = format_one(format, shown);
  if (!secrets.empty()) printed.notes = "the secret is shown this once; keep it where secrets are kept";
  return printed;
}

Task<Printed> create_principal(Remote& ops, PrincipalArguments arguments, Format format) {
  json::object body;
  put(body, "name", arguments.name);
  put(body, "role", arguments.role);
  put(body, "issuer", arguments.issuer);
  put(body, "subject", arguments.subject);
  put(body, "rate_limit", arguments.rate_limit);
  const std::string path = "/ops/principals";
  const json::object made = co_await ops.send("POST", path, body);
  co_return print_made(made, format);
}

Task<Printed> list_principals(Remote& ops, PrincipalArguments arguments, Format format) {
  json::array rows;
  std::optional<std::string> cursor;
  do {
    Query query{{"limit", std::to_string(std::min(arguments.limit - rows.size(), page_items))}};
    if (arguments.role) query.emplace_back("role", *arguments.role);
    if (cursor) query.emplace_back("cursor", *cursor);
    const json::object page = co_await ops.get("/ops/principals", std::move(query));
    for (const json::value& row : rows_of(page, "principals")) rows.push_back(row);
    const json::value* next = page.if_contains("next_cursor");
    cursor = next != nullptr ? std::optional(std::string(next->as_string())) : std::nullopt;
  } while (cursor && rows.size() < arguments.limit);
  const std::vector<Column> columns{{"ID", "id"},
                                    {"ROLE", "role"},
                                    {"NAME", "name"},
                                    {"CREATED AT", "created_at"},
                                    {"REVOKED AT", "revoked_at"},
                                    {"RATE LIMIT", "rate_limit"},
                                    {"ISSUER", "issuer"},
                                    {"SUBJECT", "subject"}};
  Printed printed;
  printed.text = format_rows(format, columns, rows);
  if (rows.empty()) printed.notes = "no principals";
  if (cursor) printed.notes = "there are more; --limit shows them";
  co_return printed;
}

Task<Printed> show_principal(Remote& ops, std::string id, Format format) {
  Query none;
  const std::string path = "/ops/principals/" + percent_encode(id);
  json::object principal = co_await ops.get(path, std::move(none));
  co_return print_principal(std::move(principal), format);
}

Task<Printed> change_principal(Remote& ops, PrincipalArguments arguments, Format format) {
  json::object body;
  put(body, "name", arguments.name);
  put(body, "role", arguments.role);
  put(body, "rate_limit", arguments.rate_limit);
  const std::string path = "/ops/principals/" + percent_encode(arguments.id);
  json::object principal = co_await ops.send("PATCH", path, body);
  co_return print_principal(std::move(principal), format);
}

Task<Printed> revoke_principal(Remote& ops, std::string id, Format format) {
  const std::string path = fmt::format("/ops/principals/{}/revoke", percent_encode(id));
  json::object principal = co_await ops.send("POST", path, std::nullopt);
  auto printed = print_principal(std::move(principal), format);
  printed.notes = "nothing of it counts any more, on any process, within a second";
  co_return printed;
}

Task<Printed> restore_principal(Remote& ops, std::string id, Format format) {
  const std::string path = fmt::format("/ops/principals/{}/restore", percent_encode(id));
  json::object principal = co_await ops.send("POST", path, std::nullopt);
  auto printed = print_principal(std::move(principal), format);
  printed.notes = "it may call again with new tokens; those from before the revocation stay refused";
  co_return printed;
}

Task<Printed> new_secret(Remote& ops, PrincipalArguments arguments, Format format) {
  json::object body;
  put(body, "expires_at", arguments.expires_at);
  const std::string path = fmt::format("/ops/principals/{}/secrets", percent_encode(arguments.id));
  const json::object secret = co_await ops.send("POST", path, body);
  Printed printed;
  printed.text = format_one(format, secret);
  printed.notes = "the secret is shown this once; keep it where secrets are kept";
  co_return printed;
}

Task<Printed> revoke_secret(Remote& ops, std::string id, Format format) {
  const std::string path = fmt::format("/ops/secrets/{}/revoke", percent_encode(id));
  const json::object secret = co_await ops.send("POST", path, std::nullopt);
  Printed printed;
  printed.text = format_one(format, secret);
  printed.notes = "no new tokens by it; tokens it got before live for at most 15 minutes more";
  co_return printed;
}

Task<Printed> list_keys(Remote& ops, Format format) {
  Query none;
  const json::object answer = co_await ops.get("/ops/keys", std::move(none));
  co_return print_keys(answer, format);
}

Task<Printed> create_keys(Remote& ops, Format format) {
  const std::string path = "/ops/keys";
  const json::object answer = co_await ops.send("POST", path, std::nullopt);
  co_return print_keys(answer, format);
}

Task<Printed> rotate_keys(Remote& ops, Format format) {
  const std::string path = "/ops/keys/rotate";
  const json::object answer = co_await ops.send("POST", path, std::nullopt);
  co_return print_keys(answer, format);
}

Task<Printed> revoke_key(Remote& ops, std::string id, Format format) {
  const std::string path = fmt::format("/ops/keys/{}/revoke", percent_encode(id));
  const json::object answer = co_await ops.send("POST", path, std::nullopt);
  co_return print_keys(answer, format);
}

}  // namespace bursar::cli
