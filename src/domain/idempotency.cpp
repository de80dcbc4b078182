#include "domain/idempotency.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "domain/structured_string.hpp"

namespace bursar {
namespace {

// Changes when what goes into a fingerprint changes: old rows then compare by the old rule or not at all.
constexpr std::uint8_t fingerprint_version = 1;

// Lengths go before the texts, so that no two different triples give the same bytes.
void append_framed(std::string& out, std::string_view text) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(text.size() >> shift & 0xFF);
  out += text;
}

}  // namespace

std::expected<std::string, std::string> parse_idempotency_key(std::string_view field_value) {
  std::string key(field_value);
  if (field_value.starts_with('"')) {
    auto decoded = parse_structured_string(field_value);
    if (!decoded)
      return std::unexpected(R"(Idempotency-Key starts with a quote but is no quoted string: )"
                             R"(end it with one ", write \" and \\ inside.)");
    key = std::move(*decoded);
  }
  if (key.empty())
    return std::unexpected("Idempotency-Key is empty; send a value that is unique to this payment.");
  if (key.size() > limits::idempotency_key_characters)
    return std::unexpected(fmt::format("Idempotency-Key has {} characters; at most {} are allowed.",
                                       key.size(), limits::idempotency_key_characters));
  const auto visible = [](char c) { return c > 0x20 && c < 0x7F; };
  if (!std::ranges::all_of(key, visible))
    return std::unexpected(
        "Idempotency-Key may hold visible ASCII characters only (no blanks); a UUID is a good one.");
  return key;
}

KeyDigest key_digest(PrincipalId principal, std::string_view route, std::string_view key) {
  constexpr std::size_t frames = 3 * 4;
  std::string scope;
  scope.reserve(frames + principal.value.bytes.size() + route.size() + key.size());
  append_framed(scope, text_of(principal.value.bytes));
  append_framed(scope, route);
  append_framed(scope, key);
  const Sha256 digest = sha256(scope);
  Uuid half;
  std::copy_n(digest.begin(), half.bytes.size(), half.bytes.begin());
  return KeyDigest(half);
}

Fingerprint fingerprint_of(boost::json::object body) {
  if (auto* user = body.if_contains("user_id"); user != nullptr && user->is_string())
    if (const auto id = parse_uuid(user->get_string())) *user = id->text();  // one spelling
  const std::string text = json::to_canonical_text(std::move(body));
  const Sha256 digest = sha256(text);
  Fingerprint fingerprint{fingerprint_version};
  fingerprint.insert(fingerprint.end(), digest.begin(), digest.end());
  return fingerprint;
}

}  // namespace bursar
