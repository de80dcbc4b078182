#include "auth/verified_tokens.hpp"

#include "base/limits.hpp"

namespace bursar::auth {

const Caller* VerifiedTokens::find(std::string_view token, Instant now) {
  auto found = young_.find(token);
  if (found == young_.end()) {
    const auto older = old_.find(token);
    if (older == old_.end()) return nullptr;
    found = insert(old_.extract(older));
  }
  const Entry& entry = found->second;
  if (now >= entry.caller.expires_at || now < entry.not_before) return nullptr;
  return &entry.caller;
}

void VerifiedTokens::keep(std::string_view token, Entry entry) {
  if (token.size() > limits::remembered_token_bytes) return;
  Tokens one;
  one.emplace(std::string(token), std::move(entry));
  insert(one.extract(one.begin()));
}

void VerifiedTokens::forget_if(const std::function<bool(const Entry&)>& is_stale) {
  for (Tokens* tokens : {&young_, &old_})
    std::erase_if(*tokens, [&](const auto& one) { return is_stale(one.second); });
}

void VerifiedTokens::clear() {
  young_.clear();
  old_.clear();
}

VerifiedTokens::Tokens::iterator VerifiedTokens::insert(Tokens::node_type node) {
  if (young_.size() >= limits::verified_tokens / 2) {
    old_ = std::move(young_);
    young_ = Tokens();
  }
  return young_.insert(std::move(node)).position;
}

}  // namespace bursar::auth
