// Whole bodies for the specification. A test sends those of requests, and checks that answers have the
// members of these.
#pragma once
#include <string_view>

namespace bursar::api::examples {

inline constexpr std::string_view create_minimal =
    R"({"user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","amount":1234,"currency":"EUR"})";
inline constexpr std::string_view create_everything =
    R"({"user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","amount":1200,"currency":"JPY",)"
    R"("description":"Two tickets","reference":"order-1017","payment_method":"pm_card_visa",)"
    R"("metadata":{"channel":"web"}})";

inline constexpr std::string_view payment_pending =
    R"({"id":"0199a3c2-7f10-7abc-8def-0123456789ab","status":"PENDING",)"
    R"("user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","amount":1234,"currency":"EUR",)"
    R"("created_by":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11",)"
    R"("created_at":"2026-11-26T12:00:00.000004Z","pending_reason":"queued",)"
    R"("request_id":"checkout-8f14e45f"})";
inline constexpr std::string_view payment_succeeded =
    R"({"id":"0199a3c2-7f10-7abc-8def-0123456789ab","status":"SUCCESS",)"
    R"("user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","amount":1234,"currency":"EUR",)"
    R"("created_by":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11",)"
    R"("created_at":"2026-11-26T12:00:00.000004Z","finished_at":"2026-11-26T12:00:00.251337Z",)"
    R"("gateway_reference":"pi_3SXk2eLkdIwHu7ix0B2b2c4d","request_id":"checkout-8f14e45f"})";
inline constexpr std::string_view payment_failed =
    R"({"id":"0199a3c2-7f10-7abc-8def-0123456789ab","status":"FAILED",)"
    R"("user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","amount":1234,"currency":"EUR",)"
    R"("created_by":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11",)"
    R"("created_at":"2026-11-26T12:00:00.000004Z","finished_at":"2026-11-26T12:00:00.251337Z",)"
    R"("failure_code":"card_declined","gateway_reference":"pi_3SXk2eLkdIwHu7ix0B2b2c4d",)"
    R"("request_id":"checkout-8f14e45f"})";
inline constexpr std::string_view payment_page =
    R"({"payments":[{"id":"0199a3c2-7f10-7abc-8def-0123456789ab","status":"PENDING",)"
    R"("user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","amount":1234,"currency":"EUR",)"
    R"("created_by":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11",)"
    R"("created_at":"2026-11-26T12:00:00.000004Z","pending_reason":"queued",)"
    R"("request_id":"checkout-8f14e45f"}],"next_cursor":"AQGZo8J_EHq8je8BI0VniavjsMRCmPwcFA"})";
inline constexpr std::string_view timeline =
    R"({"payment":{"id":"0199a3c2-7f10-7abc-8def-0123456789ab","status":"SUCCESS",)"
    R"("user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","amount":1234,"currency":"EUR",)"
    R"("created_by":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11",)"
    R"("created_at":"2026-11-26T12:00:00.000004Z","finished_at":"2026-11-26T12:00:00.251337Z",)"
    R"("gateway_reference":"pi_3SXk2eLkdIwHu7ix0B2b2c4d"},)"
    R"("explanation":"The gateway took the money; nothing more comes.",)"
    R"("trace_id":"0af7651916cd43dd8448eb211c80319c",)"
    R"("entries":[{"at":"2026-11-26T12:00:00.000004Z","what":"accepted",)"
    R"("queue":"execute:simulator"},{"at":"2026-11-26T12:00:00.251337Z","what":"succeeded",)"
    R"("event_id":"0199a3c2-7f10-7abc-8def-0123456789ab.1","detail":"pi_3SXk2eLkdIwHu7ix0B2b2c4d"},)"
    R"({"at":"2026-11-26T12:00:00.301337Z","what":"sent",)"
    R"("event_id":"0199a3c2-7f10-7abc-8def-0123456789ab.1","queue":"email"}]})";
inline constexpr std::string_view contact =
    R"({"email":"ada@example.test","phone":"+49301234567","locale":"en"})";
inline constexpr std::string_view staff_actions =
    R"({"actions":[{"id":4711,"recorded_at":"2026-11-26T12:00:00.000004Z",)"
    R"("principal_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","roles":"support","operation":"getPayment",)"
    R"("target":"0199a3c2-7f10-7abc-8def-0123456789ab","status":200,"request_id":"checkout-8f14e45f",)"
    R"("address":"10.0.0.7"}]})";
inline constexpr std::string_view daily =
    R"({"from":"2026-11-26","to":"2026-11-26","figures":[{"day":"2026-11-26","currency":"EUR",)"
    R"("accepted":3,"succeeded":2,"failed":1,"still_pending":0,"amount_accepted":"3702",)"
    R"("amount_succeeded":"2468","amount_failed":"1234","failure_rate":0.3333,"mean_ms":251.3,)"
    R"("p95_ms":512,"restated_at":"2026-11-26T12:00:10Z"}]})";

}  // namespace bursar::api::examples
