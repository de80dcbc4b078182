#include "tests/soak/books.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/postgres.hpp"
#include "testing/run.hpp"
#include "tests/binary/peers.hpp"

namespace bursar::testing {
namespace {

using Time = std::chrono::steady_clock;

/// Differences of one kind; the first few are named, all are counted.
class Differences {
 public:
  explicit Differences(std::string kind) : kind_(std::move(kind)) {}
  ~Differences() {
    if (count_ > 0) ADD_FAILURE() << count_ << " " << kind_ << ": " << named_;
  }
  Differences(const Differences&) = delete;
  Differences& operator=(const Differences&) = delete;

  void add(const std::string& one) {
    if (++count_ <= 5) named_ += one + " ";
  }

 private:
  std::string kind_, named_;
  std::size_t count_ = 0;
};

struct Stored {
  std::string id, user_id, amount, currency, reference, status;
  int outcomes = 0;
};

/// By idempotency key.
std::map<std::string, Stored> payments_in(const std::string& url) {
  std::map<std::string, Stored> payments;
  for (const auto& row : query(url,
                               "SELECT p.idempotency_key, p.payment_id, p.user_id, p.amount, p.currency, "
                               "p.reference, p.status, (SELECT count(*) FROM events e "
                               "WHERE e.payment_id = p.payment_id AND e.sequence = 1) FROM payments p"))
    payments[row[0]] = {row[1], row[2], row[3], row[4], row[5], row[6], std::stoi(row[7])};
  return payments;
}

bool is_what_was_acknowledged(const Stored& stored, const Acknowledged& acknowledged) {
  const Wanted& wanted = acknowledged.wanted;
  return stored.id == acknowledged.id && stored.user_id == wanted.user_id &&
         stored.amount == std::to_string(wanted.amount) && stored.currency == wanted.currency &&
         stored.reference == wanted.reference;
}

/// Every event came, each always under one id, and nothing else came. Returns how often one came again.
std::size_t expect_told(const std::filesystem::path& folder, const std::string& ledger,
                        const std::map<std::string, Stored>& payments) {
  const auto told = told_in(folder, ledger);
  Differences silent("events never told by " + ledger);
  Differences renamed("events told under several message ids in " + ledger);
  std::size_t again = 0;
  for (const auto& [key, payment] : payments) {
    const auto found = told.find(payment.id + ".1");
    if (found == told.end()) {
      silent.add(payment.id);
      continue;
    }
    if (found->second.message_ids.size() != 1) renamed.add(payment.id);
    again += static_cast<std::size_t>(found->second.times) - 1;
  }
  EXPECT_EQ(told.size(), payments.size()) << "told of something that is no outcome: " << ledger;
  return again;
}

std::string count(const Books& books, const std::string& sql) {
  return query(books.database_url, sql).at(0).at(0);
}

std::string counts_of_what_is_left(const Books& books) {
  const auto row = query(books.database_url,
                         "SELECT (SELECT count(*) FROM payment_intents) - "
                         "(SELECT count(*) FROM events WHERE sequence = 1), "
                         "(SELECT coalesce(sum(cardinality(items)), 0) FROM chunks WHERE claim = 0), "
                         "(SELECT coalesce(sum(cardinality(items)), 0) FROM chunks WHERE claim > 0), "
                         "(SELECT count(*) FROM messages WHERE due_at < 'infinity'), "
                         "(SELECT count(*) FROM messages WHERE due_at = 'infinity'), "
                         "(SELECT count(*) FROM dead_letters)")
                       .at(0);
  return fmt::format(
      "{} pending, {} in free chunks, {} in claimed chunks, {} due, {} parked, {} dead letters", row[0],
      row[1], row[2], row[3], row[4], row[5]);
}

}  // namespace

std::string what_is_left(const Books& books) {
  std::string text = counts_of_what_is_left(books);
  for (const auto& row :
       query(books.database_url,
             "SELECT m.queue, m.payment_id, i.amount, i.created_at, m.tries, m.crashes, m.due_at, m.reason, "
             "(SELECT string_agg(concat_ws(' ', j.recorded_at, j.entry, j.answer), E'\n    ' "
             "ORDER BY j.entry_id) FROM journal j WHERE j.payment_id = m.payment_id) "
             "FROM messages m JOIN payment_intents i USING (payment_id) ORDER BY m.payment_id LIMIT 3"))
    text += fmt::format("\n  queue {}, {} of {}, created {}: {} tries, {} crashes, due {}: {}\n    {}",
                        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8]);
  return text;
}

