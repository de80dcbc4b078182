#include "auth/rate_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/check.hpp"
#include "base/limits.hpp"

namespace bursar::auth {
namespace {

using std::chrono::microseconds;

struct Default {
  RateClass name;
  std::string_view text, rate;
};

constexpr std::array<Default, rate_classes> table{{
    {RateClass::create, "create", "50/s:500"},
    {RateClass::read, "read", "100/s:1000"},
    {RateClass::service_create, "service_create", "5000/s:10000"},
    {RateClass::service_read, "service_read", "10000/s:20000"},
    {RateClass::user, "user", "50/s:500"},
    {RateClass::staff, "staff", "200/s:2000"},
    {RateClass::token, "token", "30/m:30"},
    {RateClass::token_known, "token_known", "60/m:60"},
    {RateClass::token_address, "token_address", "60/m:60"},
    {RateClass::address, "address", "50/s:500"},
}};

std::int64_t round_up(std::int64_t number, std::int64_t unit) { return (number + unit - 1) / unit; }

std::optional<std::int64_t> parse_count(std::string_view text) {
  std::int64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return whole && count >= 1 ? std::optional(count) : std::nullopt;
}

std::optional<microseconds> parse_unit(std::string_view text) {
  if (text == "s") return std::chrono::seconds(1);
  if (text == "m") return std::chrono::minutes(1);
  if (text == "h") return std::chrono::hours(1);
  return std::nullopt;
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string_view to_text(RateClass name) { return table[static_cast<std::size_t>(name)].text; }

std::optional<RateClass> parse_rate_class(std::string_view text) {
  const auto* found = std::ranges::find(table, text, &Default::text);
  return found == table.end() ? std::nullopt : std::optional(found->name);
}

std::expected<Rate, std::string> parse_rate(std::string_view text) {
  if (text == "off") return Rate();
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto count = parse_count(text.substr(0, slash));
  const auto unit = slash < colon ? parse_unit(text.substr(slash + 1, colon - slash - 1)) : std::nullopt;
  const auto burst = colon < text.size() ? parse_count(text.substr(colon + 1)) : count;
  if (!count || !unit || !burst)
    return std::unexpected(fmt::format(
        "'{}' is no rate: write off, or a number and /s, /m or /h, with :burst if you like, such as "
        "200/s:400",
        text));
  const Rate rate{microseconds(round_up(unit->count(), *count)), *burst};
  if (*count > *unit / limits::rate_step_min)
    return std::unexpected(fmt::format("'{}' is more than {} a second; write off for no limit", text,
                                       std::chrono::seconds(1) / limits::rate_step_min));
  if (rate.burst > limits::rate_burst_max)
    return std::unexpected(fmt::format("'{}' has a burst of more than {}", text, limits::rate_burst_max));
  if (rate.burst * rate.step > limits::rate_refill_max)
    return std::unexpected(fmt::format("'{}' needs more than {} h to refill its burst", text,
                                       std::chrono::hours(limits::rate_refill_max).count()));
  return rate;
}

std::expected<RatePolicy, std::string> RatePolicy::parse(std::string_view text) {
  RatePolicy policy;
  for (bool more = !trim(text).empty(); more;) {
    const std::size_t comma = text.find(',');
    more = comma != std::string_view::npos;
    const std::string_view entry = trim(text.substr(0, comma));
    if (more) text.remove_prefix(comma + 1);
    const std::size_t equals = std::min(entry.find('='), entry.size());
    const auto name = parse_rate_class(entry.substr(0, equals));
    if (!name || equals == entry.size()) {
      std::string names;
      for (const Default& one : table) names += fmt::format("{}{}", names.empty() ? "" : ", ", one.text);
      return std::unexpected(
          fmt::format("'{}' is not of the form class=rate; the classes are {}", entry, names));
    }
    if (policy.find(*name) != nullptr)
      return std::unexpected(fmt::format("'{}' is there twice", to_text(*name)));
    const auto rate = parse_rate(entry.substr(equals + 1));
    if (!rate) return std::unexpected(rate.error());
    policy.set(*name, *rate);
  }
  return policy;
}

const RatePolicy& RatePolicy::defaults() {
  static const RatePolicy policy = [] {
    RatePolicy made;
    for (const Default& one : table) {
      const auto rate = parse_rate(one.rate);
      CHECK(rate.has_value());
      made.set(one.name, *rate);
    }
    return made;
  }();
  return policy;
}

RatePolicy RatePolicy::with(const RatePolicy& other) const {
  RatePolicy both = *this;
  for (std::size_t i = 0; i < rate_classes; ++i)
    if (other.budgets_[i]) both.budgets_[i] = other.budgets_[i];
  return both;
}

const Budget* RatePolicy::find(RateClass name) const {
  const auto& budget = budgets_[static_cast<std::size_t>(name)];
  return budget ? &*budget : nullptr;
}

void RatePolicy::set(RateClass name, const Rate& rate) {
  const microseconds full = rate.burst * rate.step;
  const std::string item = fmt::format("\"{}\"", to_text(name));
  const std::int64_t window = round_up(full.count(), microseconds(std::chrono::seconds(1)).count());
  budgets_[static_cast<std::size_t>(name)] =
      Budget{name, rate, fmt::format("{};q={};w={}", item, rate.burst, window), item};
}

}  // namespace bursar::auth
