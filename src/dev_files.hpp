// The files `bursar up` leaves for people and for other verbs: the development key, dev.env, and the banner's
// text.
#pragma once
#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "auth/token.hpp"

namespace bursar {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// The key in `file`, a new one where there is none or it is unreadable: tokens survive a restart of `up`.
auth::Key load_or_make_key(const std::filesystem::path& file);

/// Likewise the BURSAR_KEY_ENCRYPTION_KEY of development.
std::string load_or_make_seal(const std::filesystem::path& file);

/// KEY=VALUE lines, readable by the owner alone, whole or not at all. Throws UsageError when it cannot be
/// written.
void write_private_file(const std::filesystem::path& file, const std::string& text);
std::string env_text(const Variables& variables);

struct BannerFacts {
  /// http://127.0.0.1:8000
  std::string url, ops_url, sinks_url, gateway_url;
  std::filesystem::path data_folder;
  /// Role, client_id and client_secret of each demo principal.
  std::vector<std::array<std::string, 3>> log_ins;
  /// False: verbs need BURSAR_DATA_DIR to find it.
  bool is_default_folder = true;
  /// How to call this binary from a shell.
  std::filesystem::path program;
  /// What curl must trust to call the URLs; empty: nothing beside the system's.
  std::string ca_file = {};
};
std::string banner(const BannerFacts& facts);

/// As one word of a POSIX shell.
std::string shell_word(const std::string& text);

}  // namespace bursar
