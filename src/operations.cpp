#include "operations.hpp"

#include "api/call.hpp"
#include "api/problems.hpp"
#include "http/hosts.hpp"

namespace bursar {
namespace {

Task<http::Response> answered(http::Response response) { co_return response; }

http::Response text(std::string content_type, std::string body) {
  http::Response response;
  response.content_type = std::move(content_type);
  response.body = std::move(body);
  response.with("Cache-Control", "no-store");
  return response;
}

http::Response health(const http::Request& request, const ProcessState& state) {
  if (request.path == "/livez") return text("application/json", R"({"status":"live"})");
  if (const auto reason = state.not_ready()) return api::refuse(request, api::problems::not_ready, *reason);
  return text("application/json", R"({"status":"ready"})");
}

/// Its own three paths, else `routes`, which may be empty.
http::Handler with_health(const ProcessState& state, http::Handler routes) {
  return [&state, routes = std::move(routes)](const http::Request& request) -> Task<http::Response> {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (reads && (request.path == "/livez" || request.path == "/readyz"))
      return answered(health(request, state));
    if (reads && request.path == "/metrics")
      return answered(text("text/plain; version=0.0.4; charset=utf-8", metrics_text(state)));
    if (routes) return routes(request);
    return answered(api::refuse(request, api::problems::no_such_route,
                                "this listener has /livez, /readyz and /metrics; role ops adds the rest"));
  };
}

/// No page of somebody else's may make a browser speak to this listener. Without a Host (HTTP/1.0) no browser
/// asks.
http::Handler for_own_hosts(const std::vector<std::string>& hosts, http::Handler answer) {
  return [&hosts, answer = std::move(answer)](const http::Request& request) -> Task<http::Response> {
    const auto host = request.header("Host");
    if (!host || http::is_allowed_host(*host, hosts)) return answer(request);
    return answered(api::refuse(request, api::problems::misdirected_request,
                                "The operations listener does not answer to this Host; name it in "
                                "BURSAR_OPS_HOSTS, or use an address."));
  };
}

}  // namespace

Operations::Operations(Loop& loop, const Config& config, bool with_routes, ProcessState& state,
                       Identity& identity, std::function<void()> committed, Tls tls)
    : state_(state),
      stack_(),
      server_(loop, listener_options(config, config.ops_listen, false, std::move(tls)),
              for_own_hosts(config.ops_hosts,
                            with_health(state_, with_routes ? stack_
                                                                  .emplace(loop.get_executor(), config,
                                                                           auth::Listener::operations, state,
                                                                           identity, std::move(committed))
                                                                  .handler()
                                                            : http::Handler()))),
      served_(loop.get_executor()),
      tasks_(loop.get_executor()) {}

void Operations::start() {
  if (stack_) stack_->spawn_into(tasks_);
  tasks_.spawn("operations listener", serve());
}

Task<> Operations::serve() {
  co_await server_.run();
  served_.set();
}

Task<> Operations::stop(milliseconds drain) {
  server_.stop(drain);
  co_await served_.wait();
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace bursar
