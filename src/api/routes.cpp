#include "api/routes.hpp"

#include "api/access_routes.hpp"
#include "api/contact.hpp"
#include "api/daily.hpp"
#include "api/docs.hpp"
#include "api/read_payments.hpp"
#include "api/route_examples.hpp"
#include "api/timeline.hpp"

namespace bursar::api {
namespace {

constexpr Rule payment_variable{
    .description = "The payment's id.", .example = example_payment_id, .format = "uuid"};
constexpr Rule user_variable{.description = "The user's id.", .example = example_user_id, .format = "uuid"};

constexpr HeaderField request_id_field{
    "X-Request-Id",
    {.description = "Your own id for this request: up to 128 of A-Z, a-z, 0-9, '.', '_' and '-'; stored with "
                    "the payment, returned, and in every log line. Anything else is replaced.",
     .example = R"("checkout-8f14e45f")",
     .max_characters = limits::request_id_characters}};
constexpr HeaderField traceparent_field{
    "traceparent",
    {.description = "W3C Trace Context; stored with the payment and carried on.",
     .example = R"("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")",
     .max_characters = 255}};

Route create_payment_route(const Services* services) {
  Route route{.method = "POST", .path = "/payments", .also = "/payments/", .operation = "createPayment"};
  route.tag = "Payments";
  route.summary = "Accept a payment";
  route.description =
      "Answers once the payment is durable; the gateway is asked afterwards. The same request with the same "
      "key gives the "
      "same payment in its current state, with `Idempotent-Replayed: true`. Whatever the answer was or "
      "whether it came: "
      "repeating it never pays twice. `/payments/` is the same route.";
  route.headers = {
      {"Idempotency-Key",
       {.description =
            "Unique to this payment: 1 to 255 visible ASCII characters, bare or in quotes. It never "
            "expires.",
        .example = R"("5f1c7f0e-6f0b-4a53-9d0a-3f8e1f7b2c4d")",
        .max_characters = limits::idempotency_key_characters,
        .required = true}},
      request_id_field,
      traceparent_field};
  route.request = &body_schema<CreatePayment>;
  route.request_examples = {{"minimal", examples::create_minimal},
                            {"everything", examples::create_everything}};
  const HeaderField location{"Location",
                             {.description = "Where the payment is.",
                              .example = R"("/payments/0199a3c2-7f10-7abc-8def-0123456789ab")"}};
  const HeaderField replayed{
      "Idempotent-Replayed",
      {.description = "`true` when this key was accepted before.", .example = R"("true")"}};
  route.answers = {{.status = 202,
                    .meaning = "The payment is stored and will be executed.",
                    .schema = &body_schema<PaymentBody>,
                    .examples = {{"pending", examples::payment_pending}},
                    .headers = {location, replayed}}};
  route.problems = {&problems::idempotency_key_missing, &problems::idempotency_key_malformed,
                    &problems::idempotency_key_reused};
  route.action = with_body<CreatePayment>([services](const Call& call, Received<CreatePayment> received) {
    return create_payment(call, std::move(received), services->intake, services->payments, services->gateway);
  });
  return route;
}

Route list_payments_route(const Services* services) {
  Route route{.method = "GET", .path = "/payments", .also = "/payments/", .operation = "listPayments"};
  route.tag = "Payments";
  route.summary = "List payments, newest first";
  route.description =
      "Your own; staff see all. A page may be short or empty while there are more: only a page without "
      "`next_cursor` is the "
      "last. Filters that an index serves: `user_id` or `reference`, each with any of `status` and "
      "`currency`; or `status`; "
      "or `currency`; all with `created_after`. There are no totals.";
  describe_query<ListPayments>(route);
  route.answers = {{.status = 200,
                    .meaning = "One page.",
                    .schema = &body_schema<PaymentPageBody>,
                    .examples = {{"page", examples::payment_page}}}};
  route.action = with_query<ListPayments>([services](const Call& call, ListPayments query) {
    return list_payments(call, std::move(query), services->payments);
  });
  return route;
}

Route show_payment_route(const Services* services) {
  Route route{.method = "GET", .path = "/payments/{id}", .operation = "getPayment"};
  route.tag = "Payments";
  route.summary = "Look up a payment";
  route.variable = payment_variable;
  route.answers = {
      {.status = 200,
       .meaning = "Its current state.",
       .schema = &body_schema<PaymentBody>,
       .examples = {{"succeeded", examples::payment_succeeded}, {"failed", examples::payment_failed}}}};
  route.problems = {&problems::not_found};
  route.action = [services](const Call& call) { return show_payment(call, services->payments); };
  return route;
}

Route timeline_route(const Services* services) {
  Route route{.method = "GET", .path = "/payments/{id}/timeline", .operation = "getPaymentTimeline"};
  route.tag = "Payments";
  route.summary = "What happened to a payment, and what comes next";
  route.variable = payment_variable;
  route.answers = {{.status = 200,
                    .meaning = "Oldest first.",
                    .schema = &body_schema<TimelineBody>,
                    .examples = {{"succeeded", examples::timeline}}}};
  route.problems = {&problems::not_found};
  route.action = [services](const Call& call) { return show_timeline(call, services->payments); };
  return route;
}

Route show_contact_route(const Services* services) {
  Route route{.method = "GET", .path = "/users/{id}/contact", .operation = "getContact"};
  route.tag = "Contacts";
  route.summary = "Where a user is reached";
  route.description = "The user itself, services and staff.";
  route.variable = user_variable;
  route.answers = {{.status = 200,
                    .meaning = "The contact.",
                    .schema = &body_schema<ContactBody>,
                    .examples = {{"both", examples::contact}}}};
  route.problems = {&problems::not_found};
  route.action = [services](const Call& call) { return show_contact(call, services->contacts); };
  return route;
}

Route put_contact_route(const Services* services) {
  Route route{.method = "PUT", .path = "/users/{id}/contact", .operation = "putContact"};
  route.tag = "Contacts";
  route.summary = "Replace a user's contact";
  route.description =
      "As a whole: what is left out is gone. The user itself, services, operators and administrators.";
  route.variable = user_variable;
  route.request = &body_schema<ContactBody>;
  route.request_examples = {{"both", examples::contact}, {"silent", "{}"}};
  route.answers = {{.status = 200,
                    .meaning = "The contact as it is now.",
                    .schema = &body_schema<ContactBody>,
                    .examples = {{"both", examples::contact}}}};
  route.problems = {&problems::not_found};
  route.action = with_body<ContactBody>([services](const Call& call, Received<ContactBody> received) {
    return put_contact(call, std::move(received), services->contacts);
  });
  return route;
}

Route daily_route(const Services* services) {
  Route route{.method = "GET", .path = "/analytics/daily", .operation = "getDailyFigures"};
  route.tag = "Analytics";
  route.summary = "Figures by day and currency";
  route.description = "For staff. A day is restated until none of its payments is pending.";
  describe_query<DailyQuery>(route);
  route.answers = {{.status = 200,
                    .meaning = "Newest day first.",
                    .schema = &body_schema<DailyPageBody>,
                    .examples = {{"day", examples::daily}}}};
  route.action = with_query<DailyQuery>([services](const Call& call, DailyQuery query) {
    return show_daily(call, query, services->analytics, services->clock);
  });
  return route;
}

Route live_route() {
  Route route{.method = "GET", .path = "/livez", .operation = "getLiveness"};
  route.tag = "Health";
  route.summary = "Is the process alive?";
  route.answers = {{.status = 200,
                    .meaning = "It is.",
                    .schema = &body_schema<HealthBody>,
                    .examples = {{"live", R"({"status":"live"})"}}}};
  route.action = [](const Call& call) { return show_live(call); };
  return route;
}

Route ready_route(const Services* services) {
  Route route{.method = "GET", .path = "/readyz", .operation = "getReadiness"};
  route.tag = "Health";
  route.summary = "Does the process take work?";
  route.answers = {{.status = 200,
                    .meaning = "It does.",
                    .schema = &body_schema<HealthBody>,
                    .examples = {{"ready", R"({"status":"ready"})"}}}};
  route.problems = {&problems::not_ready};
  route.action = [services](const Call& call) { return show_ready(call, services->not_ready); };
  return route;
}

Route openapi_route(const std::string* document) {
  Route route{.method = "GET", .path = "/openapi.json", .operation = "getSpecification"};
  route.tag = "Documentation";
  route.summary = "This specification";
  route.answers = {{.status = 200, .meaning = "OpenAPI 3.1.", .schema = &object_schema}};
  route.action = [document](const Call& call) { return show_openapi(call, *document); };
  return route;
}

Route docs_route(const Services* services) {
  Route route{.method = "GET", .path = "/docs", .also = "/docs/", .operation = "getDocs"};
  route.tag = "Documentation";
  route.summary = "This specification for people";
  route.answers = {{.status = 200, .meaning = "A page.", .content_type = "text/html"}};
  route.action = [services](const Call& call) {
    return show_docs(call, static_cast<bool>(services->development_tokens));
  };
  return route;
}

Route development_tokens_route(const Services* services) {
  Route route{.method = "GET", .path = "/docs/development-tokens", .operation = "getDevelopmentTokens"};
  route.tag = "Documentation";
  route.summary = "Tokens of the seeded principals";
  route.answers = {{.status = 200, .meaning = "Fresh ones.", .schema = &body_schema<DevelopmentTokensBody>}};
  route.action = [services](const Call& call) {
    return show_development_tokens(call, services->development_tokens);
  };
  route.hidden = true;
  return route;
}

Route docs_file_route() {
  Route route{.method = "GET", .path = "/docs/{file}", .operation = "getDocsFile"};
  route.tag = "Documentation";
  route.summary = "A file of the page";
  route.answers = {{.status = 200, .meaning = "The file."}};
  route.action = [](const Call& call) { return show_docs_file(call); };
  route.hidden = true;
  return route;
}

}  // namespace

std::vector<Route> make_routes(const Services* services, const std::string* document) {
  return {create_payment_route(services),
          show_payment_route(services),
          list_payments_route(services),
          timeline_route(services),
          show_contact_route(services),
          put_contact_route(services),
          daily_route(services),
          create_token_route(services),
          key_set_route(services),
          live_route(),
          ready_route(services),
          openapi_route(document),
          docs_route(services),
          development_tokens_route(services),
          docs_file_route()};
}

}  // namespace bursar::api
