// Where settings come from, in this order: the environment, `.env` in the working folder (unless the
// environment says production), and for tools the file that `bursar up` writes. Reads each once; only this
// file and config.cpp read the environment.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::config {

/// A setting as it was written, and where: "environment", ".env line 3", "BURSAR_JWT_KEYS_FILE
/// /run/secrets/keys".
struct Raw {
  std::string text;
  std::string origin;
};

using RawSettings = std::map<std::string, Raw, std::less<>>;

/// Every BURSAR_* variable of this process.
RawSettings read_environment();

/// KEY=VALUE lines; blank lines, # comments, "export " and quotes around the value are understood, nothing is
/// expanded. Keys that do not start with BURSAR_ are skipped, since a .env may serve several programs. What
/// cannot be read is a line in `faults`. An absent file has no settings. `name` is what origins call the
/// file.
RawSettings read_file(const std::filesystem::path& file, const std::string& name,
                      std::vector<std::string>& faults);

/// The whole text of a secret's file without one trailing line end; a line in `faults` when it cannot be
/// read.
std::optional<std::string> read_secret(const std::string& file, const std::string& key,
                                       std::vector<std::string>& faults);

/// Home folder of the caller; "/" where there is none.
std::filesystem::path home_folder();

/// A variable that is not ours, such as TERM; empty when unset.
std::string other_variable(const char* name);

/// The known name nearest to `name` by edits (insert, delete, replace).
std::string_view nearest(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace bursar::config
