#include "devtools/gateway_sim.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/task_group.hpp"
#include "base/text.hpp"
#include "devtools/gateway_sim_answers.hpp"
#include "devtools/gateway_sim_control.hpp"
#include "devtools/gateway_sim_form.hpp"
#include "devtools/gateway_sim_list.hpp"
#include "devtools/gateway_sim_state.hpp"
#include "http/server.hpp"

namespace bursar::devtools {
namespace {

using http::Request;
using http::Response;
using Kind = FaultKind;

constexpr std::string_view intents_path = "/v1/payment_intents";
constexpr std::size_t huge_bytes = 4 * 1024 * 1024;

Response invalid(std::string_view message) {
  return error_response(400, "invalid_request_error", "", message);
}

// Resets the connection behind the caller's back.
Response hang_up() {
  Response response;
  response.reset = true;
  return response;
}

// The metadata[…] parameters as a JSON object.
std::string metadata_of(const Form& form) {
  std::string json = "{";
  for (const auto& [name, value] : form) {
    if (!name.starts_with("metadata[") || !name.ends_with(']')) continue;
    if (json.size() > 1) json += ',';
    append_json_string(json, std::string_view(name).substr(9, name.size() - 10));
    json += ':';
    append_json_string(json, value);
  }
  return json + "}";
}

bool is_currency(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// What the parameters ask for; the error is an answer.
std::expected<Create, Response> read_create(const Request& request) {
  const auto form = parse_form(request.body);
  if (!form) return std::unexpected(invalid(form.error()));
  Create create;
  const auto amount = whole_number(value_of(*form, "amount").value_or(""));
  if (!amount || *amount < 1) return std::unexpected(invalid("amount must be a positive whole number"));
  create.amount = *amount;
  create.currency = value_of(*form, "currency").value_or("");
  if (!is_currency(create.currency))
    return std::unexpected(invalid("currency must be three lower-case letters"));
  if (value_of(*form, "confirm") != "true") return std::unexpected(invalid("confirm must be true here"));
  create.payment_id = value_of(*form, "metadata[bursar_payment_id]").value_or("");
  create.metadata = metadata_of(*form);
  create.fingerprint = digest_of(request.body);
  if (const auto key = request.header("Idempotency-Key")) create.key = std::string(*key);
  if (create.key && (create.key->empty() || create.key->size() > 255))
    return std::unexpected(invalid("Idempotency-Key must have 1 to 255 characters"));
  return create;
}

}  // namespace

class GatewaySim::Core {
 public:
  Core(Loop& loop, const Clock& clock, GatewaySimOptions options)
      : options_(std::move(options)),
        clock_(clock),
        ledger_(loop.get_executor(), options_.ledger),
        state_(ledger_, clock, options_.key_life, options_.settle_after),
        tasks_(loop.get_executor()),
        server_(loop, {.listen = options_.listen},
                [this](const Request& request) { return answer(request); }) {}

  Task<> run();
  void stop() { server_.stop(); }
  std::uint16_t port() const { return server_.port(); }

 private:
  Task<Response> answer(const Request& request);
  Task<Response> create(const Request& request);
  Task<Response> execute(Create create, const Fault* fault);
  Task<> charge_later(Create create);
  const Fault* fault_for(const Create& create);
  std::optional<Response> instead_of_executing(const Fault* fault) const;
  std::optional<Response> from_key(const Create& create);
  Task<Response> look_up(const Request& request);
  Response looked_up(const Request& request) const;
  bool let_in(const Request& request) const;

