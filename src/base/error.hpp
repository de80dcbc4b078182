// Operational failures: thrown where they happen, caught only at the boundaries (the request, the consumer
// loop, the writer lane, the background tick, main). Business outcomes are values; bugs are CHECKs.
#pragma once
#include <chrono>
#include <stdexcept>
#include <string>

namespace bursar {

/// Something this process needs is not there right now: the database, a full intake, a peer. Nothing was
/// decided; trying again later is right. The message is for people: what happened, the value, what to do
/// next.
class Unavailable : public std::runtime_error {
 public:
  explicit Unavailable(const std::string& what, std::chrono::seconds retry_after = std::chrono::seconds(1))
      : std::runtime_error(what), retry_after_(retry_after) {}
  /// At least one second.
  std::chrono::seconds retry_after() const { return retry_after_; }

 private:
  std::chrono::seconds retry_after_;
};

/// What the user asked of the command line or the configuration cannot be done as asked; main prints it and
/// leaves with exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace bursar
