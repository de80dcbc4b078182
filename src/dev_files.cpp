#include "dev_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "config.hpp"
#include "demo.hpp"
#include "token_settings.hpp"

namespace bursar {
namespace {

constexpr std::size_t secret_bytes = 32;

auth::Key make_key() {
  SystemRandom random;
  auth::Key key;
  key.development = true;
  key.verification.resize(secret_bytes);
  random.fill(key.verification);
  key.signing = key.verification;
  std::array<std::uint8_t, 4> name{};
  random.fill(name);
  key.id = "dev-" + to_hex(name);
  return key;
}

}  // namespace

auth::Key load_or_make_key(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string text;
  if (std::getline(in, text))
    if (auto key = parse_key_setting(text);
        key && key->development && key->verification.size() >= secret_bytes)
      return *key;
  const auth::Key key = make_key();
  write_private_file(file, key_setting(key) + "\n");
  return key;
}

std::string load_or_make_seal(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string text;
  if (std::getline(in, text) && parse_key_seal(text, true)) return text;
  SystemRandom random;
  text = make_development_seal(random);
  write_private_file(file, text + "\n");
  return text;
}

void write_private_file(const std::filesystem::path& file, const std::string& text) {
  const std::string unfinished = file.string() + ".new";
  ::unlink(unfinished.c_str());
  const int descriptor =
      ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  bool written = descriptor >= 0 &&
                 ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                 ::fsync(descriptor) == 0;
  const int failure = errno;
  if (descriptor >= 0) ::close(descriptor);
  written = written && ::rename(unfinished.c_str(), file.c_str()) == 0;
  if (!written) throw UsageError(fmt::format("cannot write {}: {}", file.string(), std::strerror(failure)));
}

std::string env_text(const Variables& variables) {
  std::string text = "# Written by 'bursar up' for the other verbs; it is written anew at every start.\n";
  for (const auto& [name, value] : variables) text += fmt::format("{}=\"{}\"\n", name, value);
  return text;
}

std::string shell_word(const std::string& text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+=,";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string banner(const BannerFacts& facts) {
  std::string program = shell_word(facts.program.string());
  if (!facts.is_default_folder)
    program = fmt::format("BURSAR_DATA_DIR={} {}", shell_word(facts.data_folder.string()), program);
  const std::string curl = fmt::format(
      "curl -sS {3}{0}/payments -H \"Authorization: Bearer $({1} token mint --subject {2} --role customer)\" "
      "-H \"Idempotency-Key: $(date +%s%N)\" -H 'Content-Type: application/json' "
      "-d '{{\"user_id\":\"{2}\",\"amount\":1234,\"currency\":\"EUR\"}}'",
      facts.url, program, demo_of(auth::RoleName::customer).id,
      facts.ca_file.empty() ? "" : "--cacert " + shell_word(facts.ca_file) + " ");
  std::string text = "\n  Bursar is up.\n\n";
  const auto line = [&text](std::string_view name, std::string_view value) {
    text += fmt::format("  {:<12}{}\n", name, value);
  };
  line("API", facts.url + "   (" + facts.url + "/docs)");
  line("Operations", facts.ops_url + "   (/livez /readyz /metrics)");
  line("Gateway", facts.gateway_url + "   (simulator: amounts that misbehave are listed there)");
  line("Mail, SMS", facts.sinks_url + "   (" + program + " mail list)");
  line("Data", facts.data_folder.string());
  text += "\n  Log-ins for POST /auth/token: client_id and client_secret\n";
  for (const auto& [role, id, secret] : facts.log_ins) line(role, id + "  " + secret);
  text += "\n  Pay:\n\n" + curl + "\n\n  Or:\n\n";
  text += fmt::format("{} payments create --amount 1234 --currency EUR --wait\n\n", program);
  text += "  Ctrl-C stops everything; the data stays.\n\n";
  return text;
}

}  // namespace bursar
