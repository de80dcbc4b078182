// Tokens: header and claims in front of every check, signed by the harness as our own issuer signs. What is
// taken keeps each promise of RFC 8725 and 9068 by an independent look, and no byte of it can be changed.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <span>

#include "auth/signature.hpp"
#include "auth/token_reader.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "base/uuid.hpp"
#include "fuzz/fuzz.hpp"

using namespace bursar;

namespace {

constexpr Instant now{std::chrono::seconds(1'800'000'000)};

auth::Key key() {
  auth::Key one;
  one.id = "k";
  one.verification = one.signing = std::vector<std::uint8_t>(32, 'Z');
  return one;
}

std::vector<auth::TrustedIssuer> our_issuer() {
  auth::TrustedIssuer one;
  one.issuer = {
      .name = "bursar", .audience = "bursar", .ours = true, .default_role = auth::RoleName::customer};
  one.keys.push_back(std::make_shared<const auth::SignatureKey>(key()));
  return {std::move(one)};
}

std::string encoded(std::string_view text) {
  return to_base64url(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

std::string signed_token(std::string_view header, std::string_view claims) {
  static const auth::SignatureKey signer(key());
  std::string token = encoded(header) + "." + encoded(claims);
  return token + "." + to_base64url(*signer.sign(token));
}

bool is_text(const json::object& object, std::string_view name, std::string_view text) {
  const json::value* found = object.if_contains(name);
  return found != nullptr && found->is_string() && found->get_string() == text;
}

bool names_us(const json::value& audience) {
  if (audience.is_string()) return audience.get_string() == "bursar";
  return audience.is_array() && std::ranges::any_of(audience.get_array(), [](const json::value& one) {
           return one.is_string() && one.get_string() == "bursar";
         });
}

void check(std::string_view header_text, std::string_view claims_text, const auth::Verified& verified) {
  const auto header = json::parse(header_text);
  const auto claims = json::parse(claims_text);
  fuzz::require(header && header->is_object() && claims && claims->is_object(), "no strict JSON");
  const json::object& head = header->get_object();
  fuzz::require(is_text(head, "alg", "HS256"), "another algorithm than the key's", header_text);
  fuzz::require(!head.contains("kid") || is_text(head, "kid", "k"), "another key", header_text);
  for (const auto* name : {"crit", "b64", "zip", "jwk", "jku", "x5u", "x5c"})
    fuzz::require(!head.contains(name), "a header that brings its own rules", header_text);
  const json::object& body = claims->get_object();
  fuzz::require(is_text(body, "iss", "bursar"), "another issuer", claims_text);
  fuzz::require(body.contains("aud") && names_us(body.at("aud")), "another audience", claims_text);
  fuzz::require(body.contains("exp") && body.at("exp").is_number(), "no expiry", claims_text);
  const double left = body.at("exp").to_number<double>() - 1'800'000'000;
  fuzz::require(left > -static_cast<double>(std::chrono::seconds(limits::token_leeway).count()), "expired",
                claims_text);
  fuzz::require(verified.expires_at + limits::token_leeway > now, "a result that is expired", claims_text);
  fuzz::require(verified.not_before - limits::token_leeway <= now, "not valid yet", claims_text);
  fuzz::require(verified.ours && verified.issuer == "bursar" && parse_uuid(verified.subject).has_value(),
                "a subject that is none of ours", claims_text);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auth::TokenReader reader(our_issuer());
  const auto text = fuzz::text_of(data, size);
  fuzz::require(!reader.read(text, now), "a token that nobody signed", text);
  const std::size_t end = std::min(text.find('\n'), size);
  const auto header = text.substr(0, end);
  const auto claims = text.substr(std::min(end + 1, size));
  const std::string token = signed_token(header, claims);
  const auto verified = reader.read(token, now);
  if (!verified) return 0;
  check(header, claims, *verified);
  std::string changed = token;
  changed[size % token.size()] ^= 1;
  fuzz::require(!reader.read(changed, now), "a changed token passes", token, changed);
  return 0;
}