  GatewaySimOptions options_;
  const Clock& clock_;
  Ledger ledger_;
  GatewayState state_;
  SimControl control_;
  TaskGroup tasks_;
  http::Server server_;
};

Task<> GatewaySim::Core::run() {
  tasks_.spawn("gateway ledger", ledger_.run());
  std::exception_ptr failure;
  try {
    co_await server_.run();
  } catch (...) {
    failure = std::current_exception();
  }
  tasks_.cancel();
  // A cancelled caller still joins its children.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await tasks_.join();
  if (failure) std::rethrow_exception(failure);
}

Task<Response> GatewaySim::Core::answer(const Request& request) {
  if (request.path.starts_with("/_sim/") || request.path == "/") co_return control_.answer(request, state_);
  if (!request.path.starts_with(intents_path))
    co_return error_response(404, "invalid_request_error", "", "Unrecognized request URL.");
  if (control_.latency() > milliseconds(0)) co_await pause(control_.latency());
  state_.settle();
  if (request.method == "POST" && request.path == intents_path) co_return co_await create(request);
  if (request.method == "GET") co_return co_await look_up(request);
  co_return error_response(405, "invalid_request_error", "", "Only POST and GET are known here.");
}

bool GatewaySim::Core::let_in(const Request& request) const {
  const std::string_view given = request.header("Authorization").value_or("");
  return given.starts_with("Bearer ") && given.size() > 7 &&
         (options_.api_key.empty() || given.substr(7) == options_.api_key);
}

Task<Response> GatewaySim::Core::create(const Request& request) {
  auto read = read_create(request);
  const std::uint64_t call = state_.record_call("POST", request.path, read ? &*read : nullptr);
  control_.count_create();
  Response refusal = read ? Response() : std::move(read.error());
  if (!let_in(request))
    refusal = error_response(401, "invalid_request_error", "", "Invalid API key provided.");
  if (refusal.status != 200) {
    co_await ledger_.durable();
    co_return refusal;
  }
  Create wanted = std::move(*read);
  wanted.call = call;
  const Fault* fault = fault_for(wanted);
  if (auto instead = instead_of_executing(fault)) {
    co_await ledger_.durable();
    const bool keeps_waiting = fault->kind == Kind::timeout_before;
    if (keeps_waiting) co_await pause(options_.hold);
    co_return std::move(*instead);
  }
  if (auto known = from_key(wanted)) {
    co_await ledger_.durable();
    co_return std::move(*known);
  }
  co_return co_await execute(std::move(wanted), fault);
}

// By order of a test first; else by amount: what befalls the call only at the first use of its key.
const Fault* GatewaySim::Core::fault_for(const Create& create) {
  if (const Fault* ordered = control_.faults().take(FaultScript::On::create)) return ordered;
  const Fault* fault = fault_of_amount(create.amount);
  if (fault == nullptr || !befalls_the_call(fault->kind)) return fault;
  return create.key && state_.times_sent(*create.key) > 1 ? nullptr : fault;
}

std::optional<Response> GatewaySim::Core::instead_of_executing(const Fault* fault) const {
  if (fault == nullptr) return std::nullopt;
  switch (fault->kind) {
    case Kind::timeout_before:
    case Kind::reset_before:
      return hang_up();
    case Kind::error_before:
      return error_response(500, "api_error", "", "Something went wrong on our side.");
    case Kind::unauthorized:
      return error_response(401, "invalid_request_error", "", "Invalid API key provided.");
    case Kind::rate_limit:
      return error_response(429, "invalid_request_error", "rate_limit", "Too many requests.")
          .with("Retry-After", "1");
    case Kind::rate_limit_long:
      return error_response(429, "invalid_request_error", "rate_limit", "Too many requests.")
          .with("Retry-After", "99999999999999999999");
    case Kind::unavailable:
      return error_response(503, "api_error", "", "Try again later.").with("Retry-After", "2");
    case Kind::key_in_use:
      return error_response(409, "idempotency_error", "idempotency_key_in_use",
                            "There is currently another in-progress request using this key.");
    case Kind::bad_gateway: {
      Response page;
      page.status = 502;
      page.content_type = "text/html";
      page.body =
          "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
      return page;
    }
    default:
      return std::nullopt;
  }
}

std::optional<Response> GatewaySim::Core::from_key(const Create& create) {
  const Stored* stored = options_.idempotent && create.key ? state_.stored(*create.key) : nullptr;
  if (stored == nullptr) return std::nullopt;
  if (stored->fingerprint != create.fingerprint)
    return error_response(
        400, "idempotency_error", "",
        "Keys for idempotent requests can only be used with the same parameters they were first "
        "used with.");
  if (stored->status == 0)
    return error_response(409, "idempotency_error", "idempotency_key_in_use",
                          "There is currently another in-progress request using this key.");
  return stored_response(*stored, state_);
}

Task<> GatewaySim::Core::charge_later(Create create) {
  co_await pause(options_.hold / 2);
  state_.execute(create, nullptr);
  co_await ledger_.durable();
}

// From here on the key is taken. What becomes of the charge is on disk before anything is said, or not said.
Task<Response> GatewaySim::Core::execute(Create create, const Fault* fault) {
  const Kind kind = fault == nullptr ? Kind::slow : fault->kind;
  state_.begin(create);
  if (kind == Kind::timeout_late) {
    tasks_.spawn("late charge", charge_later(std::move(create)));
    co_await pause(options_.hold);
    co_return hang_up();
  }
  if (kind == Kind::error_stored) {
    state_.store_error(create, 0);
    co_await ledger_.durable();
    co_return error_response(500, "api_error", "", "Something went wrong on our side.");
  }
  if (fault != nullptr && kind == Kind::slow) co_await pause(options_.slow);
  const Intent intent = state_.execute(create, fault != nullptr && !befalls_the_call(kind) ? fault : nullptr);
  if (kind == Kind::error_after) state_.store_error(create, intent.number);
  co_await ledger_.durable();
  if (kind == Kind::timeout_after) co_await pause(options_.hold);
  if (kind == Kind::timeout_after || kind == Kind::reset_after) co_return hang_up();
  if (kind == Kind::error_after)
    co_return error_response(500, "api_error", "", "Something went wrong on our side.");
  Intent told = intent;
  if (kind == Kind::wrong_amount) told.amount += 1;
  if (kind == Kind::wrong_currency) told.currency = told.currency == "chf" ? "eur" : "chf";
  if (kind == Kind::wrong_payment)
    told.metadata = R"({"bursar_payment_id":"00000000-0000-7000-8000-000000000000"})";
  Response response = intent_response(told, told.status);
  if (kind == Kind::garbage) response.body.resize(response.body.size() / 2);
  if (kind == Kind::huge) response.body.append(huge_bytes, ' ');
  co_return response;
}

Task<Response> GatewaySim::Core::look_up(const Request& request) {
  state_.record_call("GET", request.path, nullptr);
  control_.count_look_up();
  if (!let_in(request))
    co_return error_response(401, "invalid_request_error", "", "Invalid API key provided.");
  const Fault* fault = control_.faults().take(FaultScript::On::look_up);
  if (fault != nullptr && fault->kind == Kind::timeout_before) co_await pause(options_.hold);
  if (auto instead = instead_of_executing(fault)) co_return std::move(*instead);
  Response response = looked_up(request);
  // What a look-up tells must not be forgotten by a crash.
  co_await ledger_.durable();
  co_return response;
}

Response GatewaySim::Core::looked_up(const Request& request) const {
  if (request.path == intents_path)
    return list_response(request.query, state_, clock_.now() - options_.look_up_lag);
  const Intent* intent =
      state_.find(request.path.substr(std::min(request.path.size(), intents_path.size() + 1)));
  if (intent == nullptr)
    return error_response(404, "invalid_request_error", "resource_missing", "No such payment_intent.");
  Response response;
  response.content_type = "application/json";
  response.body = intent_json(*intent);
  return response;
}

GatewaySim::GatewaySim(Loop& loop, const Clock& clock, GatewaySimOptions options)
    : core_(std::make_unique<Core>(loop, clock, std::move(options))) {}
GatewaySim::~GatewaySim() = default;
Task<> GatewaySim::run() { return core_->run(); }
void GatewaySim::stop() { core_->stop(); }
std::uint16_t GatewaySim::port() const { return core_->port(); }
std::string GatewaySim::url() const { return fmt::format("http://127.0.0.1:{}", core_->port()); }

Task<> run_gateway_sim(Loop& loop, GatewaySimOptions options) {
  const SystemClock clock;
  const std::string ledger = options.ledger.string();
  const bool idempotent = options.idempotent;
  GatewaySim simulator(loop, clock, std::move(options));
  log::info("gateway_sim_ready", {{"url", simulator.url()}, {"ledger", ledger}, {"idempotent", idempotent}});
  co_await simulator.run();
}

}  // namespace bursar::devtools
