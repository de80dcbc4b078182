#include "mail_judge.hpp"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

extern char** environ;

namespace bursar::testing {
namespace {

constexpr const char* python = "/usr/bin/python3";

pid_t spawn(const std::vector<std::string>& words, int input, int output) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  pid_t process = -1;
  const int failed = posix_spawn(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + words[0]);
  return process;
}

}  // namespace

TlsFiles::TlsFiles() {
  std::string name = std::filesystem::temp_directory_path() / "bursar-mail-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  folder_ = name;
  EVP_PKEY* pair = EVP_EC_gen("P-256");
  X509* signed_by_itself = X509_new();
  X509_set_version(signed_by_itself, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(signed_by_itself), 1);
  X509_gmtime_adj(X509_getm_notBefore(signed_by_itself), -3600);
  X509_gmtime_adj(X509_getm_notAfter(signed_by_itself), 3600);
  X509_set_pubkey(signed_by_itself, pair);
  X509_NAME* subject = X509_get_subject_name(signed_by_itself);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("judge"), -1,
                             -1, 0);
  X509_set_issuer_name(signed_by_itself, subject);
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(signed_by_itself, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(signed_by_itself, pair, EVP_sha256());
  std::FILE* out = std::fopen(certificate().c_str(), "w");
  PEM_write_X509(out, signed_by_itself);
  std::fclose(out);
  out = std::fopen(key().c_str(), "w");
  PEM_write_PrivateKey(out, pair, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  X509_free(signed_by_itself);
  EVP_PKEY_free(pair);
}

TlsFiles::~TlsFiles() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string MailJudge::missing() {
  if (::access(python, X_OK) != 0) return "there is no /usr/bin/python3";
  if (std::filesystem::exists("/usr/lib/python3/dist-packages/aiosmtpd")) return "";
  return "python3-aiosmtpd is not installed";
}

MailJudge::MailJudge(std::vector<std::string> arguments) {
  int to_judge[2], from_judge[2];
  if (::pipe2(to_judge, O_CLOEXEC) != 0 || ::pipe2(from_judge, O_CLOEXEC) != 0)
    throw std::runtime_error("cannot make a pipe");
  std::vector<std::string> words = {python, std::string(BURSAR_SOURCE_DIR) + "/tests/notify/mail_judge.py"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  process_ = spawn(words, to_judge[0], from_judge[1]);
  ::close(to_judge[0]);
  ::close(from_judge[1]);
  input_ = to_judge[1];
  output_ = from_judge[0];
  port_ = static_cast<std::uint16_t>(verdict().at("port").as_int64());
}

MailJudge::~MailJudge() {
  ::close(input_);
  ::close(output_);
  int status = 0;
  ::waitpid(process_, &status, 0);
}

std::string MailJudge::url(std::string_view scheme, std::string_view credentials) const {
  return fmt::format("{}://{}127.0.0.1:{}", scheme, credentials, port_);
}

std::string MailJudge::line() {
  while (unread_.find('\n') == std::string::npos) {
    pollfd readable = {output_, POLLIN, 0};
    if (::poll(&readable, 1, 10'000) != 1) throw std::runtime_error("the judge said nothing for ten seconds");
    char buffer[4096];
    const auto bytes = ::read(output_, buffer, sizeof buffer);
    if (bytes <= 0) throw std::runtime_error("the judge has ended");
    unread_.append(buffer, static_cast<std::size_t>(bytes));
  }
  const std::size_t end = unread_.find('\n');
  const std::string first = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return first;
}

json::object MailJudge::verdict() {
  const auto parsed = json::parse(line());
  if (!parsed || !parsed->is_object()) throw std::runtime_error("the judge did not answer in JSON");
  return parsed->get_object();
}

}  // namespace bursar::testing
