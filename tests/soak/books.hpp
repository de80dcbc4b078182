// The end of every soak: the clients' ledger, the database, the gateway's ledger and the receivers' ledgers
// are laid side by side. Whoever was acknowledged must be terminal, charged as its status says, told by mail
// and by SMS.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "testing/load.hpp"

namespace bursar::testing {

/// Where the books of one deployment are.
struct Books {
  /// Of a login that sees everything.
  std::string database_url;
  /// Of the peers' ledgers.
  std::filesystem::path ledgers;
};

/// Waits until nothing is pending, queued or to be told. False when that takes longer than `bound`.
bool settles_within(const Books& books, std::chrono::milliseconds bound);
/// What is still under way, and the story of a few of them, for a message.
std::string what_is_left(const Books& books);

struct Tally {
  std::size_t payments = 0, succeeded = 0, failed = 0, charges = 0, mails = 0, texts = 0;
  /// Messages that came more often than once, each time with the id it had before.
  std::size_t repeated_mails = 0, repeated_texts = 0;
};

/// Expects that the books agree about exactly these payments; each difference is a failure that names a
/// payment.
Tally expect_the_books_agree(const Books& books, const std::vector<Acknowledged>& acknowledged);

/// Expects that the figures of the days add up to these payments, once the scheduler has counted them.
void expect_counted(const Books& books, const Tally& tally);

}  // namespace bursar::testing
