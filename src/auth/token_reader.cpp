#include "auth/token_reader.hpp"

#include "auth/claims.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace bursar::auth {
namespace {

std::unexpected<Refusal> refuse(std::string reason) { return std::unexpected(Refusal{std::move(reason)}); }

}  // namespace

TokenReader::TokenReader(VerifierOptions options) : options_(std::move(options)) {
  for (Key& key : options_.keys) {
    if (find_key(key.id) != nullptr)
      throw UsageError(fmt::format("two token keys have the id '{}'; give each its own", key.id));
    keys_.emplace_back(std::move(key));
  }
  options_.keys.clear();
  if (keys_.empty()) throw UsageError("there is no token key: nobody could be authenticated");
}

std::expected<Verified, Refusal> TokenReader::read(std::string_view token, Instant now) const {
  if (token.size() > limits::token_bytes)
    return refuse(fmt::format("it is longer than {} bytes", limits::token_bytes));
  const auto parts = split_compact(token);
  if (!parts) return refuse("it does not have the three parts of a signed token");
  const auto header = read_header(parts->header);
  if (!header) return std::unexpected(header.error());
  const SignatureKey* key = choose_key(*header);
  if (key == nullptr)
    return refuse(header->key_id ? "no key has its id (kid)"
                                 : "it names no key (kid), and there are several");
  if (header->algorithm != to_text(key->key().algorithm))
    return refuse(fmt::format("its algorithm is not the key's, {}", to_text(key->key().algorithm)));
  const auto signature = from_base64url(parts->signature);
  if (!signature) return refuse("the signature is not base64url");
  if (!key->verifies(parts->signed_text, *signature)) return refuse("its signature is wrong");
  auto verified = read_claims(parts->payload, options_, now);
  if (!verified) return verified;
  verified->key_id = key->key().id;
  verified->development = key->key().development;
  return verified;
}

const SignatureKey* TokenReader::choose_key(const Header& header) const {
  if (header.key_id) return find_key(*header.key_id);
  return keys_.size() == 1 ? &keys_.front() : nullptr;
}

const SignatureKey* TokenReader::find_key(std::string_view id) const {
  const auto found = std::ranges::find_if(keys_, [&](const SignatureKey& key) { return key.key().id == id; });
  return found == keys_.end() ? nullptr : &*found;
}

}  // namespace bursar::auth
