#include "auth/token_reader.hpp"

#include "auth/claims.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace bursar::auth {
namespace {

using SharedKey = std::shared_ptr<const SignatureKey>;

std::unexpected<Refusal> refuse(std::string reason) { return std::unexpected(Refusal{std::move(reason)}); }

/// By kid; a token without one means the only key.
SharedKey choose_key(const TrustedIssuer& from, const Header& header) {
  if (!header.key_id) return from.keys.size() == 1 ? from.keys.front() : nullptr;
  const auto found =
      std::ranges::find_if(from.keys, [&](const SharedKey& key) { return key->key().id == *header.key_id; });
  return found == from.keys.end() ? nullptr : *found;
}

Refusal without_key(const TrustedIssuer& issuer, const Header& header) {
  Refusal refusal{header.key_id ? "no key of its issuer has its id (kid)"
                                : "it names no key (kid), and its issuer does not have exactly one"};
  const auto algorithm = parse_algorithm(header.algorithm);
  const bool has_a_place = header.key_id || issuer.keys.empty();
  const bool could_come = has_a_place && algorithm && *algorithm != Algorithm::hs256;
  if (could_come && issuer.issuer.ours)
    refusal.is_of_unknown_own_key = true;
  else if (could_come)
    refusal.keys_wanted_of = issuer.issuer.name;
  return refusal;
}

}  // namespace

TokenReader::TokenReader(std::vector<TrustedIssuer> issuers) : issuers_(std::move(issuers)) {
  for (const TrustedIssuer& issuer : issuers_)
    for (const SharedKey& key : issuer.keys) sorted_keys_.push_back(key.get());
  std::ranges::sort(sorted_keys_, std::less<>());
}

std::expected<Verified, Refusal> TokenReader::read(std::string_view token, Instant now) const {
  if (token.size() > limits::token_bytes)
    return refuse(fmt::format("it is longer than {} bytes", limits::token_bytes));
  const auto parts = split_compact(token);
  if (!parts) return refuse("it does not have the three parts of a signed token");
  const auto header = read_header(parts->header);
  if (!header) return std::unexpected(header.error());
  const auto signature = from_base64url(parts->signature);
  if (!signature) return refuse("the signature is not base64url");
  const auto payload = read_payload(parts->payload);
  if (!payload) return std::unexpected(payload.error());
  const TrustedIssuer* from = find_issuer(issuer_of(*payload));
  if (from == nullptr) return refuse("its issuer (iss) is none that counts here");
  const SharedKey key = choose_key(*from, *header);
  if (key == nullptr) return std::unexpected(without_key(*from, *header));
  if (header->algorithm != to_text(key->key().algorithm))
    return refuse(fmt::format("its algorithm is not the key's, {}", to_text(key->key().algorithm)));
  if (!key->verifies(parts->signed_text, *signature)) return refuse("its signature is wrong");
  auto verified = read_claims(*payload, from->issuer, now);
  if (!verified) return verified;
  verified->key_id = key->key().id;
  verified->development = key->key().development;
  verified->key = key;
  return verified;
}

bool TokenReader::holds(const SignatureKey* key) const {
  return std::ranges::binary_search(sorted_keys_, key, std::less<>());
}

const TrustedIssuer* TokenReader::find_issuer(std::string_view name) const {
  const auto found = std::ranges::find_if(
      issuers_, [&](const TrustedIssuer& trusted) { return trusted.issuer.name == name; });
  return found == issuers_.end() ? nullptr : &*found;
}

}  // namespace bursar::auth
