// A request's head: what ours takes, Beast takes and understands alike; and byte by byte says the same as at
// once.
#include "fuzz/fuzz.hpp"
#include "http/reader.hpp"
#include "tests/http/oracle.hpp"

using namespace bursar;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  http::HeadReader whole;
  const http::Reading reading = whole.read(text);
  const std::string outcome = http::testing::outcome(whole, reading);

  http::HeadReader slow;
  http::Reading slow_reading = http::Reading::more;
  for (std::size_t end = 1; end <= size && slow_reading == http::Reading::more; ++end)
    slow_reading = slow.read(text.substr(0, end));
  const std::string slow_outcome = http::testing::outcome(slow, slow_reading);
  fuzz::require(outcome == slow_outcome, "bytes that come one by one are read otherwise", outcome,
                slow_outcome);

  if (reading != http::Reading::done || !http::testing::is_comparable(text)) return 0;
  fuzz::require(whole.head().bytes <= size, "the head is longer than the text");
  const auto other = http::testing::understanding_of_beast(text.substr(0, whole.head().bytes));
  fuzz::require(other.has_value(), "only ours takes this head", outcome);
  fuzz::require(*other == outcome, "the head is understood otherwise", outcome, *other);
  return 0;
}
