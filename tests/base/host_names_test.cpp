#include "base/host_names.hpp"

#include <gtest/gtest.h>

#include "testing/held_name.hpp"
#include "testing/run.hpp"

namespace bursar {
namespace {

using namespace std::chrono_literals;
using boost::system::error_code;
using testing::HeldName;
using testing::run;

TEST(HostNames, AnAddressIsOnlyReadAndAKnownNameHasOne) {
  const auto address = run(look_up_host("192.0.2.7", "8080", 0ms));
  ASSERT_TRUE(address.has_value());
  EXPECT_EQ(address->front(), asio::ip::tcp::endpoint(asio::ip::make_address("192.0.2.7"), 8080));
  const auto known = run(look_up_host("localhost", "80", 10s));
  ASSERT_TRUE(known.has_value());
  EXPECT_TRUE(known->front().address().is_loopback());
  EXPECT_EQ(known->front().port(), 80);
}

TEST(HostNames, AnUnknownNameIsTheResolversError) {
  const auto unknown = run(look_up_host("no-such-host.invalid", "80", 10s));
  ASSERT_FALSE(unknown.has_value());
  EXPECT_NE(unknown.error(), error_code(asio::error::timed_out)) << unknown.error().message();
}

TEST(HostNames, ASilentResolverKeepsNobodyLongerThanItsTime) {
  auto body = []() -> Task<> {
    const HeldName held("held.test");
    const auto found = co_await look_up_host("held.test", "80", 20ms);
    EXPECT_FALSE(found.has_value());
    if (!found) EXPECT_EQ(found.error(), error_code(asio::error::timed_out));
  };
  run(body());
}

}  // namespace
}  // namespace bursar
