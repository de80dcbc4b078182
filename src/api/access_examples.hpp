// Whole bodies of access_routes.cpp for the specification, as route_examples.hpp.
#pragma once
#include <string_view>

namespace bursar::api::examples {

inline constexpr std::string_view token_request =
    R"({"grant_type":"client_credentials","client_id":"3d5c8a10-2b7e-4f6a-8c91-5e0f7a6b4d22",)"
    R"("client_secret":"bsr_WxwuPQ9KTGudjnpvXEs6IUe0n2Jc8dQ5Zq7y1Rk4u9p0vT3sLm6aBxYwCfGhEiDj"})";
inline constexpr std::string_view token =
    R"({"access_token":"eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJidXJzYXIifQ.c2lnbmF0dXJl",)"
    R"("token_type":"Bearer","expires_in":900})";
inline constexpr std::string_view new_principal = R"({"name":"Shop, checkout","role":"service"})";
inline constexpr std::string_view new_foreign_principal =
    R"({"name":"Grace","role":"operator","issuer":"https://login.example.test",)"
    R"("subject":"auth0|5f7c8ec7c33c6c004bbafe82"})";
inline constexpr std::string_view principal_change = R"({"role":"support"})";
inline constexpr std::string_view client_secret =
    R"({"id":"5b1c2e3d-0f4a-4c6b-9d8e-7a6f5c4b3a21",)"
    R"("client_secret":"bsr_WxwuPQ9KTGudjnpvXEs6IUe0n2Jc8dQ5Zq7y1Rk4u9p0vT3sLm6aBxYwCfGhEiDj",)"
    R"("created_at":"2026-11-26T12:00:00.000004Z"})";
inline constexpr std::string_view principal =
    R"({"id":"3d5c8a10-2b7e-4f6a-8c91-5e0f7a6b4d22","name":"Shop, checkout","role":"service",)"
    R"("created_at":"2026-11-26T12:00:00.000004Z","secrets":[{"id":"5b1c2e3d-0f4a-4c6b-9d8e-7a6f5c4b3a21",)"
    R"("created_at":"2026-11-26T12:00:00.000004Z"}]})";
inline constexpr std::string_view principal_page =
    R"({"principals":[{"id":"3d5c8a10-2b7e-4f6a-8c91-5e0f7a6b4d22","name":"Shop, checkout","role":"service",)"
    R"("created_at":"2026-11-26T12:00:00.000004Z"}]})";
inline constexpr std::string_view token_keys =
    R"({"keys":[{"kid":"key-0f1e2d3c4b5a6978","algorithm":"EdDSA","state":"next",)"
    R"("created_at":"2026-11-26T12:00:00.000004Z"},{"kid":"key-8796a5b4c3d2e1f0","algorithm":"EdDSA",)"
    R"("state":"active","created_at":"2026-11-25T12:00:00.000004Z",)"
    R"("activated_at":"2026-11-26T12:00:00.000004Z"}]})";

}  // namespace bursar::api::examples
