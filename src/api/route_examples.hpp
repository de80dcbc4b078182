// Whole bodies for the specification. A test sends those of requests, and checks that answers have the
// members of these.
#pragma once
#include <string_view>

namespace bursar::api::examples {

inline constexpr std::string_view create_minimal =
    R"({"user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","amount":1234,"currency":"EUR"})";
inline constexpr std::string_view create_everything =
    R"({"user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","amount":1200,"currency":"JPY","description":"Two tickets",)"
    R"("reference":"order-1017","payment_method":"pm_card_visa","metadata":{"channel":"web"}})";

inline constexpr std::string_view payment_pending =
    R"({"id":"0199a3c2-7f10-7abc-8def-0123456789ab","status":"PENDING","user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11",)"
    R"("amount":1234,"currency":"EUR","created_by":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11",)"
    R"("created_at":"2026-11-26T12:00:00.000004Z","pending_reason":"queued","request_id":"checkout-8f14e45f"})";
inline constexpr std::string_view payment_succeeded =
    R"({"id":"0199a3c2-7f10-7abc-8def-0123456789ab","status":"SUCCESS","user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11",)"
    R"("amount":1234,"currency":"EUR","created_by":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11",)"
    R"("created_at":"2026-11-26T12:00:00.000004Z","finished_at":"2026-11-26T12:00:00.251337Z",)"
    R"("gateway_reference":"pi_3SXk2eLkdIwHu7ix0B2b2c4d","request_id":"checkout-8f14e45f"})";
inline constexpr std::string_view payment_failed =
    R"({"id":"0199a3c2-7f10-7abc-8def-0123456789ab","status":"FAILED","user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11",)"
    R"("amount":1234,"currency":"EUR","created_by":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11",)"
    R"("created_at":"2026-11-26T12:00:00.000004Z","finished_at":"2026-11-26T12:00:00.251337Z",)"
    R"("failure_code":"card_declined","gateway_reference":"pi_3SXk2eLkdIwHu7ix0B2b2c4d","request_id":"checkout-8f14e45f"})";
inline constexpr std::string_view payment_page =
    R"({"payments":[{"id":"0199a3c2-7f10-7abc-8def-0123456789ab","status":"PENDING",)"
    R"("user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","amount":1234,"currency":"EUR",)"
    R"("created_by":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","created_at":"2026-11-26T12:00:00.000004Z",)"
    R"("pending_reason":"queued","request_id":"checkout-8f14e45f"}],)"
    R"("next_cursor":"AQGZo8J_EHq8je8BI0VniavjsMRCmPwcFA"})";
inline constexpr std::string_view timeline =
    R"({"payment":{"id":"0199a3c2-7f10-7abc-8def-0123456789ab","status":"SUCCESS",)"
    R"("user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","amount":1234,"currency":"EUR",)"
    R"("created_by":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","created_at":"2026-11-26T12:00:00.000004Z",)"
    R"("finished_at":"2026-11-26T12:00:00.251337Z","gateway_reference":"pi_3SXk2eLkdIwHu7ix0B2b2c4d"},)"
    R"("explanation":"The gateway took the money; nothing more comes.",)"
    R"("entries":[{"at":"2026-11-26T12:00:00.000004Z","what":"accepted","queue":"execute:simulator"},)"
    R"({"at":"2026-11-26T12:00:00.251337Z","what":"succeeded","event_id":"0199a3c2-7f10-7abc-8def-0123456789ab.1",)"
    R"("detail":"pi_3SXk2eLkdIwHu7ix0B2b2c4d"},)"
    R"({"at":"2026-11-26T12:00:00.301337Z","what":"sent","event_id":"0199a3c2-7f10-7abc-8def-0123456789ab.1",)"
    R"("queue":"email"}]})";
inline constexpr std::string_view contact =
    R"({"email":"ada@example.test","phone":"+49301234567","locale":"en"})";
inline constexpr std::string_view daily =
    R"({"from":"2026-11-26","to":"2026-11-26","figures":[{"day":"2026-11-26","currency":"EUR","accepted":3,"succeeded":2,)"
    R"("failed":1,"still_pending":0,"amount_accepted":"3702","amount_succeeded":"2468","amount_failed":"1234",)"
    R"("failure_rate":0.3333,"mean_ms":251.3,"p95_ms":512,"restated_at":"2026-11-26T12:00:10Z"}]})";

}  // namespace bursar::api::examples
