#include "cli/remote.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace bursar::cli {
namespace {

ExitCode code_of(int status, std::string_view problem) {
  if (problem == "idempotency_key_reused") return ExitCode::conflict;
  switch (status) {
    case 401:
    case 403:
      return ExitCode::not_allowed;
    case 404:
      return ExitCode::not_found;
    case 409:
      return ExitCode::conflict;
    case 400:
    case 413:
    case 415:
    case 422:
      return ExitCode::invalid;
    case 429:
      return ExitCode::rate_limited;
    case 502:
    case 503:
    case 504:
      return ExitCode::unavailable;
    default:
      return ExitCode::other;
  }
}

std::string member_text(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// "  /amount: is required", a line each.
std::string fault_lines(const json::object& problem) {
  std::string lines;
  const json::value* errors = problem.if_contains("errors");
  if (errors == nullptr || !errors->is_array()) return lines;
  for (const json::value& error : errors->get_array()) {
    const json::object* fault = error.if_object();
    if (fault == nullptr) continue;
    std::string where;
    for (const std::string_view member : {"pointer", "parameter", "header"})
      if (where.empty()) where = member_text(*fault, member);
    lines += fmt::format("\n  {}: {}", where, member_text(*fault, "message"));
  }
  return lines;
}

}  // namespace

std::string percent_encode(std::string_view text) {
  constexpr std::string_view unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    if (unreserved.find(c) != std::string_view::npos)
      encoded += c;
    else
      encoded += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return encoded;
}

CommandFailed refusal_of(int status, std::string_view body, std::string_view url) {
  const auto parsed = json::parse(body);
  const json::object* problem = parsed ? parsed->if_object() : nullptr;
  if (problem == nullptr || member_text(*problem, "code").empty())
    return {code_of(status, ""),
            fmt::format("{} answered {} and nothing that Bursar says; is it Bursar?", url, status)};
  const std::string code = member_text(*problem, "code");
  std::string text = member_text(*problem, "detail");
  if (text.empty()) text = member_text(*problem, "title");
  text += fault_lines(*problem);
  text += fmt::format("\n({} {}, request {})", status, code, member_text(*problem, "request_id"));
  if (status == 401) text += "\nGive a token: BURSAR_TOKEN=$(bursar token mint --subject … --role …)";
  return {code_of(status, code), text};
}

Remote::Remote(Executor executor, Server server)
    : server_(std::move(server)),
      client_(std::move(executor),
              {.base_url = server_.url, .connections = 1, .trusted_certificates_file = server_.ca_file}) {}

Task<json::object> Remote::get(std::string path, Query query) {
  http::ClientRequest request;
  request.method = "GET";
  request.path = std::move(path);
  char separator = '?';
  for (const auto& [name, value] : query) {
    request.path += fmt::format("{}{}={}", separator, name, percent_encode(value));
    separator = '&';
  }
  co_return co_await call(std::move(request));
}

Task<json::object> Remote::post(std::string path, json::object body, std::string idempotency_key) {
  http::ClientRequest request;
  request.path = std::move(path);
  request.content_type = "application/json";
  request.body = json::to_text(body);
  request.headers.emplace_back("Idempotency-Key", std::move(idempotency_key));
  co_return co_await call(std::move(request));
}

Task<json::object> Remote::send(std::string method, std::string path, std::optional<json::object> body) {
  http::ClientRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  if (body) {
    request.content_type = "application/json";
    request.body = json::to_text(*body);
  }
  co_return co_await call(std::move(request));
}

Task<json::object> Remote::call(http::ClientRequest request) {
  if (!server_.token.empty()) request.headers.emplace_back("Authorization", "Bearer " + server_.token);
  request.headers.emplace_back("Accept", "application/json");
  request.max_answer_bytes = limits::cli_answer_bytes;
  http::ClientResponse response;
  try {
    response = co_await client_.call(std::move(request), limits::outbound_deadline);
  } catch (const http::CallFailed& failed) {
    throw CommandFailed(
        ExitCode::unavailable,
        fmt::format("{} does not answer: {}\nIs it running ('bursar up'), and is BURSAR_URL right?",
                    server_.url, failed.what()));
  }
  if (response.status < 200 || response.status > 299)
    throw refusal_of(response.status, response.body, server_.url);
  auto parsed = json::parse(response.body);
  if (!parsed || !parsed->is_object())
    throw CommandFailed(ExitCode::other,
                        fmt::format("{} answered something that is no JSON object", server_.url));
  co_return std::move(parsed->as_object());
}

}  // namespace bursar::cli
