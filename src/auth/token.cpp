#include "auth/token.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "auth/claims.hpp"
#include "auth/signature.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "http/message.hpp"

namespace bursar::auth {
namespace {

constexpr std::array<std::pair<RoleName, std::string_view>, 6> role_names{{
    {RoleName::customer, "customer"},
    {RoleName::service, "service"},
    {RoleName::support, "support"},
    {RoleName::analyst, "analyst"},
    {RoleName::operations, "operator"},
    {RoleName::admin, "admin"},
}};

std::unexpected<Refusal> refuse(std::string reason) { return std::unexpected(Refusal{std::move(reason)}); }

/// The token behind "Bearer" and its blanks (RFC 6750 §2.1, RFC 9110 §11.4).
std::optional<std::string_view> bearer_token(std::string_view authorization) {
  const std::size_t blank = authorization.find(' ');
  if (blank == std::string_view::npos || !http::equal_name(authorization.substr(0, blank), "Bearer"))
    return std::nullopt;
  const std::size_t start = authorization.find_first_not_of(' ', blank);
  if (start == std::string_view::npos) return std::nullopt;
  return authorization.substr(start);
}

/// Verified tokens in two generations: what is looked up moves to the young one, and when that is full the
/// old one is forgotten. So memory is bounded and a look-up costs one hash.
class VerifiedTokens {
 public:
  /// nullptr when unknown, or when `now` is outside the token's own times: then only a full look decides.
  const Caller* find(const std::string& token, Instant now) {
    auto found = young_.find(token);
    if (found == young_.end()) {
      auto node = old_.extract(token);
      if (node.empty()) return nullptr;
      found = insert(std::move(node));
    }
    const Claims& claims = found->second;
    if (now >= claims.caller.expires_at || now < claims.not_before) return nullptr;
    return &claims.caller;
  }

  void keep(std::string token, Claims claims) {
    Tokens one;
    one.emplace(std::move(token), std::move(claims));
    insert(one.extract(one.begin()));
  }

 private:
  using Tokens = std::unordered_map<std::string, Claims>;

  Tokens::iterator insert(Tokens::node_type node) {
    if (young_.size() >= limits::verified_tokens / 2) {
      old_ = std::move(young_);
      young_ = Tokens();
    }
    return young_.insert(std::move(node)).position;
  }

  Tokens young_;
  Tokens old_;
};

}  // namespace

std::string_view to_text(RoleName role) {
  return std::ranges::find(role_names, role, &std::pair<RoleName, std::string_view>::first)->second;
}

std::optional<RoleName> parse_role(std::string_view text) {
  const auto* found = std::ranges::find(role_names, text, &std::pair<RoleName, std::string_view>::second);
  if (found == role_names.end()) return std::nullopt;
  return found->first;
}

bool Caller::has(RoleName role) const { return std::ranges::find(roles, role) != roles.end(); }

bool Caller::is_staff() const {
  return has(RoleName::support) || has(RoleName::analyst) || has(RoleName::operations) ||
         has(RoleName::admin);
}

class Verifier::Core {
 public:
  Core(VerifierOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {
    for (Key& key : options_.keys) {
      if (find_key(key.id) != nullptr)
        throw UsageError(fmt::format("two token keys have the id '{}'; give each its own", key.id));
      keys_.emplace_back(std::move(key));
    }
    options_.keys.clear();
    if (keys_.empty()) throw UsageError("there is no token key: nobody could be authenticated");
  }

  std::expected<Caller, Refusal> verify(std::string_view authorization) {
    const auto token = bearer_token(authorization);
    if (!token) return refuse("the Authorization field is not of the form 'Bearer <token>'");
    if (token->size() > limits::token_bytes)
      return refuse(fmt::format("it is longer than {} bytes", limits::token_bytes));
    std::string text(*token);
    const Instant now = clock_.now();
    if (const Caller* known = verified_.find(text, now)) return *known;
    auto claims = verify_token(text, now);
    if (!claims) return std::unexpected(claims.error());
    Caller caller = claims->caller;
    verified_.keep(std::move(text), std::move(*claims));
    return caller;
  }

 private:
  std::expected<Claims, Refusal> verify_token(std::string_view token, Instant now) const {
    const auto parts = split_compact(token);
    if (!parts) return refuse("it does not have the three parts of a signed token");
    const auto header = read_header(parts->header);
    if (!header) return std::unexpected(header.error());
    const SignatureKey* key = choose_key(*header);
    if (key == nullptr)
      return refuse(header->key_id ? "no key has its id (kid)"
                                   : "it names no key (kid), and there are several");
    if (header->algorithm != key->algorithm_name())
      return refuse(fmt::format("its algorithm is not the key's, {}", key->algorithm_name()));
    const auto signature = from_base64url(parts->signature);
    if (!signature) return refuse("the signature is not base64url");
    if (!key->verifies(parts->signed_text, *signature)) return refuse("its signature is wrong");
    return read_claims(parts->payload, options_, now);
  }

  const SignatureKey* choose_key(const Header& header) const {
    if (header.key_id) return find_key(*header.key_id);
    return keys_.size() == 1 ? &keys_.front() : nullptr;
  }

  const SignatureKey* find_key(std::string_view id) const {
    const auto found =
        std::ranges::find_if(keys_, [&](const SignatureKey& key) { return key.key().id == id; });
    return found == keys_.end() ? nullptr : &*found;
  }

  VerifierOptions options_;
  std::vector<SignatureKey> keys_;
  const Clock& clock_;
  VerifiedTokens verified_;
};

Verifier::Verifier(VerifierOptions options, const Clock& clock)
    : core_(std::make_unique<Core>(std::move(options), clock)) {}
Verifier::~Verifier() = default;

std::expected<Caller, Refusal> Verifier::verify(std::string_view authorization) {
  return core_->verify(authorization);
}

std::string mint(const Key& key, const VerifierOptions& issuer, const MintRequest& request, Instant now) {
  if (request.lifetime < std::chrono::seconds(1) || request.lifetime > limits::token_lifetime_max)
    throw UsageError(fmt::format("a token lives 1 s to {} s, not {} s",
                                 std::chrono::seconds(limits::token_lifetime_max).count(),
                                 request.lifetime.count()));
  const SignatureKey signer(key);
  const auto issued = std::chrono::floor<std::chrono::seconds>(now);
  json::array roles;
  for (const RoleName role : request.roles) roles.emplace_back(to_text(role));
  const std::string subject = request.subject.text();
  // The microsecond makes it unique; no randomness, so that a test can repeat a token.
  const Sha256 id = sha256(fmt::format("{} {} {}", key.id, subject, now.time_since_epoch().count()));

  const json::object header{{"alg", signer.algorithm_name()}, {"typ", "at+jwt"}, {"kid", key.id}};
  const json::object payload{
      {"iss", issuer.issuer},
      {"aud", issuer.audience},
      {"sub", subject},
      {"client_id", subject},
      {"iat", issued.time_since_epoch().count()},
      {"exp", (issued + request.lifetime).time_since_epoch().count()},
      {"jti", to_base64url(std::span(id).first(16))},
      {"roles", std::move(roles)},
  };
  std::string token =
      to_base64url(bytes_of(json::to_text(header))) + "." + to_base64url(bytes_of(json::to_text(payload)));
  const auto signature = signer.sign(token);
  if (!signature)
    throw UsageError(fmt::format("the token key '{}' can only verify: it has no signing half", key.id));
  return token + "." + to_base64url(*signature);
}

}  // namespace bursar::auth
