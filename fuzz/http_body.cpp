// A chunked body: what ours decodes, Beast decodes alike; and byte by byte gives the same as at once.
#include "base/limits.hpp"
#include "fuzz/fuzz.hpp"
#include "http/chunks.hpp"
#include "tests/http/oracle.hpp"

using namespace bursar;

namespace {

struct Decoded {
  http::Reading reading = http::Reading::more;
  std::string body;
  std::size_t bytes = 0;
  std::string refusal;
};

Decoded decode(std::string_view wire, std::size_t piece) {
  http::ChunkReader reader;
  Decoded decoded;
  while (decoded.bytes < wire.size() && decoded.reading == http::Reading::more) {
    const auto step = reader.read(wire.substr(decoded.bytes, piece));
    fuzz::require(step.consumed > 0 || step.reading != http::Reading::more, "no byte was taken");
    decoded.reading = step.reading;
    decoded.body += step.data;
    decoded.bytes += step.consumed;
  }
  if (decoded.reading == http::Reading::refused) decoded.refusal = reader.refusal().detail;
  return decoded;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto wire = fuzz::text_of(data, size);
  const Decoded whole = decode(wire, size);
  const Decoded slow = decode(wire, 1);
  fuzz::require(whole.reading == slow.reading && whole.bytes == slow.bytes, "the end lies elsewhere",
                std::to_string(whole.bytes), std::to_string(slow.bytes));
  fuzz::require(whole.body == slow.body, "bytes that come one by one are decoded otherwise", whole.body,
                slow.body);
  fuzz::require(whole.refusal == slow.refusal, "and refused otherwise", whole.refusal, slow.refusal);
  fuzz::require(whole.body.size() <= limits::request_body_bytes, "the body is longer than allowed");
  if (whole.reading != http::Reading::done) return 0;
  const auto other = http::testing::chunked_body_by_beast(wire.substr(0, whole.bytes));
  fuzz::require(other.has_value(), "only ours takes this body", whole.body);
  fuzz::require(*other == whole.body, "the body is understood otherwise", whole.body, *other);
  return 0;
}
