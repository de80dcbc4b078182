// Key pairs of every public-key algorithm, made anew in each run, whose private halves only tests have.
#pragma once
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "auth/public_key.hpp"
#include "auth/token.hpp"

namespace bursar::testing {

class KeyPair {
 public:
  static KeyPair rsa(int bits = 2048);
  static KeyPair p256() { return curve("P-256"); }
  static KeyPair curve(const char* name);
  static KeyPair ed25519() { return other("ED25519"); }
  static KeyPair other(const char* type);
  /// One of each, the same through the whole run.
  static const KeyPair& of(auth::Algorithm algorithm);

  auth::Algorithm algorithm() const { return algorithm_; }
  /// The public half as the verifier takes it.
  auth::Key key(std::string id) const;
  /// The public half as a JWK with alg and kid; `change` members instead of the right ones, null takes one
  /// away.
  boost::json::object jwk(std::string_view id, std::string_view change = "{}") const;
  std::string public_pem() const;
  std::string private_pem() const;
  auth::Bytes public_der() const { return auth::der_of(*pair_); }

  /// The signature as a JWS has it (RFC 7518 §3), over any text.
  auth::Bytes signature(std::string_view text) const;
  /// A whole token with a right header for `id`.
  std::string token(std::string_view id, std::string_view payload) const;

 private:
  KeyPair(auth::Algorithm algorithm, EVP_PKEY* pair);

  auth::Algorithm algorithm_;
  auth::EvpKey pair_;
};

/// {"keys": […]}
std::string jwk_set(std::initializer_list<boost::json::object> keys);

}  // namespace bursar::testing