bool settles_within(const Books& books, std::chrono::milliseconds bound) {
  const auto end = Time::now() + bound;
  const std::string settled =
      "0 pending, 0 in free chunks, 0 in claimed chunks, 0 due, 0 parked, 0 dead letters";
  while (counts_of_what_is_left(books) != settled) {
    if (Time::now() > end) return false;
    run(pause(milliseconds(250)));
  }
  return true;
}

Tally expect_the_books_agree(const Books& books, const std::vector<Acknowledged>& acknowledged) {
  const auto payments = payments_in(books.database_url);
  const auto charges = charges_in(books.ledgers);
  Tally tally;
  tally.payments = payments.size();
  {
    Differences lost("acknowledged payments lost or changed");
    for (const auto& one : acknowledged) {
      const auto found = payments.find(one.wanted.key);
      if (found == payments.end() || !is_what_was_acknowledged(found->second, one)) lost.add(one.id);
    }
  }
  EXPECT_EQ(payments.size(), acknowledged.size()) << "a payment that nobody was told of";
  Differences pending("payments without exactly one outcome");
  Differences wrong("payments whose charges are not what their status says");
  std::size_t charged = 0;
  for (const auto& [key, payment] : payments) {
    if (payment.status == "PENDING" || payment.outcomes != 1) pending.add(payment.id);
    ++(payment.status == "SUCCESS" ? tally.succeeded : tally.failed);
    const auto found = charges.find(payment.id);
    const int times = found == charges.end() ? 0 : found->second;
    if (times != (payment.status == "SUCCESS" ? 1 : 0)) wrong.add(payment.id);
    charged += found == charges.end() ? 0 : 1;
  }
  for (const auto& [id, times] : charges) tally.charges += static_cast<std::size_t>(times);
  EXPECT_EQ(charges.size(), charged) << "charges without a payment";
  tally.repeated_mails = expect_told(books.ledgers, "mail-ledger.jsonl", payments);
  tally.repeated_texts = expect_told(books.ledgers, "sms-ledger.jsonl", payments);
  tally.mails =
      std::stoul(count(books, "SELECT count(*) FROM deliveries WHERE channel = 100 AND state = 'sent'"));
  tally.texts =
      std::stoul(count(books, "SELECT count(*) FROM deliveries WHERE channel = 101 AND state = 'sent'"));
  EXPECT_EQ(tally.mails, payments.size());
  EXPECT_EQ(tally.texts, payments.size());
  return tally;
}

void expect_counted(const Books& books, const Tally& tally) {
  const std::string sql =
      "SELECT coalesce(sum(accepted), 0) || ' ' || coalesce(sum(succeeded), 0) || ' ' || "
      "coalesce(sum(failed), 0) || ' ' || coalesce(sum(still_pending), 0) FROM analytics_daily";
  const std::string expected = fmt::format("{} {} {} 0", tally.payments, tally.succeeded, tally.failed);
  const auto end = Time::now() + seconds(30);
  std::string counted = count(books, sql);
  for (; counted != expected && Time::now() < end; counted = count(books, sql)) run(pause(milliseconds(250)));
  EXPECT_EQ(counted, expected) << "accepted, succeeded, failed and pending of the days";
}

}  // namespace bursar::testing
