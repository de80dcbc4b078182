// The secret of a client as text, and its argon2id hash (RFC 9106), which is all that is kept. Pure, and slow
// on purpose: callers on a loop use SecretHashes (secret_hashes.hpp).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/uuid.hpp"

namespace bursar::auth {

/// "bsr_" and 64 characters of A-Z, a-z, 0-9, '-' and '_': the same in a form, in JSON and in a header. The
/// first 16 bytes are the id, so that one look finds the one hash to compare with; 32 random bytes follow.
struct ClientSecretText {
  Uuid id;
  std::string text;
};
ClientSecretText make_client_secret(Random& random);
/// The id of a text of that form; nullopt for every other text.
std::optional<Uuid> id_of_client_secret(std::string_view text);

/// libsodium's form with its parameters in it: "$argon2id$v=19$m=19456,t=2,p=1$…". About 20 ms and 19 MiB.
/// Throws Unavailable when there is no memory.
std::string hash_client_secret(std::string_view text);
/// True when the hash was made of the text. Costs the same for every hash that hash_client_secret() made, and
/// for no_hash(), which nothing matches.
bool matches_client_secret(const std::string& hash, std::string_view text);
const std::string& no_hash();

}  // namespace bursar::auth
