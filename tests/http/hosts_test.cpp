// A foreign page can lead a browser to our address by a name of its own, never by one of ours.
#include "http/hosts.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace bursar::http {
namespace {

const std::vector<std::string> names = {"bursar", "ops.example.test"};

TEST(AllowedHosts, AreAddressesLocalhostAndTheNamesOfTheList) {
  for (const char* host :
       {"127.0.0.1", "127.0.0.1:8001", "10.1.2.3:80", "[::1]", "[::1]:8001", "[fd00::17]:8001", "localhost",
        "LocalHost:8001", "bursar", "bursar:8001", "BURSAR", "ops.example.test:443"})
    EXPECT_TRUE(is_allowed_host(host, names)) << host;
}

TEST(AllowedHosts, AreNoOtherNames) {
  for (const char* host : {"",
                           ":8001",
                           "evil.test",
                           "evil.test:8001",
                           "127.0.0.1.evil.test",
                           "localhost.evil.test",
                           "localhost.",
                           "xbursar",
                           "bursar.evil.test",
                           "evil.bursar",
                           "example.test",
                           "[",
                           "[]",
                           "[::1",
                           "[evil.test]",
                           "[127.0.0.1]",
                           "127.0.0.1evil",
                           "127.1",
                           "2130706433",
                           "0x7f000001",
                           "1.2.3",
                           "1.2.3.4.5",
                           "::1"})
    EXPECT_FALSE(is_allowed_host(host, names)) << host;
  EXPECT_FALSE(is_allowed_host("bursar", {}));
}

}  // namespace
}  // namespace bursar::http
