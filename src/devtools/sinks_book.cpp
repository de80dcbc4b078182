#include "devtools/sinks_book.hpp"

#include <fstream>

#include "base/check.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"

namespace bursar::devtools {
namespace {

std::string_view text_of_member(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member != nullptr && member->is_string() ? std::string_view(member->get_string()) : "";
}

}  // namespace

SinkBook::SinkBook(const Executor& executor, const Clock& clock, const std::filesystem::path& file)
    : clock_(clock), ledger_(executor, file) {
  std::ifstream in(file, std::ios::binary);
  std::string line;
  while (std::getline(in, line)) {
    const auto parsed = json::parse(line);
    const json::object* entry = parsed ? parsed->if_object() : nullptr;
    const json::value* number = entry != nullptr ? entry->if_contains("n") : nullptr;
    if (number == nullptr || !number->is_int64())
      throw UsageError(
          fmt::format("{} has a line at byte {} that is no entry of a sink; keep the file and start "
                      "with a new one",
                      file.string(), size_));
    last_ = number->get_int64();
    const json::value* listed = entry->if_contains("listed");
    if (listed != nullptr && listed->is_bool() && listed->get_bool()) remember({last_, size_, line.size()});
    const json::value* attempt = entry->if_contains("attempt");
    if (attempt != nullptr && attempt->is_int64() && attempt->get_int64() > 0)
      count_attempt(text_of_member(*entry, "message_id"), text_of_member(*entry, "recipient"));
    size_ += line.size() + 1;
  }
}

// 64 bits of a hash stand for the pair: among a million messages two are taken for one with odds of 1 in 37
// million.
int SinkBook::count_attempt(std::string_view message_id, std::string_view recipient) {
  std::string pair(message_id);
  pair.append("\n").append(recipient);
  const std::size_t key = std::hash<std::string>()(pair);
  const auto [found, is_new] = attempts_.try_emplace(key, 0);
  if (is_new) attempt_order_.push_back(key);
  const int count = ++found->second;
  if (attempt_order_.size() > limits::sink_remembered_ids) {
    attempts_.erase(attempt_order_.front());
    attempt_order_.pop_front();
  }
  return count;
}

std::int64_t SinkBook::append(std::string_view members, bool listed) {
  ++last_;
  const std::string line = fmt::format("{{\"n\":{},\"at\":\"{}\",\"listed\":{},{}}}", last_,
                                       to_rfc3339(clock_.now()), listed, members);
  ledger_.append(line);
  if (listed) remember({last_, size_, line.size()});
  size_ += line.size() + 1;
  return last_;
}

void SinkBook::remember(Place place) {
  places_.push_back(place);
  if (places_.size() > limits::sink_listed) places_.pop_front();
}

// nullopt while the writer has not had its turn since the entry was added.
std::optional<json::object> SinkBook::read(std::istream& file, const Place& place) {
  std::string line(place.octets, '\0');
  file.clear();
  file.seekg(static_cast<std::streamoff>(place.offset));
  file.read(line.data(), static_cast<std::streamsize>(line.size()));
  const auto parsed = json::parse(line);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  return parsed->get_object();
}

std::vector<json::object> SinkBook::list(std::size_t limit, std::optional<std::string_view> recipient) const {
  std::ifstream file(ledger_.file(), std::ios::binary);
  std::vector<json::object> entries;
  std::size_t looked_at = 0;
  for (auto place = places_.rbegin(); place != places_.rend() && entries.size() < limit; ++place) {
    if (++looked_at > limits::page_entries_looked_at) break;
    auto entry = read(file, *place);
    if (!entry || (recipient && text_of_member(*entry, "recipient") != *recipient)) continue;
    entries.push_back(std::move(*entry));
  }
  return entries;
}

std::optional<json::object> SinkBook::find(std::int64_t number) const {
  const auto by_number = [](const Place& place, std::int64_t wanted) { return place.number < wanted; };
  const auto place = std::lower_bound(places_.begin(), places_.end(), number, by_number);
  if (place == places_.end() || place->number != number) return std::nullopt;
  std::ifstream file(ledger_.file(), std::ios::binary);
  return read(file, *place);
}

}  // namespace bursar::devtools
