#include "stage.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "api/access_poll.hpp"
#include "api/api.hpp"
#include "api/first_sight.hpp"
#include "auth/key_sources.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"
#include "base/task_group.hpp"

namespace bursar::api::test {
namespace {

const auth::VerifierOptions& issuer() {
  static const auth::VerifierOptions options = [] {
    auth::VerifierOptions made;
    for (const auto& [id, byte] : {std::pair("test", 0x42), std::pair("plain", 0x43)}) {
      auth::Key& key = made.keys.emplace_back();
      key.id = id;
      key.verification.assign(32, static_cast<std::uint8_t>(byte));
      key.signing = key.verification;
    }
    made.keys[0].development = true;
    return made;
  }();
  return options;
}

}  // namespace

std::string token(std::string_view subject, std::vector<auth::RoleName> roles) {
  const auth::MintRequest request{.subject = *parse_uuid(subject), .roles = std::move(roles)};
  return auth::mint(issuer().keys[0], issuer(), request, SystemClock().now());
}

std::string plain_token(std::string_view subject, std::vector<auth::RoleName> roles) {
  const auth::MintRequest request{.subject = *parse_uuid(subject), .roles = std::move(roles)};
  return auth::mint(issuer().keys[1], issuer(), request, SystemClock().now());
}

const auth::KeySeal& test_seal() {
  static const auth::KeySeal seal(std::array<std::uint8_t, auth::KeySeal::bytes>{7});
  return seal;
}

// Everything that lives on the server's loop.
class Stage::Running {
 public:
  Running(const store::DatabaseOptions& database, GatewayTerms gateway, DevelopmentTokens development_tokens,
          auth::Listener listener, Callers callers, auth::RateLimiter* limiter, http::TrustedProxies proxies)
      : callers_(callers),
        reading_(loop_.get_executor(), store::connect_as(database, store::Role::api), 4),
        counting_(loop_.get_executor(), store::connect_as(database, store::Role::analytics), 1),
        operating_(loop_.get_executor(), store::connect_as(database, store::Role::operations), 2),
        payments_(reading_),
        contacts_(reading_),
        staff_log_(reading_),
        intake_(loop_.get_executor(), database, clock_, random_),
        keys_(loop_.get_executor(), {.own = issuer()}, clock_, random_),
        poll_(loop_.get_executor(),
              {.database = database,
               .seal = test_seal(),
               .use_keys = [this](std::vector<auth::Key> keys) { keys_.replace_issued(std::move(keys)); }},
              clock_, watch_, issued_),
        principals_(reading_),
        first_sight_(principals_, &operating_, watch_, clock_, random_),
        authenticator_(watch_, keys_.ring(), clock_, resolver()),
        api_({.intake = intake_,
              .payments = payments_,
              .contacts = contacts_,
              .analytics = counting_,
              .authenticator = authenticator_,
              .token_issuer = {principals_, hashes_, issued_, issuer().issuer, issuer().audience},
              .staff_log = staff_log_,
              .clock = clock_,
              .gateway = std::move(gateway),
              .not_ready = [this] { return not_ready(); },
              .development_tokens = std::move(development_tokens),
              .operations = OperationsServices{operating_, {test_seal(), random_}},
              .limiter = limiter},
             listener),
        server_(loop_, {.listen = "127.0.0.1:0", .proxies = std::move(proxies)}, api_.handler()),
        tasks_(loop_.get_executor()),
        port_(server_.port()) {
    tasks_.spawn("intake", intake_.run());
    tasks_.spawn("server", server_.run());
    tasks_.spawn("access poll", poll_.run());
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Running() {
    asio::post(loop_, [this] {
      server_.stop();
      tasks_.cancel();
    });
    thread_.join();
  }
  std::uint16_t port() const { return port_; }
  auth::SecretHashes& hashes() { return hashes_; }

 private:
  std::optional<std::string> not_ready() const {
    if (!intake_.is_connected()) return "no connection to the database yet";
    return watch_.epoch() < 0 ? std::optional<std::string>("no poll yet") : std::nullopt;
  }
  auth::Resolve resolver() {
    if (callers_ == Callers::as_claimed) return auth::resolve_by_claims;
    return [this](const auth::Verified& verified) { return first_sight_.resolve(verified); };
  }

  Callers callers_;

  Loop loop_{1};
  SystemClock clock_;
  SystemRandom random_;
  pg::Pool reading_, counting_, operating_;
  store::Payments payments_;
  store::Contacts contacts_;
  store::StaffLog staff_log_;
  store::Intake intake_;
  auth::KeySources keys_;
  auth::AccessWatch watch_;
  auth::IssuedKeysHolder issued_;
  auth::SecretHashes hashes_;
  AccessPoll poll_;
  store::Principals principals_;
  FirstSight first_sight_;
  auth::Authenticator authenticator_;
  Api api_;
  http::Server server_;
  TaskGroup tasks_;
  std::uint16_t port_;
  std::thread thread_;
};

Stage::Stage(const store::DatabaseOptions& database, GatewayTerms gateway,
             DevelopmentTokens development_tokens, auth::Listener listener, Callers callers,
             auth::RateLimiter* limiter, http::TrustedProxies proxies)
    : running_(std::make_unique<Running>(database, std::move(gateway), std::move(development_tokens),
                                         listener, callers, limiter, std::move(proxies))) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (send({.target = "/readyz"}).status != 200) CHECK(std::chrono::steady_clock::now() < give_up);
}
Stage::~Stage() = default;
std::uint16_t Stage::port() const { return running_->port(); }
auth::SecretHashes& Stage::hashes() const { return running_->hashes(); }

namespace {

class Socket {
 public:
  explicit Socket(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Socket() { ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // an early refusal is read all the same
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  bool read_more(std::string& into) {
    char buffer[16 * 1024];
    const auto got = ::recv(fd_, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    into.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

 private:
  int fd_;
};

}  // namespace

Answer Stage::send_raw(std::string_view bytes, bool is_head) const {
  Socket socket(port());
  socket.write(bytes);
  std::string input;
  std::size_t end = std::string::npos;
  while ((end = input.find("\r\n\r\n")) == std::string::npos)
    if (!socket.read_more(input)) return {};
  Answer answer{.head = input.substr(0, end + 2), .body = input.substr(end + 4)};
  answer.status = std::stoi(answer.head.substr(9, 3));
  const std::string length = answer.field("Content-Length");
  const std::size_t expected = is_head || length.empty() ? 0 : std::stoul(length);
  while (answer.body.size() < expected)
    if (!socket.read_more(answer.body)) return {};
  return answer;
}

Answer Stage::send(const Request& request) const {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\n", request.method, request.target);
  if (!request.token.empty()) text += "Authorization: Bearer " + request.token + "\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT")
    text += fmt::format("Content-Length: {}\r\n", request.body.size());
  return send_raw(text + "\r\n" + request.body, request.method == "HEAD");
}

std::string Answer::field(std::string_view name) const {
  std::string_view rest = head;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(line.size() + 2, rest.size()));
    if (line.size() > name.size() && line[name.size()] == ':' &&
        http::equal_name(line.substr(0, name.size()), name))
      return std::string(line.substr(std::min(name.size() + 2, line.size())));
  }
  return {};
}

json::object Answer::object() const {
  const auto parsed = json::parse(body);
  const json::object* members = parsed ? parsed->if_object() : nullptr;
  if (members == nullptr) ADD_FAILURE() << "no JSON object: " << status << " " << body;
  return members != nullptr ? *members : json::object();
}

std::string Answer::text(std::string_view member) const {
  const auto members = object();
  const auto* found = members.if_contains(member);
  if (found == nullptr) return "(absent)";
  return found->is_string() ? std::string(found->get_string()) : json::to_text(*found);
}

std::string payment_of(std::string_view user, std::string_view more) {
  return fmt::format(R"({{"user_id":"{}","amount":1234,"currency":"EUR"{}}})", user, more);
}

Request pay(std::string_view key, std::string_view body) {
  return {.method = "POST",
          .target = "/payments",
          .token = customer(alice),
          .headers = {{"Idempotency-Key", std::string(key)}, {"Content-Type", "application/json"}},
          .body = std::string(body)};
}

Request get(std::string_view target, std::string with_token) {
  return {.target = std::string(target), .token = std::move(with_token)};
}

void check_refused(const Answer& answer, int status, std::string_view code) {
  ASSERT_EQ(answer.status, status) << answer.body;
  EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
  const auto body = answer.object();
  EXPECT_EQ(answer.text("code"), code) << answer.body;
  EXPECT_EQ(answer.text("status"), std::to_string(status));
  EXPECT_FALSE(answer.field("X-Request-Id").empty());
  EXPECT_EQ(answer.text("request_id"), answer.field("X-Request-Id"));
  EXPECT_TRUE(body.contains("type") && body.contains("title") && body.contains("detail") &&
              body.contains("retryable"))
      << answer.body;
  const bool retryable = answer.text("retryable") == "true";
  EXPECT_EQ(answer.field("Retry-After").empty(), !retryable) << answer.head;
  EXPECT_EQ(answer.text("retry_after"), retryable ? answer.field("Retry-After") : "(absent)");
}

void check_faults(const Answer& answer, std::vector<std::string> expected) {
  check_refused(answer, 422, "invalid_request");
  std::vector<std::string> found;
  const auto body = answer.object();
  if (const auto* errors = body.if_contains("errors"))
    for (const auto& error : errors->as_array()) {
      const auto& fault = error.as_object();
      std::string at = "?";
      for (const auto* part : {"pointer", "parameter", "header"})
        if (const auto* place = fault.if_contains(part)) at = std::string(place->as_string());
      EXPECT_FALSE(fault.at("message").as_string().empty());
      found.push_back(at + " " + std::string(fault.at("code").as_string()));
    }
  std::ranges::sort(found);
  std::ranges::sort(expected);
  EXPECT_EQ(found, expected) << answer.body;
}

}  // namespace bursar::api::test
