#include "tests/auth/tokens.hpp"

#include <boost/json/object.hpp>

#include "auth/signature.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "testing/run.hpp"

namespace bursar::testing {
namespace {

std::vector<std::uint8_t> hex(std::string_view text) { return from_hex(text).value(); }

}  // namespace

auth::Key hs256_key(std::string id) {
  auth::Key key;
  key.id = std::move(id);
  key.algorithm = auth::Algorithm::hs256;
  key.verification = std::vector<std::uint8_t>(32, 0x5a);
  key.signing = key.verification;
  return key;
}

auth::Key ed25519_key(std::string id) {
  auth::Key key;
  key.id = std::move(id);
  key.algorithm = auth::Algorithm::eddsa;
  key.verification = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  key.signing = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  return key;
}

std::expected<auth::Caller, auth::Refusal> verify(auth::Verifier& verifier,
                                                  const std::string& authorization) {
  return run(verifier.verify(authorization));
}

std::string sign(const auth::Key& key, std::string_view header, std::string_view payload) {
  const std::string text = to_base64url(bytes_of(header)) + "." + to_base64url(bytes_of(payload));
  return text + "." + to_base64url(auth::SignatureKey(key).sign(text).value());
}

std::string header_for(const auth::Key& key) {
  return json::to_text(
      json::object{{"alg", auth::to_text(key.algorithm)}, {"typ", "at+jwt"}, {"kid", key.id}});
}

std::string payload_at(Instant now, std::string_view change) {
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  json::object payload{{"iss", "bursar"}, {"aud", "bursar"},    {"sub", subject},
                       {"iat", second},   {"exp", second + 60}, {"roles", json::array{"customer"}}};
  const json::value changes = json::parse(change).value();
  for (const auto& [name, value] : changes.as_object()) {
    payload.erase(name);
    if (!value.is_null()) payload.emplace(name, value);
  }
  return json::to_text(payload);
}

}  // namespace bursar::testing
