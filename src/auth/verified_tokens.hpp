// Tokens that were verified, by their text, in two generations: what is looked up moves to the young one, and
// when that is full the old one is forgotten. Tokens beyond limits::remembered_token_bytes are not kept. So
// memory is bounded and a look-up costs one hash. For Verifier.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "auth/token.hpp"

namespace bursar::auth {

class VerifiedTokens {
 public:
  struct Entry {
    Caller caller;
    Instant not_before;
    std::shared_ptr<const SignatureKey> key;
  };

  /// nullptr when unknown, or when `now` is outside the token's own times: then only a full look decides.
  /// Valid until the next call.
  const Caller* find(std::string_view token, Instant now);
  void keep(std::string_view token, Entry entry);
  void forget_if(const std::function<bool(const Entry&)>& is_stale);
  void clear();

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Tokens = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;

  Tokens::iterator insert(Tokens::node_type node);

  Tokens young_;
  Tokens old_;
};

}  // namespace bursar::auth
