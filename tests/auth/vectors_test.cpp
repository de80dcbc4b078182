// Published vectors, and tokens that other programs made.
#include <gtest/gtest.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include "auth/claims.hpp"
#include "auth/jwk.hpp"
#include "auth/pem.hpp"
#include "auth/public_key.hpp"
#include "auth/signature.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "tests/auth/tokens.hpp"

namespace bursar::testing {
namespace {

std::filesystem::path corpus(std::string_view name) {
  return std::filesystem::path(BURSAR_SOURCE_DIR) / ".." / "shared" / "corpora" / "wycheproof" / name;
}

json::value read_json(const std::filesystem::path& file) {
  std::ifstream in(file);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  return json::parse(text).value();
}

std::string text(const json::object& from, std::string_view name) {
  return std::string(from.at(name).as_string());
}

std::vector<std::uint8_t> hex(const json::object& from, std::string_view name) {
  return from_hex(text(from, name)).value();
}

auth::Key oct_key(const json::object& jwk) {
  auth::Key key;
  key.id = jwk.contains("kid") ? text(jwk, "kid") : "none";
  key.verification = from_base64url(text(jwk, "k")).value_or(auth::Bytes());  // not canonical: none
  return key;
}

/// The parts of Verifier that know signatures, without the claims: the vectors sign "foo".
bool signature_holds(const std::vector<auth::Key>& keys, std::string_view token) {
  const auto parts = auth::split_compact(token);
  if (!parts) return false;
  const auto bytes = from_base64url(parts->header);
  const auto header = bytes ? json::parse(text_of(*bytes)) : std::unexpected(json::ParseError());
  if (!header || !header->is_object()) return false;
  std::string with_type = json::to_text(*header);  // the vectors carry no typ
  with_type.insert(1, R"("typ":"JWT",)");
  const auto read = auth::read_header(to_base64url(bytes_of(with_type)));
  const auto signature = from_base64url(parts->signature);
  if (!read || !signature || !from_base64url(parts->payload)) return false;
  for (const auth::Key& key : keys) {
    if (read->key_id && *read->key_id != key.id) continue;
    return read->algorithm == auth::to_text(key.algorithm) &&
           auth::SignatureKey(key).verifies(parts->signed_text, *signature);
  }
  return false;
}

TEST(Wycheproof, Ed25519SignaturesAreJudgedAsPublished) {
  if (!exists(corpus("ed25519_test.json"))) GTEST_SKIP() << "no vectors at " << corpus("");
  int judged = 0;
  const json::value all = read_json(corpus("ed25519_test.json"));
  for (const json::value& group : all.as_object().at("testGroups").as_array()) {
    auth::Key key = ed25519_key();
    key.signing.clear();
    key.verification = hex(group.as_object().at("publicKey").as_object(), "pk");
    const auth::SignatureKey verifier(key);
    for (const json::value& one : group.as_object().at("tests").as_array()) {
      const json::object& test = one.as_object();
      const auto message = hex(test, "msg");
      EXPECT_EQ(verifier.verifies(text_of(message), hex(test, "sig")),
                test.at("result").as_string() == "valid")
          << "tcId " << test.at("tcId").as_int64() << ' ' << text(test, "comment");
      ++judged;
    }
  }
  EXPECT_GE(judged, 150);
}

TEST(Wycheproof, HmacTagsAreJudgedAsPublishedAndShortSecretsRefused) {
  if (!exists(corpus("hmac_sha256_test.json"))) GTEST_SKIP() << "no vectors at " << corpus("");
  int judged = 0;
  int refused = 0;
  const json::value all = read_json(corpus("hmac_sha256_test.json"));
  for (const json::value& group : all.as_object().at("testGroups").as_array()) {
    const bool whole = group.as_object().at("tagSize").as_int64() == 256;
    for (const json::value& one : group.as_object().at("tests").as_array()) {
      const json::object& test = one.as_object();
      auth::Key key = hs256_key();
      key.signing.clear();
      key.verification = hex(test, "key");
      if (key.verification.size() < 32) {
        EXPECT_THROW(auth::SignatureKey{key}, UsageError);
        ++refused;
        continue;
      }
      const auto message = hex(test, "msg");
      // A truncated tag is no HS256 signature, whatever it is elsewhere.
      EXPECT_EQ(auth::SignatureKey(key).verifies(text_of(message), hex(test, "tag")),
                whole && test.at("result").as_string() == "valid")
          << "tcId " << test.at("tcId").as_int64();
      ++judged;
    }
  }
  EXPECT_GE(judged, 100);
  EXPECT_GE(refused, 6);
}

/// As published, but for four that the file itself contradicts: 367 and 370 say invalid of a token that is,
/// byte for byte, a valid one elsewhere in the file; 372 and 373 say valid of tokens with a '?' in them,
/// which is no base64url.
bool expected_of(const json::object& test) {
  const std::int64_t id = test.at("tcId").as_int64();
  const bool published = test.at("result").as_string() == "valid";
  const bool contradicted = test.at("comment").as_string().starts_with("invalidBase64Padding") ||
                            test.at("comment").as_string().starts_with("InvalidCharacterInsertedIn");
  return contradicted && (id == 367 || id == 370 || id == 372 || id == 373) ? !published : published;
}

/// The secrets of a group; none when its set is mixed or ambiguous, or a secret is short.
std::vector<auth::Key> secrets_of(const json::object& group) {
  const json::object& held = group.at("private").as_object();
  json::array jwks;
  if (held.contains("keys"))
    jwks = held.at("keys").as_array();
  else
    jwks.push_back(held);
  std::vector<auth::Key> keys;
  for (const json::value& one : jwks) {
    const json::object& jwk = one.as_object();
    if (text(jwk, "kty") != "oct") return {};
    if (text(jwk, "alg") != "HS256") continue;
    if (std::ranges::find(keys, text(jwk, "kid"), &auth::Key::id) != keys.end()) return {};
    keys.push_back(oct_key(jwk));
    if (keys.back().verification.size() >= 32) continue;
    EXPECT_THROW(auth::SignatureKey{keys.back()}, UsageError);
    keys.pop_back();
  }
  return keys;
}

/// The keys of a group as they would come here: secrets from the configuration, others as published.
std::vector<auth::Key> keys_of(const json::object& group) {
  if (!group.contains("public")) return secrets_of(group);
  return auth::parse_jwks(json::to_text(group.at("public"))).value().keys;
}

/// Whether all keys of the group are for algorithms that are none of ours: then nothing of it is accepted.
bool is_for_others(const json::object& group) {
  const std::string all = json::to_text(group.contains("public") ? group.at("public") : group.at("private"));
  return std::ranges::none_of(std::array{"HS256", "RS256", "ES256"}, [&](const char* algorithm) {
    return all.find(fmt::format(R"("alg":"{}")", algorithm)) != std::string::npos;
  });
}

TEST(Wycheproof, TokensAndKeysAreJudgedAsPublished) {
  if (!exists(corpus("json_web_signature_test.json"))) GTEST_SKIP() << "no vectors at " << corpus("");
  std::map<std::string, int> accepted, refused;
  for (const char* name : {"json_web_signature_test.json", "json_web_key_test.json"}) {
    const json::value all = read_json(corpus(name));
    for (const json::value& one_group : all.as_object().at("testGroups").as_array()) {
      const json::object& group = one_group.as_object();
      const auto keys = keys_of(group);
      for (const json::value& one : group.at("tests").as_array()) {
        const json::object& test = one.as_object();
        const std::string token(test.at("jws").is_string() ? test.at("jws").as_string().c_str() : "");
        const bool holds = signature_holds(keys, token);
        EXPECT_EQ(holds, !is_for_others(group) && expected_of(test))
            << name << " tcId " << test.at("tcId").as_int64() << ' ' << text(test, "comment");
        const std::string algorithm(keys.empty() ? "no key" : auth::to_text(keys[0].algorithm));
        ++(holds ? accepted : refused)[algorithm];
      }
    }
  }
  EXPECT_EQ(accepted, (std::map<std::string, int>{{"HS256", 12}, {"RS256", 9}, {"ES256", 2}}));
  EXPECT_EQ(refused,
            (std::map<std::string, int>{{"HS256", 31}, {"RS256", 225}, {"ES256", 37}, {"no key", 111}}));
}

/// What a program prints; empty when it failed.
std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::array<char, 4096> buffer;
  while (const std::size_t size = fread(buffer.data(), 1, buffer.size(), pipe))
    output.append(buffer.data(), size);
  return pclose(pipe) == 0 ? output : std::string();
}

TEST(ForeignTokens, WhatPyJwtSignsIsAccepted) {
  // Debian's own interpreter: the one that sees python3-jwt.
  ASSERT_FALSE(output_of("/usr/bin/python3 -c 'import jwt, cryptography; print(1)' 2>/dev/null").empty())
      << "python3-jwt is missing: make setup installs it";
  ManualClock clock;
  const std::string script = fmt::format(
      "import jwt; from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey as P; "
      "c = {}; s = bytes.fromhex(\"{}\"); h = {{\"kid\": \"main\"}}; "
      "print(jwt.encode(c, b\"Z\" * 32, \"HS256\", headers=h)); "
      "print(jwt.encode(c, P.from_private_bytes(s), \"EdDSA\", headers=h))",
      payload_at(clock.now()), to_hex(ed25519_key().signing));
  const std::string output = output_of("/usr/bin/python3 -c '" + script + "'");
  const std::size_t line = output.find('\n');
  ASSERT_NE(line, std::string::npos) << output;
  const std::array<std::pair<auth::Key, std::string>, 2> tokens{
      {{hs256_key(), output.substr(0, line)},
       {ed25519_key(), output.substr(line + 1, output.size() - line - 2)}}};
  for (const auto& [key, token] : tokens) {
    auth::VerifierOptions options;
    options.keys = {key};
    const auth::KeyRing ring(options);
    auth::Verifier verifier(ring, clock);
    const auto caller = verify(verifier, "Bearer " + token);
    ASSERT_TRUE(caller.has_value()) << caller.error().reason << ": " << token;
    EXPECT_EQ(caller->principal.text(), subject);
  }
}

TEST(ForeignTokens, WhatPyJwtSignsAndPublishesIsAccepted) {
  ASSERT_FALSE(output_of("/usr/bin/python3 -c 'import jwt, cryptography; print(1)' 2>/dev/null").empty())
      << "python3-jwt is missing: make setup installs it";
  ManualClock clock;
  const std::string script = fmt::format(
      "import json, jwt; from cryptography.hazmat.primitives import serialization as s; "
      "from cryptography.hazmat.primitives.asymmetric import ec, rsa; "
      "c = {}; r = rsa.generate_private_key(65537, 2048); e = ec.generate_private_key(ec.SECP256R1()); "
      "print(json.dumps(dict("
      "jwk=jwt.algorithms.RSAAlgorithm.to_jwk(r.public_key()), rs=jwt.encode(c, r, \"RS256\"), "
      "pem=e.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo).decode(), "
      "es=jwt.encode(c, e, \"ES256\", headers=dict(kid=\"pem\")))))",
      payload_at(clock.now()));
  const auto output = json::parse(output_of("/usr/bin/python3 -c '" + script + "'"));
  ASSERT_TRUE(output.has_value());
  const json::object& made = output->as_object();
  const auto rsa = auth::parse_jwks(text(made, "jwk"));
  const auto ec = auth::parse_pem(text(made, "pem"), "pem");
  ASSERT_TRUE(rsa.has_value() && rsa->keys.size() == 1 && ec.has_value());
  const std::array<std::pair<auth::Key, std::string>, 2> tokens{
      {{rsa->keys[0], text(made, "rs")}, {*ec, text(made, "es")}}};
  for (const auto& [key, token] : tokens) {
    auth::VerifierOptions options;
    options.keys = {key};
    const auth::KeyRing ring(options);
    auth::Verifier verifier(ring, clock);
    const auto caller = verify(verifier, "Bearer " + token);
    ASSERT_TRUE(caller.has_value()) << caller.error().reason << ": " << token;
    EXPECT_EQ(caller->principal.text(), subject);
  }
}

TEST(ForeignTokens, OpensslVerifiesWhatWeMint) {
  ManualClock clock;
  auth::VerifierOptions issuer;
  const std::string token = auth::mint(hs256_key(), issuer, auth::MintRequest(), clock.now());
  const auto parts = auth::split_compact(token).value();
  const std::string digest = output_of(
      fmt::format("printf %s '{}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:{} -binary | od -An -tx1 "
                  "| tr -d ' \\n'",
                  parts.signed_text, to_hex(hs256_key().verification)));
  EXPECT_EQ(digest, to_hex(from_base64url(parts.signature).value()));
}

}  // namespace
}  // namespace bursar::testing
