// Numbers that SQL has to spell out are those of base/limits.hpp: this reads both.
#include <regex>
#include <set>

#include "base/limits.hpp"
#include "stage.hpp"
#include "store/statements.hpp"

namespace bursar::store::test {
namespace {

std::vector<std::string> matches(const std::string& text, const char* pattern) {
  const std::regex expected(pattern);
  std::vector<std::string> found;
  for (auto match = std::sregex_iterator(text.begin(), text.end(), expected); match != std::sregex_iterator();
       ++match)
    found.push_back((*match)[1].str());
  return found;
}

std::string in_seconds(std::chrono::seconds time) { return std::to_string(time.count()) + " s"; }

TEST(LimitsInSql, IntervalsAreThoseOfBeatsAndOfClocksThatAreAhead) {
  std::set<std::string> seen;
  for (const auto* statement : all_statements())
    for (const auto& interval : matches(std::string(statement->text), "interval '([0-9]+ s)'")) {
      seen.insert(interval);
      // A gap of two beats breaks a row of them.
      const bool is_beat = statement->name == "beat" && interval == in_seconds(2 * limits::beat_every);
      const bool is_restore = statement->name == "restore_principal" &&
                              interval == in_seconds(limits::token_leeway + limits::lock_timeout);
      EXPECT_TRUE(is_beat || is_restore || interval == in_seconds(limits::worker_lost_after))
          << statement->name << ": " << interval;
    }
  EXPECT_EQ(seen.size(), 3u);
}

TEST(LimitsInSql, LargeNumbersHaveANameInTheLimits) {
  constexpr std::size_t first_channel = 100, milliseconds_of_a_second = 1000, migration_lock = 7021978,
                        forbidden = 403;
  const std::set<std::size_t> known = {limits::chunk_items, limits::peer_text_characters,
                                       first_channel,       milliseconds_of_a_second,
                                       migration_lock,      forbidden};
  const std::regex quoted("'[^']*'");
  for (const auto* statement : all_statements()) {
    const std::string text = std::regex_replace(std::string(statement->text), quoted, "''");
    for (const auto& number : matches(text, "\\b([0-9]{3,})\\b")) {
      EXPECT_TRUE(known.contains(std::stoull(number)))
          << statement->name << ": " << number << " has no name here; give it one, or pass it as a parameter";
    }
  }
}

struct Bound {
  const char* constraint;
  std::size_t most;
};

TEST(LimitsInSql, ChecksOfTheSchemaAreTheBoundsOfTheApi) {
  on_stage([](Stage& stage) -> Task<> {
    const std::vector<Bound> table = {
        {"payment_intents_amount_check", limits::amount_minor_max},
        {"payment_intents_idempotency_key_check", limits::idempotency_key_characters},
        {"payment_intents_request_id_check", limits::request_id_characters},
        {"payment_intents_description_check", limits::description_characters},
        {"payment_intents_reference_check", limits::reference_characters},
        {"payment_intents_payment_method_check", limits::payment_method_characters},
        {"contacts_email_check", limits::email_characters},
        {"contacts_locale_check", limits::locale_characters},
        {"chunks_items_check", limits::chunk_items},
        {"journal_answer_check", limits::peer_text_characters},
        {"messages_reason_check", limits::peer_text_characters},
        {"dead_letters_reason_check", limits::peer_text_characters}};
    for (const auto& [constraint, most] : table) {
      const std::string bound =
          "(SELECT substring(pg_get_constraintdef(oid) FROM '<= ''?([0-9]+)') FROM pg_constraint "
          "WHERE conname = '" +
          std::string(constraint) + "')";
      EXPECT_EQ(co_await stage.text(bound), std::to_string(most)) << constraint;
    }
    const auto lost =
        "'00:00:0" + std::to_string(std::chrono::seconds(limits::worker_lost_after).count()) + "'";
    const auto rule = co_await stage.text("pg_get_functiondef('is_dead'::regproc)");
    EXPECT_NE(rule.find(lost), std::string::npos) << rule;
  });
}

}  // namespace
}  // namespace bursar::store::test
