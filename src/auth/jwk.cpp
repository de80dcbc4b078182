#include "auth/jwk.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "auth/public_key.hpp"
#include "auth/signature.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace bursar::auth {
namespace {

/// Why a JWK gives no key.
struct LeftOut {
  std::string reason;
  /// It is not for us, rather than wrong.
  bool ignored = false;
};
std::unexpected<LeftOut> ignore(std::string reason) {
  return std::unexpected(LeftOut{std::move(reason), true});
}
std::unexpected<LeftOut> refuse(std::string reason) {
  return std::unexpected(LeftOut{std::move(reason), false});
}

/// nullopt when it is missing or no text.
std::optional<std::string_view> text_member(const json::object& jwk, std::string_view name) {
  const json::value* found = jwk.if_contains(name);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return std::string_view(found->as_string());
}

/// use and key_ops may each forbid to verify (RFC 7517 §4.2, §4.3).
std::optional<LeftOut> usage_complaint(const json::object& jwk) {
  if (jwk.contains("use") && text_member(jwk, "use") != "sig") return LeftOut{"its use is not sig", true};
  const json::value* operations = jwk.if_contains("key_ops");
  if (operations == nullptr) return std::nullopt;
  if (!operations->is_array()) return LeftOut{"its key_ops is no array", false};
  const auto verifies = [](const json::value& one) { return one.is_string() && one.as_string() == "verify"; };
  switch (std::ranges::count_if(operations->as_array(), verifies)) {
    case 0:
      return LeftOut{"its key_ops do not include verify", true};
    case 1:
      return std::nullopt;
    default:
      return LeftOut{"its key_ops name verify twice", false};
  }
}

struct Material {
  Algorithm algorithm = Algorithm::rs256;
  Bytes verification;
  /// The members that RFC 7638 §3.2 counts, in its order.
  std::string for_thumbprint;
};

/// Base64urlUInt (RFC 7518 §2): no leading zero, so that one number has one form.
std::optional<Bytes> number_member(const json::object& jwk, std::string_view name) {
  const auto text = text_member(jwk, name);
  auto bytes = text ? from_base64url(*text) : std::nullopt;
  if (!bytes || bytes->empty() || bytes->front() == 0) return std::nullopt;
  return bytes;
}

std::optional<Bytes> coordinate_member(const json::object& jwk, std::string_view name) {
  constexpr std::size_t coordinate_bytes = 32;
  const auto text = text_member(jwk, name);
  auto bytes = text ? from_base64url(*text) : std::nullopt;
  if (!bytes || bytes->size() != coordinate_bytes) return std::nullopt;
  return bytes;
}

std::expected<Material, LeftOut> rsa_material(const json::object& jwk) {
  const auto n = number_member(jwk, "n");
  const auto e = number_member(jwk, "e");
  if (!n || !e) return refuse("its n and e are not two positive numbers in base64url without leading zeros");
  const EvpKey key = make_rsa_key(*n, *e);
  if (key == nullptr) return refuse("its n and e make no RSA key");
  return Material{Algorithm::rs256, der_of(*key),
                  fmt::format(R"({{"e":"{}","kty":"RSA","n":"{}"}})", to_base64url(*e), to_base64url(*n))};
}

std::expected<Material, LeftOut> ec_material(const json::object& jwk) {
  const auto curve = text_member(jwk, "crv");
  if (!curve) return refuse("it names no curve (crv)");
  if (*curve != "P-256") return ignore("its curve is not P-256");
  const auto x = coordinate_member(jwk, "x");
  const auto y = coordinate_member(jwk, "y");
  if (!x || !y) return refuse("its x and y are not 32 bytes each in base64url");
  const EvpKey key = make_p256_key(*x, *y);
  if (key == nullptr) return refuse("its point is not on the curve P-256");
  return Material{
      Algorithm::es256, der_of(*key),
      fmt::format(R"({{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}})", to_base64url(*x), to_base64url(*y))};
}

std::expected<Material, LeftOut> okp_material(const json::object& jwk) {
  const auto curve = text_member(jwk, "crv");
  if (!curve) return refuse("it names no curve (crv)");
  if (*curve != "Ed25519") return ignore("its curve is not Ed25519");
  auto x = coordinate_member(jwk, "x");
  if (!x) return refuse("its x is not 32 bytes in base64url");
  const std::string shown = to_base64url(*x);
  return Material{Algorithm::eddsa, std::move(*x),
                  fmt::format(R"({{"crv":"Ed25519","kty":"OKP","x":"{}"}})", shown)};
}

std::expected<Material, LeftOut> read_material(const json::object& jwk) {
  const auto type = text_member(jwk, "kty");
  if (!type) return refuse("it names no type (kty)");
  // Whoever publishes a secret has told it to everyone.
  if (*type == "oct") return refuse("it is a secret (kty oct), and this is a set of public keys");
  for (const std::string_view name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
    if (jwk.contains(name))
      return refuse(fmt::format("it has the private member '{}'; publish the public half only", name));
  if (auto complaint = usage_complaint(jwk)) return std::unexpected(std::move(*complaint));
  if (*type == "RSA") return rsa_material(jwk);
  if (*type == "EC") return ec_material(jwk);
  if (*type == "OKP") return okp_material(jwk);
  return ignore("its type (kty) is none of RSA, EC and OKP");
}

std::expected<Key, LeftOut> read_jwk(const json::object& jwk) {
  const auto material = read_material(jwk);
  if (!material) return std::unexpected(material.error());
  if (jwk.contains("alg") && text_member(jwk, "alg") != to_text(material->algorithm))
    return ignore(fmt::format("its alg is not {}", to_text(material->algorithm)));
  const auto id = text_member(jwk, "kid");
  if (!id && jwk.contains("kid")) return refuse("its kid is no text");
  Key key;
  key.id = id ? std::string(*id) : to_base64url(sha256(material->for_thumbprint));
  key.algorithm = material->algorithm;
  key.verification = material->verification;
  try {
    const SignatureKey usable(key);
  } catch (const UsageError& error) {
    return refuse(error.what());
  }
  return key;
}

/// For messages: by its kid where that can be shown, else by its place.
std::string name_of(const json::object& jwk, std::size_t place) {
  const auto id = text_member(jwk, "kid");
  if (!id || id->empty()) return fmt::format("key {}", place);
  return fmt::format("key '{}'", safe_text(*id, limits::shown_characters));
}

/// Which of two keys a kid means is nobody's to guess.
void refuse_twins(PublishedKeys& published) {
  std::ranges::sort(published.keys, {}, &Key::id);
  auto& keys = published.keys;
  for (auto at = keys.begin(); at != keys.end();) {
    const auto end = std::find_if(at, keys.end(), [&](const Key& key) { return key.id != at->id; });
    if (end - at == 1) {
      ++at;
      continue;
    }
    published.refused.push_back(fmt::format("key '{}': {} keys have this kid", at->id, end - at));
    at = keys.erase(at, end);
  }
}

}  // namespace

std::expected<PublishedKeys, std::string> parse_jwks(std::string_view text) {
  auto parsed = json::parse(text);
  if (!parsed)
    return std::unexpected(fmt::format("at byte {}: {}", parsed.error().offset, parsed.error().what));
  if (!parsed->is_object()) return std::unexpected("it is no JSON object");
  json::object& whole = parsed->as_object();
  json::array list;
  if (json::value* keys = whole.if_contains("keys")) {
    if (!keys->is_array()) return std::unexpected("its member 'keys' is no array");
    list = std::move(keys->as_array());
  } else if (whole.contains("kty")) {
    list.push_back(std::move(whole));
  } else {
    return std::unexpected("it is neither a JWK set (keys) nor a JWK (kty)");
  }
  if (list.size() > limits::keys_per_issuer)
    return std::unexpected(fmt::format("it has {} keys, more than {}", list.size(), limits::keys_per_issuer));
  PublishedKeys published;
  for (std::size_t place = 0; place < list.size(); ++place) {
    if (!list[place].is_object()) return std::unexpected(fmt::format("key {} is no JSON object", place + 1));
    const json::object& jwk = list[place].as_object();
    auto key = read_jwk(jwk);
    if (key) {
      published.keys.push_back(std::move(*key));
      continue;
    }
    auto& reasons = key.error().ignored ? published.ignored : published.refused;
    reasons.push_back(fmt::format("{}: {}", name_of(jwk, place + 1), key.error().reason));
  }
  refuse_twins(published);
  return published;
}

}  // namespace bursar::auth
