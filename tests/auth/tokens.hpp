// Tokens made by hand, right and wrong, for the tests of this folder.
#pragma once
#include <string>
#include <string_view>

#include "auth/verifier.hpp"
#include "testing/manual_clock.hpp"

namespace bursar::testing {

inline constexpr std::string_view subject = "0192f0c1-7b1e-7c3a-8f00-0123456789ab";

auth::Key hs256_key(std::string id = "main");
/// The first key pair of RFC 8032 §7.1 (TEST 1).
auth::Key ed25519_key(std::string id = "main");

/// The verifier's word, for a `resolve` that does not wait.
std::expected<auth::Caller, auth::Refusal> verify(auth::Verifier& verifier, const std::string& authorization);

/// `header` and `payload` as they are, signed with the key; whatever they say.
std::string sign(const auth::Key& key, std::string_view header, std::string_view payload);
/// A right header for the key.
std::string header_for(const auth::Key& key);
/// A right payload that is valid for a minute at the clock's time, with `change` members instead of the right
/// ones: a JSON object; null takes a member away.
std::string payload_at(Instant now, std::string_view change = "{}");

}  // namespace bursar::testing
