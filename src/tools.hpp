// Verbs that work on the database or the configuration themselves, for operators. Each prints its result on
// stdout and returns the exit code; failures are exceptions that main() turns into messages.
#pragma once
#include "cli/exit_code.hpp"
#include "command_line.hpp"
#include "config.hpp"

namespace bursar {

ExitCode migrate_verb(const Config& config);
/// check_failed when an invariant is broken.
ExitCode audit_verb(const Config& config, const AuditArguments& arguments, cli::Format format);
ExitCode config_check_verb(const Config& config, cli::Format format);
/// Needs no settings.
ExitCode openapi_verb(bool with_operations);
ExitCode access_verb();
/// Only with a development key, and never in production.
ExitCode token_mint_verb(const Config& config, const TokenArguments& arguments);
ExitCode analytics_run_verb(const Config& config);
ExitCode dlq_list_verb(const Config& config, const DeadLetterArguments& arguments, cli::Format format);
ExitCode dlq_redrive_verb(const Config& config, const DeadLetterArguments& arguments);

/// A token for one of the seeded principals, for `up` and for client verbs without BURSAR_TOKEN.
std::string mint_development_token(const Config& config, const Uuid& subject,
                                   const std::vector<auth::RoleName>& roles, std::chrono::seconds lifetime);

}  // namespace bursar
