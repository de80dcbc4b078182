#include "cli/messages.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace bursar::cli {
namespace {

Query query_of(const MessageFilter& filter) {
  Query query{{"limit", std::to_string(filter.limit)}};
  if (filter.to) query.emplace_back("to", *filter.to);
  return query;
}

json::array rows_of(const json::object& answer, std::string_view name) {
  const json::value* found = answer.if_contains(name);
  return found != nullptr && found->is_array() ? found->get_array() : json::array();
}

}  // namespace

Task<Printed> list_mails(Remote& sinks, MessageFilter filter, Format format) {
  Query query = query_of(filter);
  const json::object answer = co_await sinks.get("/_mail", std::move(query));
  const json::array rows = rows_of(answer, "mails");
  const std::vector<Column> columns{
      {"N", "n"}, {"AT", "at"}, {"TO", "recipient"}, {"SUBJECT", "subject"}, {"EVENT", "event"}};
  Printed printed;
  printed.text = format_rows(format, columns, rows);
  if (rows.empty()) printed.notes = "no mail";
  co_return printed;
}

Task<Printed> show_mail(Remote& sinks, std::int64_t number, Format format) {
  Query none;
  json::object mail = co_await sinks.get(fmt::format("/_mail/{}", number), std::move(none));
  Printed printed;
  if (format != Format::table) {
    printed.text = format_one(format, mail);
    co_return printed;
  }
  const json::value* text = mail.if_contains("text");
  const std::string body = text != nullptr ? plain_text(*text) : std::string();
  mail.erase("text");
  mail.erase("content");
  printed.text = format_one(format, mail) + '\n' + body + '\n';
  co_return printed;
}

Task<Printed> list_sms(Remote& sinks, MessageFilter filter, Format format) {
  Query query = query_of(filter);
  const json::object answer = co_await sinks.get("/_sms", std::move(query));
  const json::array rows = rows_of(answer, "messages");
  const std::vector<Column> columns{
      {"N", "n"}, {"AT", "at"}, {"TO", "recipient"}, {"TEXT", "text"}, {"EVENT", "event"}};
  Printed printed;
  printed.text = format_rows(format, columns, rows);
  if (rows.empty()) printed.notes = "no SMS";
  co_return printed;
}

}  // namespace bursar::cli
