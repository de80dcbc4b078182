// What the first administrator needs before there is one: `bursar principals create --direct` and `bursar
// keys create
// --direct` write to the database themselves. Whoever holds BURSAR_DATABASE_URL could do so by hand; here it
// is on record, with the nil principal.
#pragma once
#include "cli/access.hpp"
#include "config.hpp"

namespace bursar {

/// Prints the principal with its log-in. Throws CommandFailed when it is there already.
ExitCode create_principal_directly(const Config& config, const cli::PrincipalArguments& arguments,
                                   cli::Format format);
/// Makes the signing and the waiting key where they are missing. Needs BURSAR_KEY_ENCRYPTION_KEY.
ExitCode create_keys_directly(const Config& config, cli::Format format);

}  // namespace bursar
