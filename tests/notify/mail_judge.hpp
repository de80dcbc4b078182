// The independent judge: a Python process with aiosmtpd and the standard email package (mail_judge.py). It
// ends with the object, and by itself when this process dies.
#pragma once
#include <sys/types.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace bursar::testing {

/// A self-signed certificate for 127.0.0.1 and its key, as PEM files in a folder of their own.
class TlsFiles {
 public:
  TlsFiles();
  ~TlsFiles();
  TlsFiles(const TlsFiles&) = delete;
  std::filesystem::path certificate() const { return folder_ / "certificate.pem"; }
  std::filesystem::path key() const { return folder_ / "key.pem"; }

 private:
  std::filesystem::path folder_;
};

class MailJudge {
 public:
  /// Why there can be no judge here; empty when there can.
  static std::string missing();

  explicit MailJudge(std::vector<std::string> arguments = {});
  ~MailJudge();
  MailJudge(const MailJudge&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view scheme = "smtp", std::string_view credentials = "") const;
  /// What it says about the next mail; waits at most ten seconds.
  json::object verdict();

 private:
  std::string line();

  pid_t process_ = -1;
  int input_ = -1, output_ = -1;
  std::string unread_;
  std::uint16_t port_ = 0;
};

}  // namespace bursar::testing
