// GET /analytics/daily: which days are asked for.
#include "stage.hpp"

namespace bursar::api::test {
namespace {

class DailyFigures : public ApiTest {
 protected:
  Answer ask(std::string_view query) {
    return send(get(fmt::format("/analytics/daily?{}", query), staff(auth::RoleName::analyst)));
  }
};

TEST_F(DailyFigures, AreOfThirtyDaysUnlessTheCallerSaysWhich) {
  struct {
    std::string_view query, from, to;
  } const table[] = {
      {"to=2026-11-30", "2026-11-01", "2026-11-30"},
      {"from=2026-11-30&to=2026-11-30", "2026-11-30", "2026-11-30"},
      {"to=9999-12-31", "9999-12-02", "9999-12-31"},
      {"to=0001-01-30", "0001-01-01", "0001-01-30"},
      {"to=0001-01-29", "0001-01-01", "0001-01-29"},
      {"to=0001-01-01", "0001-01-01", "0001-01-01"},
  };
  for (const auto& [query, from, to] : table) {
    const Answer answer = ask(query);
    ASSERT_EQ(answer.status, 200) << query << " " << answer.body;
    EXPECT_EQ(answer.text("from"), from) << query;
    EXPECT_EQ(answer.text("to"), to) << query;
  }
}

TEST_F(DailyFigures, DaysThatAreNoneOrTooManyAreRefused) {
  check_faults(ask("to=0000-12-31"), {"to malformed"});
  check_faults(ask("to=10000-01-01"), {"to malformed"});
  check_faults(ask("from=2026-11-31"), {"from malformed"});
  check_faults(ask("from=2026-12-01&to=2026-11-30"), {"from too_large"});
  check_faults(ask("from=0001-01-01&to=9999-12-31"), {"from too_small"});
}

}  // namespace
}  // namespace bursar::api::test
