// Client verbs: gives src/cli the server, the token and the output format, and prints what comes back.
#pragma once
#include "command_line.hpp"
#include "config.hpp"

namespace bursar {

/// For the verbs `payments`, `mail`, `sms` and `analytics show`.
ExitCode run_client_verb(const CommandLine& line, const Config& config);

/// Who asks when BURSAR_TOKEN is not set, in development only: the seeded demo customer for its own payments,
/// the seeded analyst for what staff may see.
inline constexpr std::string_view demo_customer = "7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11";
inline constexpr std::string_view demo_service = "3d5c8a10-2b7e-4f6a-8c91-5e0f7a6b4d22";
inline constexpr std::string_view demo_analyst = "9f1e6b3a-4c2d-4e8b-b7a5-1c3d5e7f9a33";

}  // namespace bursar
