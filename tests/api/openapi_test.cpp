// The specification is executed: every example in it is sent, and every answer is what it says.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "api/access_examples.hpp"
#include "api/api.hpp"
#include "auth/client_secret.hpp"
#include "json_schema.hpp"
#include "stage.hpp"
#include "testing/binary.hpp"

namespace bursar::api::test {
namespace {

// Of the operations listener: the public routes and more.
const json::object& document() {
  static const json::object parsed = json::parse(openapi_document(auth::Listener::operations))->as_object();
  return parsed;
}

struct Operation {
  std::string path, method;
  const json::object* is;

  const json::array& parameters() const {
    static const json::array none;
    const auto* found = is->if_contains("parameters");
    return found != nullptr ? found->as_array() : none;
  }
  std::string name() const { return std::string(is->at("operationId").as_string()); }
  bool is_open() const { return is->at("security").as_array().empty(); }
};

std::vector<Operation> operations() {
  std::vector<Operation> found;
  for (const auto& path : document().at("paths").as_object())
    for (const auto& method : path.value().as_object()) {
      std::string upper(method.key());
      for (char& c : upper) c = static_cast<char>(c & ~0x20);
      found.push_back({std::string(path.key()), upper, &method.value().as_object()});
    }
  return found;
}

std::string example_text(const json::object& parameter) {
  const auto* example = parameter.if_contains("example");
  if (example == nullptr) return {};
  return example->is_string() ? std::string(example->get_string()) : json::to_text(*example);
}

const json::object& schema_in(const json::object& response) {
  return response.at("content").as_object().begin()->value().at("schema").as_object();
}

class Specification : public ApiTest {
 protected:
  // Somebody who may.
  static std::string token_for(const Operation& operation, std::string_view user = alice) {
    if (operation.path.starts_with("/ops/")) return staff(auth::RoleName::admin);
    return operation.path == "/analytics/daily" ? staff() : customer(user);
  }
  Answer send(const Request& request) { return operations_.send(request); }

  // A request with every example of this operation's header fields, and `id` in the path.
  Request request_for(const Operation& operation, const std::string& id) {
    Request request{.method = operation.method, .target = operation.path};
    if (!operation.is_open()) request.token = token_for(operation);
    for (const auto& entry : operation.parameters()) {
      const auto& parameter = entry.as_object();
      const std::string name(parameter.at("name").as_string());
      if (parameter.at("in") == "header") request.headers.emplace_back(name, example_text(parameter));
      if (parameter.at("in") == "path") request.target.replace(request.target.find('{'), name.size() + 2, id);
    }
    return request;
  }

  void check_answer(const Operation& operation, const Answer& answer) {
    const auto& responses = operation.is->at("responses").as_object();
    const auto* response = responses.if_contains(std::to_string(answer.status));
    ASSERT_NE(response, nullptr) << operation.name() << " answered " << answer.status << " " << answer.body;
    const auto* content = response->as_object().if_contains("content");
    if (content == nullptr) return;
    const std::string type(content->as_object().begin()->key());
    EXPECT_TRUE(answer.field("Content-Type").starts_with(type)) << answer.head;
    if (!type.ends_with("json")) return;
    EXPECT_EQ(violations(json::parse(answer.body).value(), schema_in(response->as_object()), document()),
              std::vector<std::string>())
        << operation.name() << answer.body;
  }

  void check_succeeds(const Operation& operation, const Request& request) {
    SCOPED_TRACE(request.method + " " + request.target + " " + request.body);
    const Answer answer = send(request);
    EXPECT_TRUE(answer.status >= 200 && answer.status < 300) << answer.body;
    check_answer(operation, answer);
    ++executed_;
  }

  // The examples of the body, each under an idempotency key of its own.
  void execute_bodies(const Operation& operation, const Request& request) {
    const auto* body = operation.is->if_contains("requestBody");
    if (body == nullptr) return;
    for (const auto& example : body->at("content").at("application/json").at("examples").as_object()) {
      Request with_body = request;
      with_body.headers.emplace_back("Content-Type", "application/json");
      with_body.body = json::to_text(example.value().at("value"));
      for (auto& [name, value] : with_body.headers)
        if (name == "Idempotency-Key") value += "-" + std::string(example.key());
      check_succeeds(operation, with_body);
    }
  }

  void execute_queries(const Operation& operation, const Request& request) {
    for (const auto& entry : operation.parameters()) {
      const auto& parameter = entry.as_object();
      if (parameter.at("in") != "query" || !parameter.contains("example")) continue;
      Request with_query = request;
      with_query.target +=
          "?" + std::string(parameter.at("name").as_string()) + "=" + example_text(parameter);
      check_succeeds(operation, with_query);
    }
  }

