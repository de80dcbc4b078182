#include "auth/verifier.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/error.hpp"
#include "http/message.hpp"

namespace bursar::auth {
namespace {

/// The token behind "Bearer" and its blanks (RFC 6750 §2.1, RFC 9110 §11.4).
std::optional<std::string_view> bearer_token(std::string_view authorization) {
  const std::size_t blank = authorization.find(' ');
  if (blank == std::string_view::npos || !http::equal_name(authorization.substr(0, blank), "Bearer"))
    return std::nullopt;
  const std::size_t start = authorization.find_first_not_of(' ', blank);
  if (start == std::string_view::npos) return std::nullopt;
  return authorization.substr(start);
}

}  // namespace

Task<std::expected<Caller, Refusal>> resolve_by_claims(const Verified& verified) {
  if (!verified.ours) co_return std::unexpected(Refusal{"nobody here knows its issuer's subjects"});
  const auto principal = parse_uuid(verified.subject);
  CHECK(principal.has_value());
  co_return Caller{PrincipalId(*principal), verified.claimed, verified.expires_at};
}

Verifier::Verifier(const KeyRing& keys, const Clock& clock, Resolve resolve, AwaitKeys await_keys)
    : ring_(keys),
      ring_version_(keys.version()),
      reader_(keys.reader()),
      clock_(clock),
      resolve_(std::move(resolve)),
      await_keys_(std::move(await_keys)) {}

void Verifier::adopt_new_keys() {
  const std::uint64_t version = ring_.version();
  if (version == ring_version_) return;
  ring_version_ = version;
  reader_ = ring_.reader();
  ++forgotten_;
  remembered_.forget_if([&](const VerifiedTokens::Entry& entry) { return !reader_->holds(entry.key.get()); });
}

const Caller* Verifier::find(std::string_view authorization) {
  adopt_new_keys();
  const auto token = bearer_token(authorization);
  return token ? remembered_.find(*token, clock_.now()) : nullptr;
}

Task<std::expected<Verified, Refusal>> Verifier::read(std::string_view token) {
  auto verified = reader_->read(token, clock_.now());
  if (verified || verified.error().keys_wanted_of.empty() || !await_keys_) co_return verified;
  const bool is_answered = co_await await_keys_(verified.error().keys_wanted_of);
  adopt_new_keys();
  verified = reader_->read(token, clock_.now());
  if (!verified && !verified.error().keys_wanted_of.empty() && !is_answered)
    throw Unavailable("the keys of the token's issuer cannot be had right now");
  co_return verified;
}

Task<std::expected<Caller, Refusal>> Verifier::verify(std::string_view authorization) {
  if (const Caller* known = find(authorization)) co_return *known;
  const auto token = bearer_token(authorization);
  if (!token)
    co_return std::unexpected(Refusal{"the Authorization field is not of the form 'Bearer <token>'"});
  const auto verified = co_await read(*token);
  if (!verified) co_return std::unexpected(verified.error());
  const std::uint64_t forgotten = forgotten_;
  auto caller = co_await resolve_(*verified);
  if (!caller) co_return std::unexpected(caller.error());
  caller->expires_at = verified->expires_at;
  // What was asked before a revocation is good for this request, which came before it too, and for no other.
  if (forgotten == forgotten_) remembered_.keep(*token, {*caller, verified->not_before, verified->key});
  co_return std::move(*caller);
}

void Verifier::forget(std::span<const PrincipalId> principals) {
  ++forgotten_;
  std::vector<PrincipalId> sorted(principals.begin(), principals.end());
  std::ranges::sort(sorted);
  remembered_.forget_if([&](const VerifiedTokens::Entry& entry) {
    return std::ranges::binary_search(sorted, entry.caller.principal);
  });
}

void Verifier::forget_all() {
  ++forgotten_;
  remembered_.clear();
}

}  // namespace bursar::auth
