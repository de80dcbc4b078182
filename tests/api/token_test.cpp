// POST /auth/token and /.well-known/jwks.json over HTTP, with accounts that are rows.
#include <boost/json/array.hpp>
#include <set>

#include "access_stage.hpp"
#include "auth/client_secret.hpp"
#include "auth/jwk.hpp"
#include "auth/secret_hashes.hpp"
#include "auth/signature.hpp"
#include "base/text.hpp"

namespace bursar::api::test {
namespace {

class Tokens : public AccessTest {};

json::object part(const std::string& token, int number) {
  std::string_view rest = token;
  for (int i = 0; i < number; ++i) rest.remove_prefix(rest.find('.') + 1);
  const auto bytes = from_base64url(rest.substr(0, rest.find('.')));
  return json::parse(text_of(bytes.value()))->as_object();
}

Request login_request(std::string type, std::string body, std::string authorization = "") {
  Request request{.method = "POST", .target = "/auth/token", .headers = {{"Content-Type", std::move(type)}}};
  if (!authorization.empty()) request.headers.emplace_back("Authorization", std::move(authorization));
  request.body = std::move(body);
  return request;
}

constexpr const char* form = "application/x-www-form-urlencoded";

TEST_F(Tokens, ALogInGivesATokenThatCallsAsItsPrincipal) {
  const std::string kid = make_keys();
  const Account shop_account = create("service");
  const Answer answer = log_in(shop_account);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.field("Content-Type"), "application/json");
  EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  EXPECT_EQ(answer.text("token_type"), "Bearer");
  EXPECT_EQ(answer.text("expires_in"), "900");
  const std::string token = answer.text("access_token");
  const auto header = part(token, 0), claims = part(token, 1);
  EXPECT_EQ(header.at("typ"), "at+jwt");
  EXPECT_EQ(header.at("alg"), "EdDSA");
  EXPECT_EQ(header.at("kid"), kid.c_str());
  for (const auto* name : {"sub", "client_id"}) EXPECT_EQ(claims.at(name), shop_account.id.c_str());
  EXPECT_EQ(claims.at("iss"), "bursar");
  EXPECT_EQ(claims.at("aud"), "bursar");
  EXPECT_EQ(claims.at("roles"), json::array{"service"});
  EXPECT_EQ(claims.at("exp").as_int64() - claims.at("iat").as_int64(), 900);
  EXPECT_FALSE(claims.at("jti").as_string().empty());
  auto payment = pay("k", payment_of(alice));
  payment.token = token;
  const Answer paid = send(payment);
  EXPECT_EQ(paid.status, 202) << paid.body;
  EXPECT_EQ(paid.text("created_by"), shop_account.id);
}

TEST_F(Tokens, FormJsonAndBasicAreTheSameLogIn) {
  make_keys();
  const Account account = create("customer");
  const std::string basic = account.id + ":" + account.secret;
  std::string base64 = to_base64url(bytes_of(basic));
  for (char& c : base64) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (base64.size() % 4 != 0) base64 += '=';
  const std::string as_json =
      fmt::format(R"({{"grant_type":"client_credentials","client_id":"{}","client_secret":"{}"}})",
                  account.id, account.secret);
  for (const Request& request :
       {login_request(form, fmt::format("client_id={}&client_secret={}&grant_type=client_credentials",
                                        account.id, account.secret)),
        login_request("application/json", as_json),
        login_request(form, "grant_type=client_credentials", "Basic " + base64)})
    EXPECT_EQ(send(request).status, 200) << request.body;
}

TEST_F(Tokens, WhoeverIsUnknownWrongOrRevokedGetsTheSameAnswer) {
  make_keys();
  const Account known = create("service"), revoked = create("service"), ended = create("service");
  EXPECT_EQ(admin_sends("POST", "/ops/principals/" + revoked.id + "/revoke").status, 200);
  EXPECT_EQ(admin_sends("POST", "/ops/secrets/" + ended.secret_id + "/revoke").status, 200);
  SystemRandom random;
  const std::string never_made = auth::make_client_secret(random).text;
  std::string wrong = known.secret;
  wrong.back() = wrong.back() == 'A' ? 'B' : 'A';
  const Account table[] = {{known.id, "", wrong},
                           {known.id, "", never_made},
                           {known.id, "", "password"},
                           {known.id, "", revoked.secret},
                           {random_uuid(random).text(), "", known.secret},
                           {"shop", "", known.secret},
                           revoked,
                           ended};
  std::set<std::string> bodies;
  for (const Account& account : table) {
    const Answer answer = log_in(account);
    check_refused(answer, 401, "invalid_client");
    EXPECT_EQ(answer.text("error"), "invalid_client") << "RFC 6749 §5.2";
    EXPECT_EQ(answer.text("error_description"), answer.text("detail"));
    EXPECT_EQ(answer.field("WWW-Authenticate"), "Basic realm=\"bursar\"");
    std::string body = answer.body;
    const std::string id = answer.text("request_id");
    body.replace(body.find(id), id.size(), "");
    bodies.insert(body);
  }
  EXPECT_EQ(bodies.size(), 1u) << "nothing tells one from the other";
  EXPECT_EQ(log_in(known).status, 200);
}

TEST_F(Tokens, ARefusalIsAProblemThatAnOAuthClientReads) {
  make_keys();
  const Account account = create("service");
  struct {
    Request request;
    int status;
    const char *code, *error;
  } const table[] = {
      {login_request(form, "grant_type=password&client_id=a&client_secret=b"), 400, "unsupported_grant_type",
       "unsupported_grant_type"},
      {login_request(form, "grant_type=client_credentials&client_id=a&client_id=a&client_secret=b"), 400,
       "invalid_token_request", "invalid_request"},
      {login_request(form, "grant_type=client_credentials"), 401, "invalid_client", "invalid_client"},
      {login_request("text/plain", "grant_type=client_credentials"), 415, "unsupported_media_type",
       "(absent)"},
  };
  for (const auto& [request, status, code, error] : table) {
    const Answer answer = send(request);
    check_refused(answer, status, code);
    EXPECT_EQ(answer.text("error"), error);
  }
  check_refused(send({.target = "/auth/token"}), 405, "method_not_allowed");
}

TEST_F(Tokens, WithoutASigningKeyNothingIsIssuedAndTheReasonIsSaid) {
  const Account account = create("service");
  const Answer answer = log_in(account);
  check_refused(answer, 503, "unavailable");
  EXPECT_NE(answer.text("detail").find("bursar keys create"), std::string::npos) << answer.body;
  EXPECT_EQ(send({.target = "/.well-known/jwks.json"}).body, R"({"keys":[]})");
  Account wrong = account;
  wrong.secret += "x";
  check_refused(log_in(wrong), 401, "invalid_client");
}

TEST_F(Tokens, TheKeySetIsPublicAndVerifiesWhatIsIssued) {
  make_keys();
  const Account account = create("service");
  const std::string token = token_of(account);
  const Answer answer = send({.target = "/.well-known/jwks.json"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("Content-Type"), "application/jwk-set+json");
  EXPECT_EQ(answer.field("Cache-Control"), "public, max-age=60");
  EXPECT_EQ(answer.body.find("\"d\""), std::string::npos);
  const auto published = auth::parse_jwks(answer.body);
  ASSERT_TRUE(published.has_value());
  EXPECT_EQ(published->keys.size(), 2u) << "the next key is there before it signs";
  const std::string kid(part(token, 0).at("kid").as_string());
  const auto key = std::ranges::find(published->keys, kid, &auth::Key::id);
  ASSERT_NE(key, published->keys.end());
  const auto dot = token.rfind('.');
  const auto signature = from_base64url(std::string_view(token).substr(dot + 1));
  EXPECT_TRUE(auth::SignatureKey(*key).verifies(token.substr(0, dot), signature.value()));
}

TEST_F(Tokens, SecretsOverlapWhileOneReplacesTheOther) {
  make_keys();
  Account account = create("service");
  const Answer added = admin_sends("POST", "/ops/principals/" + account.id + "/secrets", "{}");
  ASSERT_EQ(added.status, 201) << added.body;
  const Account with_new{account.id, added.text("id"), added.text("client_secret")};
  EXPECT_EQ(log_in(account).status, 200);
  EXPECT_EQ(log_in(with_new).status, 200);
  EXPECT_EQ(admin_sends("POST", "/ops/secrets/" + account.secret_id + "/revoke").status, 200);
  EXPECT_EQ(log_in(account).status, 401);
  EXPECT_EQ(log_in(with_new).status, 200);
}

TEST_F(Tokens, AnExpiredSecretIsNone) {
  make_keys();
  const Account account = create("service");
  value("UPDATE client_secrets SET expires_at = now() - interval '1 s' RETURNING 1");
  EXPECT_EQ(log_in(account).status, 401);
}

TEST_F(Tokens, TheScopeOfAKeyIsThePrincipalWhicheverCredentialSigned) {
  make_keys();
  const Account account = create("service");
  auto payment = pay("the-same-key", payment_of(alice));
  payment.token = token_of(account);
  const Answer first = send(payment);
  ASSERT_EQ(first.status, 202) << first.body;
  const Answer added = admin_sends("POST", "/ops/principals/" + account.id + "/secrets", "{}");
  payment.token = token_of({account.id, "", added.text("client_secret")});
  const Answer again = send(payment);
  EXPECT_EQ(again.text("id"), first.text("id"));
  EXPECT_EQ(again.field("Idempotent-Replayed"), "true");
}

TEST_F(Tokens, CostTheSameWorkWhetherTheAccountIsThereOrNot) {
  make_keys();
  const Account account = create("service");
  const Account other = create("service");
  const std::string nobody = "0190b6f4-6d3a-7c11-8f52-3b1e9a7d2c44";
  const std::vector<Account> all = {account,
                                    {nobody, "", account.secret},
                                    {account.id, "", other.secret},
                                    {account.id, "", "guess"},
                                    {"guess", "", "guess"}};
  for (const Account& who : all) {
    const std::uint64_t before = stage_.hashes().made();
    log_in(who);
    EXPECT_EQ(stage_.hashes().made() - before, 1u) << who.id << " " << who.secret;
  }
  // The stored form of every hash, and of nobody's, asks for the same memory and passes.
  const std::string stored = value("SELECT hash FROM client_secrets LIMIT 1");
  const auto parameters = [](const std::string& hash) { return hash.substr(0, hash.find("p=1$") + 4); };
  EXPECT_EQ(parameters(stored), parameters(auth::no_hash()));
  EXPECT_EQ(parameters(stored), "$argon2id$v=19$m=19456,t=2,p=1$");
}

}  // namespace
}  // namespace bursar::api::test