  // What must be there before the operation can succeed.
  void prepare(const Operation& operation) {
    const std::string name = operation.name();
    // A contact must be there before it can be read.
    if (name == "getContact")
      send({.method = "PUT",
            .target = "/users/" + std::string(alice) + "/contact",
            .token = customer(alice),
            .headers = {{"Content-Type", "application/json"}},
            .body = R"({"email":"ada@example.test"})"});
    if (name == "createKeys") database_.query("DELETE FROM token_keys");
    if (name == "rotateKeys")
      database_.query("UPDATE token_keys SET created_at = created_at - interval '1 h' WHERE state = 'next'");
    if (name == "createToken") make_example_client();
  }

  // The client of the example, and a key that signs.
  void make_example_client() {
    const json::object example = json::parse(examples::token_request)->as_object();
    const std::string id(example.at("client_id").as_string()),
        secret(example.at("client_secret").as_string());
    make_principal(id);
    database_.query(
        fmt::format("INSERT INTO client_secrets (secret_id, principal_id, hash) VALUES ('{}', '{}', '{}')",
                    auth::id_of_client_secret(secret).value().text(), id, auth::hash_client_secret(secret)));
    send({.method = "POST", .target = "/ops/keys", .token = staff(auth::RoleName::admin)});
    EXPECT_TRUE(testing::eventually(
        [&] { return send({.target = "/.well-known/jwks.json"}).body.find("kid") != std::string::npos; }));
  }

  void make_principal(const std::string& id) {
    database_.query(
        fmt::format("INSERT INTO principals (principal_id, issuer, subject) VALUES ('{0}', '', '{0}') ON "
                    "CONFLICT DO NOTHING",
                    id));
  }

  // Of something that is there.
  std::string id_for(const Operation& operation, const std::string& payment) {
    const std::string user(alice);
    if (operation.path.starts_with("/users")) return user;
    if (operation.path.starts_with("/ops/keys"))
      return database_.value("SELECT coalesce(max(key_id), '') FROM token_keys WHERE state = 'next'");
    if (!operation.path.starts_with("/ops/")) return payment;
    make_principal(user);
    if (!operation.path.starts_with("/ops/secrets")) return user;
    return database_.value(
        "INSERT INTO client_secrets (secret_id, principal_id, hash) VALUES (gen_random_uuid(), '" + user +
        "', 'x') RETURNING secret_id");
  }

