// Client credentials in every form in which they may come, and everything else.
#include "auth/token_request.hpp"

#include <gtest/gtest.h>

namespace bursar::auth {
namespace {

using Error = TokenRefusal::Error;

constexpr std::string_view form = "application/x-www-form-urlencoded";
constexpr std::string_view json_type = "application/json";

struct Sent {
  std::string_view type, body;
  std::string_view authorization = {};
};

std::expected<TokenRequest, TokenRefusal> read(const Sent& sent) {
  http::Request request;
  request.method = "POST";
  if (!sent.type.empty()) request.headers.push_back({"Content-Type", sent.type});
  if (!sent.authorization.empty()) request.headers.push_back({"Authorization", sent.authorization});
  request.body = sent.body;
  return read_token_request(request);
}

struct Good {
  const char* what;
  Sent sent;
  std::string_view id = "shop", secret = "s3cret";
};

TEST(TokenRequest, EachWayIsDecodedByItsOwnRule) {
  const Good table[] = {
      {"form", {form, "grant_type=client_credentials&client_id=shop&client_secret=s3cret"}},
      {"form with a charset",
       {"application/x-www-form-urlencoded; charset=UTF-8",
        "client_secret=s3cret&client_id=shop&grant_type=client_credentials"}},
      {"form, where '+' is a blank",
       {form, "grant_type=client_credentials&client_id=a+b&client_secret=%2B%25+%26"},
       "a b",
       "+% &"},
      {"JSON, where nothing is decoded",
       {json_type, R"({"grant_type":"client_credentials","client_id":"a+b","client_secret":"%2B%25"})"},
       "a+b",
       "%2B%25"},
      {"Basic", {form, "grant_type=client_credentials", "Basic c2hvcDpzM2NyZXQ="}},
      {"Basic, in another case and with two blanks",
       {form, "grant_type=client_credentials", "basic  c2hvcDpzM2NyZXQ="}},
      {"Basic, where base64 holds a form-encoded pair: a%3Ab:%2B%25+x",
       {form, "grant_type=client_credentials", "Basic YSUzQWI6JTJCJTI1K3g="},
       "a:b",
       "+% x"},
      {"Basic with JSON", {json_type, R"({"grant_type":"client_credentials"})", "Basic c2hvcDpzM2NyZXQ="}},
      {"Basic, and the same client named in the body",
       {form, "grant_type=client_credentials&client_id=shop", "Basic c2hvcDpzM2NyZXQ="}},
      {"a secret with a colon, only the first divides",
       {form, "grant_type=client_credentials", "Basic c2hvcDphOmI="},
       "shop",
       "a:b"},
      {"members that nobody knows, and an empty one (RFC 6749 §3.2)",
       {form, "scope=&audience=x&grant_type=client_credentials&client_id=shop&client_secret=s3cret"}},
  };
  for (const Good& good : table) {
    const auto request = read(good.sent);
    ASSERT_TRUE(request.has_value()) << good.what << ": " << request.error().detail;
    EXPECT_EQ(request->client_id, good.id) << good.what;
    EXPECT_EQ(request->client_secret, good.secret) << good.what;
  }
}

struct Bad {
  const char* what;
  Sent sent;
  Error error;
};

TEST(TokenRequest, EverythingElseIsRefusedByItsName) {
  const Bad table[] = {
      {"a secret twice",
       {form, "grant_type=client_credentials&client_id=a&client_secret=b&client_secret=b"},
       Error::invalid_request},
      {"an unknown parameter twice",
       {form, "grant_type=client_credentials&client_id=a&client_secret=b&x=1&x=2"},
       Error::invalid_request},
      {"the same parameter in another spelling",
       {form, "grant_type=client_credentials&client_id=a&client_secret=b&client%5Fsecret=b"},
       Error::invalid_request},
      {"a member twice",
       {json_type,
        R"({"grant_type":"client_credentials","client_id":"a","client_id":"a","client_secret":"b"})"},
       Error::invalid_request},
      {"half an escape",
       {form, "grant_type=client_credentials&client_id=a&client_secret=%2"},
       Error::invalid_request},
      {"no text",
       {json_type, R"({"grant_type":"client_credentials","client_id":1,"client_secret":"b"})"},
       Error::invalid_request},
      {"no object", {json_type, R"(["client_credentials"])"}, Error::invalid_request},
      {"nothing", {form, ""}, Error::invalid_request},
      {"an empty grant type", {form, "grant_type=&client_id=a&client_secret=b"}, Error::invalid_request},
      {"a password grant",
       {form, "grant_type=password&client_id=a&client_secret=b"},
       Error::unsupported_grant_type},
      {"a grant type in capitals",
       {form, "grant_type=CLIENT_CREDENTIALS&client_id=a&client_secret=b"},
       Error::unsupported_grant_type},
      {"no secret", {form, "grant_type=client_credentials&client_id=a"}, Error::invalid_client},
      {"an empty secret",
       {form, "grant_type=client_credentials&client_id=a&client_secret="},
       Error::invalid_client},
      {"two ways at once",
       {form, "grant_type=client_credentials&client_id=shop&client_secret=s3cret", "Basic c2hvcDpzM2NyZXQ="},
       Error::invalid_request},
      {"two clients",
       {form, "grant_type=client_credentials&client_id=other", "Basic c2hvcDpzM2NyZXQ="},
       Error::invalid_request},
      {"a bearer token", {form, "grant_type=client_credentials", "Bearer eyJ"}, Error::invalid_client},
      {"no base64", {form, "grant_type=client_credentials", "Basic !!!!"}, Error::invalid_client},
      {"base64url", {form, "grant_type=client_credentials", "Basic c2hvcDo_Pz8-"}, Error::invalid_client},
      {"base64 without its padding",
       {form, "grant_type=client_credentials", "Basic c2hvcDpzM2NyZXQ"},
       Error::invalid_client},
      {"base64 that is not canonical",
       {form, "grant_type=client_credentials", "Basic c2hvcDpzM2NyZXR="},
       Error::invalid_client},
      {"no colon", {form, "grant_type=client_credentials", "Basic c2hvcA=="}, Error::invalid_client},
      {"a pair that is not form-encoded: a:100%",
       {form, "grant_type=client_credentials", "Basic YToxMDAl"},
       Error::invalid_client},
      {"no type", {"", "grant_type=client_credentials&client_id=a&client_secret=b"}, Error::wrong_media_type},
      {"plain text", {"text/plain", "grant_type=client_credentials"}, Error::wrong_media_type},
  };
  for (const Bad& bad : table) {
    const auto request = read(bad.sent);
    ASSERT_FALSE(request.has_value()) << bad.what;
    EXPECT_EQ(request.error().error, bad.error) << bad.what << ": " << request.error().detail;
    EXPECT_FALSE(request.error().detail.empty()) << bad.what;
  }
}

TEST(TokenRequest, ARefusalNeverRepeatsWhatWasSent) {
  for (const Sent& sent : {Sent{form, "grant_type=client_credentials&client_id=a&client_secret=h1dden%zz"},
                           Sent{json_type, R"({"grant_type":"h1dden","client_secret":["h1dden"]})"},
                           Sent{form, "grant_type=h1dden&client_id=h1dden&client_secret=h1dden"},
                           Sent{form, "grant_type=client_credentials", "Basic h1dden"}}) {
    const auto request = read(sent);
    ASSERT_FALSE(request.has_value());
    EXPECT_EQ(request.error().detail.find("h1dden"), std::string::npos) << request.error().detail;
  }
}

TEST(TokenRequest, OneFieldOfEachKind) {
  http::Request request;
  request.body = "grant_type=client_credentials";
  request.headers = {{"Content-Type", form},
                     {"Authorization", "Basic c2hvcDpzM2NyZXQ="},
                     {"Authorization", "Basic c2hvcDpzM2NyZXQ="}};
  EXPECT_EQ(read_token_request(request).error().error, Error::invalid_request);
  request.headers = {{"Content-Type", form}, {"Content-Type", json_type}};
  EXPECT_EQ(read_token_request(request).error().error, Error::wrong_media_type);
  request.headers = {{"Content-Type", form}, {"Content-Encoding", "gzip"}};
  EXPECT_EQ(read_token_request(request).error().error, Error::wrong_media_type);
}

}  // namespace
}  // namespace bursar::auth
