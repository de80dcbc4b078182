#include "base/clock.hpp"

#include <fmt/format.h>

namespace bursar {
namespace {

using namespace std::chrono;

// Reads exactly `digits` decimal digits from the front of `text`; -1 if they are not there.
int take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return -1;
  int number = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// ".123456789" → microseconds, what is finer is cut off; nullopt if the dot has no digit behind it.
std::optional<microseconds> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return microseconds(0);
  std::int64_t micros = 0;
  std::size_t digits = 0;
  for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++digits)
    if (digits < 6) micros = micros * 10 + (text[0] - '0');
  if (digits == 0) return std::nullopt;
  for (std::size_t i = digits; i < 6; ++i) micros *= 10;
  return microseconds(micros);
}

std::optional<minutes> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return minutes(0);
  if (text.empty()) return std::nullopt;
  const bool west = text[0] == '-';
  if (!take(text, "+-")) return std::nullopt;
  const int hour = take_number(text, 2);
  if (!take(text, ":")) return std::nullopt;
  const int minute = take_number(text, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  return minutes((west ? -1 : 1) * (hour * 60 + minute));
}

// Writes `number` over the zeros at `at`.
void put_number(std::string& text, std::size_t at, std::size_t digits, std::int64_t number) {
  for (std::size_t i = at + digits; i-- > at; number /= 10) text[i] = static_cast<char>('0' + number % 10);
}

}  // namespace

Instant SystemClock::now() const { return floor<microseconds>(system_clock::now()); }
Monotonic SystemClock::monotonic() const { return steady_clock::now(); }

std::string to_rfc3339(Instant instant) {
  const auto day = floor<days>(instant);
  const year_month_day date(day);
  const hh_mm_ss time(instant - day);
  const int year_number = static_cast<int>(date.year());
  if (year_number < 0 || year_number > 9999)  // no RFC 3339 any more: for logs only
    return fmt::format("{}-{:02}-{:02}", year_number, static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
  std::string text("0000-00-00T00:00:00.000000Z");
  put_number(text, 0, 4, year_number);
  put_number(text, 5, 2, static_cast<unsigned>(date.month()));
  put_number(text, 8, 2, static_cast<unsigned>(date.day()));
  put_number(text, 11, 2, time.hours().count());
  put_number(text, 14, 2, time.minutes().count());
  put_number(text, 17, 2, time.seconds().count());
  put_number(text, 20, 6, time.subseconds().count());
  return text;
}

std::optional<Instant> from_rfc3339(std::string_view text) {
  const int y = take_number(text, 4);
  if (y < 1 || !take(text, "-")) return std::nullopt;
  const int m = take_number(text, 2);
  if (m < 1 || !take(text, "-")) return std::nullopt;
  const int d = take_number(text, 2);
  const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (d < 1 || !date.ok() || !take(text, "Tt ")) return std::nullopt;
  const int h = take_number(text, 2);
  if (h < 0 || h > 23 || !take(text, ":")) return std::nullopt;
  const int min = take_number(text, 2);
  if (min < 0 || min > 59 || !take(text, ":")) return std::nullopt;
  const int s = take_number(text, 2);
  if (s < 0 || s > 60) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const Instant instant =
      Instant(sys_days(date)) + hours(h) + minutes(min) + seconds(s) + *fraction - *offset;
  // An offset or a leap second may leave the years that four digits can write.
  const int written = static_cast<int>(year_month_day(floor<days>(instant)).year());
  if (written < 1 || written > 9999) return std::nullopt;
  return instant;
}

}  // namespace bursar