  Stage operations_{database_.options(), {}, {}, auth::Listener::operations};
  int executed_ = 0;
};

TEST_F(Specification, EveryExampleOfARequestSucceedsAndItsAnswerIsAsDescribed) {
  const std::string payment = send(pay("first", payment_of(alice))).text("id");
  for (const Operation& operation : operations()) {
    prepare(operation);
    const Request request = request_for(operation, id_for(operation, payment));
    if (!operation.is->contains("requestBody")) check_succeeds(operation, request);
    execute_bodies(operation, request);
    execute_queries(operation, request);
  }
  EXPECT_GE(executed_, 20);
}

TEST_F(Specification, TheExampleOfANewPaymentHasTheMembersOfARealOne) {
  const auto& operation = document().at("paths").at("/payments").at("post").as_object();
  const auto& response = operation.at("responses").at("202").as_object();
  const auto& content =
      response.at("content").at("application/json").at("examples").at("pending").at("value").as_object();
  auto request = pay("k", json::to_text(operation.at("requestBody")
                                            .at("content")
                                            .at("application/json")
                                            .at("examples")
                                            .at("minimal")
                                            .at("value")));
  const Answer answer = send(request);
  ASSERT_EQ(answer.status, 202);
  const auto names = [](const json::object& object) {
    std::vector<std::string> list;
    for (const auto& member : object) list.emplace_back(member.key());
    return list;
  };
  EXPECT_EQ(names(answer.object()), names(content));
}

TEST_F(Specification, RefusalsAreAsDescribed) {
  for (const Operation& operation : operations()) {
    if (operation.is_open()) continue;
    Request request = request_for(operation, "0199a3c2-7f10-7abc-8def-0123456789ab");
    request.token = "nonsense";
    check_answer(operation, send(request));
    request.token = token_for(operation, bob);
    check_answer(operation, send(request));
    if (operation.is->contains("requestBody")) {
      request.headers.emplace_back("Content-Type", "application/json");
      request.body = R"({"nonsense":1})";
      const Answer answer = send(request);
      EXPECT_EQ(answer.status, 422);
      check_answer(operation, answer);
    }
  }
}

TEST(SpecificationText, EveryExampleOfAnAnswerFitsItsSchema) {
  int checked = 0;
  for (const Operation& operation : operations())
    for (const auto& response : operation.is->at("responses").as_object()) {
      const auto* content = response.value().as_object().if_contains("content");
      if (content == nullptr) continue;
      const auto& media = content->as_object().begin()->value().as_object();
      const auto* examples = media.if_contains("examples");
      if (examples == nullptr) continue;
      for (const auto& example : examples->as_object()) {
        EXPECT_EQ(violations(example.value().at("value"), media.at("schema").as_object(), document()),
                  std::vector<std::string>())
            << operation.name() << " " << response.key() << " " << example.key();
        ++checked;
      }
    }
  EXPECT_GT(checked, 50);
}

TEST(SpecificationText, EveryMembersExampleFitsItsSchemaAndEveryMemberIsExplained) {
  for (const auto& schema : document().at("components").at("schemas").as_object())
    for (const auto& property : schema.value().at("properties").as_object()) {
      const auto& rules = property.value().as_object();
      EXPECT_TRUE(rules.contains("description")) << schema.key() << "/" << property.key();
      const auto* examples = rules.if_contains("examples");
      if (examples == nullptr) continue;
      for (const auto& example : examples->as_array())
        EXPECT_EQ(violations(example, rules, document()), std::vector<std::string>())
            << schema.key() << "/" << property.key();
    }
}

TEST(SpecificationText, ValidatesAgainstTheOpenApiSchema) {
  const std::string file = ::testing::TempDir() + fmt::format("bursar_openapi_{}.json", ::getpid());
  std::ofstream(file) << openapi_document(auth::Listener::operations);
  const std::string script = std::string(BURSAR_SOURCE_DIR) + "/scripts/check_openapi.sh";
  const int status = std::system(fmt::format("'{}' '{}' >&2", script, file).c_str());
  std::remove(file.c_str());
  constexpr int not_here = 77;
  if (WEXITSTATUS(status) == not_here) GTEST_SKIP() << "the validator cannot be installed here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(SpecificationText, OfThePublicListenerIsThatOfTheOperationsListenerWithoutItsRoutes) {
  const json::object open = json::parse(openapi_document())->as_object();
  for (const auto& path : document().at("paths").as_object()) {
    const auto* same = open.at("paths").as_object().if_contains(path.key());
    if (path.key().starts_with("/ops/"))
      EXPECT_EQ(same, nullptr) << path.key();
    else
      EXPECT_TRUE(same != nullptr && *same == path.value()) << path.key();
  }
}

TEST(SpecificationText, NamesTheRolesOfEveryOperation) {
  for (const Operation& operation : operations()) {
    if (operation.is_open()) continue;
    const std::string description(operation.is->at("description").as_string());
    const auto* policy = auth::find_policy(operation.name());
    EXPECT_NE(description.find("Roles: " + auth::describe_roles(*policy) + "."), std::string::npos)
        << operation.name() << ": " << description;
  }
}

TEST(SpecificationText, NamesRetryAfterWhereverAnAnswerIsRetryable) {
  std::set<std::string> statuses;
  for (const Operation& operation : operations())
    for (const auto& response : operation.is->at("responses").as_object()) {
      const auto* content = response.value().as_object().if_contains("content");
      const auto* problem =
          content == nullptr ? nullptr : content->as_object().if_contains("application/problem+json");
      if (problem == nullptr) continue;
      bool retryable = false;
      for (const auto& example : problem->at("examples").as_object()) {
        const auto& value = example.value().at("value").as_object();
        retryable = retryable || value.at("retryable").as_bool();
        EXPECT_EQ(value.contains("retry_after"), value.at("retryable").as_bool()) << example.key();
      }
      const auto* headers = response.value().as_object().if_contains("headers");
      const bool named = headers != nullptr && headers->as_object().contains("Retry-After");
      EXPECT_EQ(named, retryable) << operation.name() << " " << response.key();
      if (named) statuses.emplace(response.key());
    }
  EXPECT_EQ(statuses, (std::set<std::string>{"429", "500", "503"}));
}

TEST(SpecificationText, NamesEveryCode) {
  const std::string description(document().at("info").at("description").as_string());
  for (const ProblemKind* kind : all_problems())
    EXPECT_NE(description.find("`" + std::string(kind->code) + "`"), std::string::npos) << kind->code;
  for (const FaultKind* kind : all_faults())
    EXPECT_NE(description.find("`" + std::string(kind->code) + "`"), std::string::npos) << kind->code;
}

TEST_F(Specification, IsServedWithATag) {
  EXPECT_EQ(send({.target = "/openapi.json"}).body, openapi_document(auth::Listener::operations));
  const Answer answer = stage_.send({.target = "/openapi.json"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, openapi_document());
  const Answer again =
      stage_.send({.target = "/openapi.json", .headers = {{"If-None-Match", answer.field("ETag")}}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
}

}  // namespace
}  // namespace bursar::api::test
