#include "base/uuid.hpp"

#include <gtest/gtest.h>

#include <set>

namespace bursar {
namespace {

using namespace std::chrono_literals;

TEST(Uuid, ReadsBothCasesAndWritesLower) {
  const auto id = parse_uuid("0192F0C1-2345-7ABC-8DEF-0123456789aB");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->text(), "0192f0c1-2345-7abc-8def-0123456789ab");
  EXPECT_EQ(parse_uuid(id->text()), id);
}

TEST(Uuid, RefusesEveryOtherSpelling) {
  for (const auto* bad :
       {"", "0192f0c1-2345-7abc-8def-0123456789a", "0192f0c1-2345-7abc-8def-0123456789abc",
        "0192f0c123457abc8def0123456789ab", "{0192f0c1-2345-7abc-8def-0123456789ab}",
        "urn:uuid:0192f0c1-2345-7abc-8def-0123456789ab", "0192f0c1-2345-7abc-8def-0123456789ag",
        "0192f0c12345--7abc-8def-0123456789ab", " 192f0c1-2345-7abc-8def-0123456789ab",
        "0192f0c1_2345_7abc_8def_0123456789ab", "0192f0c1-2345-7abc-8def-0123456789a "})
    EXPECT_EQ(parse_uuid(bad), std::nullopt) << bad;
}

TEST(Uuid, RandomIdsAreVersionFourAndDiffer) {
  SystemRandom random;
  std::set<Uuid> seen;
  for (int i = 0; i < 1000; ++i) {
    const Uuid id = random_uuid(random);
    EXPECT_EQ(id.text()[14], '4');
    EXPECT_NE(std::string_view("89ab").find(id.text()[19]), std::string_view::npos);
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(Uuid, TimeOrderedIdsSortAsTheirInstants) {
  SeededRandom random(7);
  const Instant begin = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26);
  Uuid last = time_ordered_uuid(begin, random);
  EXPECT_EQ(last.text()[14], '7');
  for (int i = 1; i <= 5000; ++i) {
    const Instant at = begin + std::chrono::microseconds(i);
    const Uuid next = time_ordered_uuid(at, random);
    ASSERT_LT(last, next) << "at +" << i << " µs";
    ASSERT_EQ(instant_of(next), std::chrono::floor<std::chrono::milliseconds>(at));
    last = next;
  }
}

TEST(Random, TheSameSeedGivesTheSameBytes) {
  SeededRandom a(42);
  SeededRandom b(42);
  SeededRandom c(43);
  const auto first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, c.next());
}

TEST(Random, FractionsStayBelowOneAndFillTheRange) {
  SeededRandom random(1);
  double least = 1;
  double most = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double fraction = random.fraction();
    ASSERT_GE(fraction, 0.0);
    ASSERT_LT(fraction, 1.0);
    least = std::min(least, fraction);
    most = std::max(most, fraction);
  }
  EXPECT_LT(least, 0.01);
  EXPECT_GT(most, 0.99);
}

TEST(Random, FillsOddLengths) {
  SeededRandom random(3);
  std::array<std::uint8_t, 21> bytes{};
  random.fill(bytes);
  EXPECT_FALSE(std::all_of(bytes.end() - 5, bytes.end(), [](auto byte) { return byte == 0; }));
}

}  // namespace
}  // namespace bursar
