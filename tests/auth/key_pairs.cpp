#include "tests/auth/key_pairs.hpp"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <boost/json/array.hpp>
#include <functional>

#include "base/check.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace bursar::testing {
namespace {

auth::Bytes number(EVP_PKEY* key, const char* name, int width = 0) {
  BIGNUM* found = nullptr;
  CHECK(EVP_PKEY_get_bn_param(key, name, &found) == 1);
  auth::Bytes bytes(static_cast<std::size_t>(width > 0 ? width : BN_num_bytes(found)));
  CHECK(BN_bn2binpad(found, bytes.data(), static_cast<int>(bytes.size())) >= 0);
  BN_free(found);
  return bytes;
}

std::string pem(const std::function<int(BIO*)>& write) {
  BIO* into = BIO_new(BIO_s_mem());
  CHECK(write(into) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(into, &text);
  std::string result(text, static_cast<std::size_t>(size));
  BIO_free(into);
  return result;
}

auth::Bytes raw_ecdsa(const auth::Bytes& der) {
  const std::uint8_t* at = der.data();
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  CHECK(pair != nullptr);
  auth::Bytes raw(64);
  CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw.data(), 32) == 32);
  CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw.data() + 32, 32) == 32);
  ECDSA_SIG_free(pair);
  return raw;
}

}  // namespace

KeyPair::KeyPair(auth::Algorithm algorithm, EVP_PKEY* pair)
    : algorithm_(algorithm), pair_(pair, EVP_PKEY_free) {
  CHECK(pair != nullptr);
}

KeyPair KeyPair::rsa(int bits) {
  return {auth::Algorithm::rs256, EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits))};
}
KeyPair KeyPair::curve(const char* name) {
  return {auth::Algorithm::es256, EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", name)};
}
KeyPair KeyPair::other(const char* type) {
  return {auth::Algorithm::eddsa, EVP_PKEY_Q_keygen(nullptr, nullptr, type)};
}

const KeyPair& KeyPair::of(auth::Algorithm algorithm) {
  static const KeyPair one_rsa = rsa();
  static const KeyPair one_p256 = p256();
  static const KeyPair one_ed25519 = ed25519();
  if (algorithm == auth::Algorithm::rs256) return one_rsa;
  return algorithm == auth::Algorithm::es256 ? one_p256 : one_ed25519;
}

auth::Key KeyPair::key(std::string id) const {
  auth::Key key;
  key.id = std::move(id);
  key.algorithm = algorithm_;
  key.verification = public_der();
  if (algorithm_ == auth::Algorithm::eddsa)
    key.verification.erase(key.verification.begin(), key.verification.end() - 32);
  return key;
}

json::object KeyPair::jwk(std::string_view id, std::string_view change) const {
  json::object jwk{{"kid", id}, {"alg", auth::to_text(algorithm_)}, {"use", "sig"}};
  const auto add = [&](std::string_view name, const auth::Bytes& bytes) { jwk[name] = to_base64url(bytes); };
  if (algorithm_ == auth::Algorithm::rs256) {
    jwk["kty"] = "RSA";
    add("n", number(pair_.get(), OSSL_PKEY_PARAM_RSA_N));
    add("e", number(pair_.get(), OSSL_PKEY_PARAM_RSA_E));
  } else if (algorithm_ == auth::Algorithm::es256) {
    jwk["kty"] = "EC";
    jwk["crv"] = "P-256";
    add("x", number(pair_.get(), OSSL_PKEY_PARAM_EC_PUB_X, 32));
    add("y", number(pair_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, 32));
  } else {
    jwk["kty"] = "OKP";
    jwk["crv"] = "Ed25519";
    add("x", key("").verification);
  }
  const json::value changes = json::parse(change).value();
  for (const auto& [name, value] : changes.as_object()) {
    jwk.erase(name);
    if (!value.is_null()) jwk.emplace(name, value);
  }
  return jwk;
}

std::string KeyPair::public_pem() const {
  return pem([this](BIO* into) { return PEM_write_bio_PUBKEY(into, pair_.get()); });
}
std::string KeyPair::private_pem() const {
  return pem([this](BIO* into) {
    return PEM_write_bio_PrivateKey(into, pair_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

auth::Bytes KeyPair::signature(std::string_view text) const {
  const EVP_MD* digest = algorithm_ == auth::Algorithm::eddsa ? nullptr : EVP_sha256();
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  CHECK(EVP_DigestSignInit(context, nullptr, digest, nullptr, pair_.get()) == 1);
  std::size_t size = 0;
  CHECK(EVP_DigestSign(context, nullptr, &size, bytes_of(text).data(), text.size()) == 1);
  auth::Bytes signature(size);
  CHECK(EVP_DigestSign(context, signature.data(), &size, bytes_of(text).data(), text.size()) == 1);
  signature.resize(size);
  EVP_MD_CTX_free(context);
  return algorithm_ == auth::Algorithm::es256 ? raw_ecdsa(signature) : signature;
}

std::string KeyPair::token(std::string_view id, std::string_view payload) const {
  const json::object header{{"alg", auth::to_text(algorithm_)}, {"typ", "at+jwt"}, {"kid", id}};
  const std::string text =
      to_base64url(bytes_of(json::to_text(header))) + "." + to_base64url(bytes_of(payload));
  return text + "." + to_base64url(signature(text));
}

std::string jwk_set(std::initializer_list<json::object> keys) {
  json::array list;
  for (const json::object& key : keys) list.push_back(key);
  return json::to_text(json::object{{"keys", std::move(list)}});
}

}  // namespace bursar::testing
