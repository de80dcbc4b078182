#include "http/retry_after.hpp"

namespace bursar::http {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

int number_of(std::string_view digits) {
  int number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

// "Sun, 06 Nov 1994 08:49:37 GMT"; the name of the day is not compared with the date.
std::optional<sys_seconds> parse_fixdate(std::string_view text) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
  if (text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':')
    return std::nullopt;
  const auto month = months.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const int day = number_of(text.substr(5, 2));
  const int year = number_of(text.substr(12, 4));
  const int hour = number_of(text.substr(17, 2));
  const int minute = number_of(text.substr(20, 2));
  const int second = number_of(text.substr(23, 2));
  if (day < 1 || year < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         seconds(second);
}

}  // namespace

std::optional<seconds> retry_after_of(const ClientResponse& response) {
  const auto value = response.header("Retry-After");
  if (!value || response.count("Retry-After") != 1 || value->empty()) return std::nullopt;
  constexpr seconds most = limits::retry_after_max;
  if (std::all_of(value->begin(), value->end(), [](char c) { return c >= '0' && c <= '9'; })) {
    const auto significant = std::min(value->find_first_not_of('0'), value->size());
    const std::string digits = value->substr(significant);
    return digits.size() > 9 ? most : std::min(most, seconds(number_of(digits)));
  }
  const auto until = parse_fixdate(*value);
  const auto said = response.header("Date");
  const auto now = said ? parse_fixdate(*said) : std::nullopt;
  if (!until || !now) return std::nullopt;
  return std::clamp(*until - *now, seconds(0), most);
}

}  // namespace bursar::http
