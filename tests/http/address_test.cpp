// Addresses, trusted proxies, and whose request it is.
#include "http/address.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "http/address_shares.hpp"
#include "live_server.hpp"

namespace bursar::http {
namespace {

Address ip(std::string_view text) {
  const auto address = parse_ip(text);
  EXPECT_TRUE(address.has_value()) << text;
  return address.value_or(Address());
}

TrustedProxies trusting(std::string_view list) {
  auto proxies = TrustedProxies::parse(list);
  EXPECT_TRUE(proxies.has_value()) << list << ": " << (proxies ? "" : proxies.error());
  return proxies.value_or(TrustedProxies());
}

TEST(IpAddress, IsReadAndWrittenInOneForm) {
  struct {
    std::string_view text, written;
    bool is_v4;
  } const table[] = {
      {"192.0.2.1", "192.0.2.1", true},
      {"0.0.0.0", "0.0.0.0", true},
      {"::ffff:192.0.2.1", "192.0.2.1", true},
      {"::FFFF:c000:201", "192.0.2.1", true},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1", false},
      {"::1", "::1", false},
      {"::", "::", false},
      {"::192.0.2.1", "::192.0.2.1", false},
      {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", false},
  };
  for (const auto& [text, written, is_v4] : table) {
    const Address address = ip(text);
    EXPECT_EQ(to_text(address), written) << text;
    EXPECT_EQ(address.is_v4(), is_v4) << text;
  }
  EXPECT_EQ(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
}

TEST(IpAddress, AnythingElseIsNone) {
  for (const std::string_view bad : {"",
                                     " ",
                                     "192.0.2",
                                     "192.0.2.256",
                                     "192.0.2.01",
                                     "192.0.2.1 ",
                                     " 192.0.2.1",
                                     "192.0.2.1:80",
                                     "1",
                                     "0x7f.1",
                                     "::1%eth0",
                                     "fe80::1%1",
                                     "[::1]",
                                     "2001:db8:::1",
                                     "2001:db8::1::",
                                     "12345::",
                                     "localhost",
                                     "unknown",
                                     "_hidden",
                                     "::ffff:192.0.2.256",
                                     "1:2:3:4:5:6:7:8:9",
                                     "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"})
    EXPECT_EQ(parse_ip(bad), std::nullopt) << bad;
  EXPECT_EQ(parse_ip(std::string_view("192.0.2.1\0", 10)), std::nullopt);
}

TEST(ClientNetwork, IsTheAddressOrTheNetworkOfSixtyFourBits) {
  EXPECT_EQ(client_network(ip("192.0.2.1")), ip("192.0.2.1"));
  EXPECT_NE(client_network(ip("192.0.2.1")), client_network(ip("192.0.2.2")));
  EXPECT_EQ(client_network(ip("2001:db8:0:1::1")), client_network(ip("2001:db8:0:1:ffff:ffff:ffff:ffff")));
  EXPECT_NE(client_network(ip("2001:db8:0:1::1")), client_network(ip("2001:db8:0:2::1")));
  EXPECT_EQ(client_network(ip("::ffff:192.0.2.1")), client_network(ip("192.0.2.1")));
}

TEST(AddressShares, OfOneNetworkAreOne) {
  AddressShares shares;
  AddressShare& first = shares.take(ip("2001:db8:0:1::1"), false);
  EXPECT_EQ(&shares.take(ip("2001:db8:0:1::2"), false), &first);
  EXPECT_EQ(first.connections, 2u);
  EXPECT_NE(&shares.take(ip("2001:db8:0:2::1"), false), &first);
  shares.give_back(ip("2001:db8:0:1::1"), false);
  EXPECT_EQ(first.connections, 1u);
}

TEST(AddressShares, AProxyIsOneWhoeverComesFirstAndItsNeighboursAreNone) {
  // Also the address that the network's share has as its name.
  for (const auto* proxy : {"2001:db8:0:1::1", "2001:db8:0:1::"}) {
    for (const bool proxy_comes_first : {true, false}) {
      AddressShares shares;
      if (proxy_comes_first) shares.take(ip(proxy), true);
      const AddressShare& neighbour = shares.take(ip("2001:db8:0:1::2"), false);
      const AddressShare& trusted = shares.take(ip(proxy), true);
      EXPECT_TRUE(trusted.is_proxy);
      EXPECT_EQ(trusted.connections, proxy_comes_first ? 2u : 1u);
      EXPECT_FALSE(neighbour.is_proxy);
      EXPECT_EQ(neighbour.connections, 1u);
      EXPECT_NE(&shares.take(ip("2001:db8:0:1::3"), true), &trusted) << "one proxy is not another";
    }
  }
}

TEST(TrustedProxies, AreAddressesAndNetworks) {
  const auto proxies =
      trusting(" 192.0.2.7, 10.0.0.0/8,10.1.2.3/32, 172.16.0.0/12 ,2001:db8::/33,::ffff:198.51.100.0/120");
  for (const auto* inside : {"192.0.2.7", "10.0.0.0", "10.255.255.255", "172.31.255.255", "2001:db8:7fff::1",
                             "::ffff:10.1.1.1", "198.51.100.200"})
    EXPECT_TRUE(proxies.contains(ip(inside))) << inside;
  for (const auto* outside : {"192.0.2.8", "9.255.255.255", "11.0.0.0", "172.32.0.0", "2001:db8:8000::1",
                              "::10.1.1.1", "198.51.101.0"})
    EXPECT_FALSE(proxies.contains(ip(outside))) << outside;
  EXPECT_TRUE(trusting("0.0.0.0/0").contains(ip("203.0.113.9")));
  EXPECT_FALSE(trusting("0.0.0.0/0").contains(ip("2001:db8::1")));
  EXPECT_TRUE(trusting("::/0").contains(ip("2001:db8::1")));
  EXPECT_FALSE(trusting("").contains(ip("127.0.0.1")));
}

TEST(TrustedProxies, MalformedListsAreRefusedWithTheEntry) {
  for (const auto* bad :
       {"proxy.example", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x",
        "2001:db8::/129", "2001:db8::1/64", "10.0.0.0 192.0.2.1", "192.0.2.1:80", "[::1]"}) {
    const auto proxies = TrustedProxies::parse(std::string("192.0.2.1,") + bad);
    ASSERT_FALSE(proxies.has_value()) << bad;
    EXPECT_NE(proxies.error().find(bad), std::string::npos) << proxies.error();
  }
  EXPECT_FALSE(TrustedProxies::parse("192.0.2.1,,192.0.2.2").has_value());
  std::string many;
  for (std::size_t i = 0; i <= limits::trusted_proxies; ++i) many += fmt::format("10.0.0.{},", i);
  EXPECT_FALSE(TrustedProxies::parse(many).has_value());
}

// What a proxy at 10.0.0.1 says, and whose request it is.
Address client_of(std::vector<std::string_view> lines, std::string_view peer = "10.0.0.1") {
  static const auto proxies = trusting("10.0.0.0/8,2001:db8:aaaa::/48");
  Request request;
  request.headers.push_back({"Host", "example.test"});
  for (const auto line : lines) request.headers.push_back({"x-forwarded-FOR", line});
  request.headers.push_back({"Accept", "*/*"});
  return proxies.client_of(ip(peer), request);
}

TEST(ForwardedFor, NamesTheNearestHopThatIsNoTrustedProxy) {
  struct {
    std::vector<std::string_view> lines;
    std::string_view client;
  } const table[] = {
      {{"203.0.113.5"}, "203.0.113.5"},
      {{"203.0.113.5:61234"}, "203.0.113.5"},
      {{"2001:db8::5"}, "2001:db8::5"},
      {{"[2001:db8::5]"}, "2001:db8::5"},
      {{"[2001:db8::5]:443"}, "2001:db8::5"},
      {{"::ffff:203.0.113.5"}, "203.0.113.5"},
      {{" 203.0.113.5\t, 10.1.1.1 , 2001:db8:aaaa::9"}, "203.0.113.5"},
      // What stands before it was written by the client.
      {{"198.51.100.1, 203.0.113.5"}, "203.0.113.5"},
      {{"127.0.0.1, 10.9.9.9, 203.0.113.5, 10.1.1.1"}, "203.0.113.5"},
      {{"nonsense, 203.0.113.5"}, "203.0.113.5"},
      // Several lines are one list (RFC 9110 §5.3).
      {{"198.51.100.1", "203.0.113.5"}, "203.0.113.5"},
      {{"203.0.113.5", "10.1.1.1, 10.1.1.2"}, "203.0.113.5"},
      // All are ours: the farthest.
      {{"10.1.1.1, 10.1.1.2"}, "10.1.1.1"},
      {{}, "10.0.0.1"},
  };
  for (const auto& [lines, client] : table)
    EXPECT_EQ(to_text(client_of(lines)), client) << (lines.empty() ? "(none)" : lines.back());
}

TEST(ForwardedFor, JunkMeansThePeer) {
  for (const std::string_view junk : {"",
                                      " ",
                                      ",",
                                      "unknown",
                                      "203.0.113.5,",
                                      "203.0.113.5, ,10.1.1.1",
                                      "203.0.113.5, unknown, 10.1.1.1",
                                      "203.0.113.5.6",
                                      "203.0.113.5:",
                                      "203.0.113.5:99999",
                                      "203.0.113.5:-1",
                                      "[203.0.113.5]",
                                      "[2001:db8::5",
                                      "[2001:db8::5]x",
                                      "[2001:db8::5]:",
                                      "2001:db8::5]",
                                      "fe80::1%eth0",
                                      "\"203.0.113.5\"",
                                      "203.0.113.5 198.51.100.1",
                                      "for=203.0.113.5"})
    EXPECT_EQ(to_text(client_of({junk})), "10.0.0.1") << junk;
}

TEST(ForwardedFor, CountsOnlyFromATrustedPeer) {
  for (const auto* peer : {"11.0.0.1", "203.0.113.1", "2001:db8:bbbb::1", "127.0.0.1"})
    EXPECT_EQ(to_text(client_of({"198.51.100.1"}, peer)), peer);
  EXPECT_EQ(to_text(client_of({"198.51.100.1"}, "::ffff:10.3.2.1")), "198.51.100.1");
  Request request;
  request.headers.push_back({"X-Forwarded-For", "198.51.100.1"});
  EXPECT_EQ(TrustedProxies().client_of(ip("10.0.0.1"), request), ip("10.0.0.1"));
}

TEST(ForwardedFor, HasABoundOfHops) {
  std::string hops = "203.0.113.5";
  for (std::size_t i = 1; i < limits::forwarded_hops; ++i) hops += ",10.1.1.1";
  EXPECT_EQ(to_text(client_of({hops})), "203.0.113.5");
  hops += ",10.1.1.1";
  EXPECT_EQ(to_text(client_of({hops})), "10.0.0.1");
}

Task<Response> tell_client(const Request& request) {
  Response response;
  response.content_type = "text/plain";
  response.body = to_text(request.client);
  co_return response;
}

TEST(Server, TellsWhoseRequestItIs) {
  const std::string forwarded = "X-Forwarded-For: 198.51.100.1, 203.0.113.5\r\n";
  const auto asked = [&](std::string_view trusted) {
    ServerOptions options;
    options.proxies = trusting(trusted);
    testing::LiveServer server(tell_client, std::move(options));
    testing::RawClient client(server.port());
    // The second with a body beyond the first buffer, which moves the head.
    client.send(testing::get("/", forwarded) +
                testing::post("/", std::string(limits::connection_buffer_bytes * 3, 'b'), forwarded));
    const std::string first = client.receive().body;
    EXPECT_EQ(client.receive().body, first);
    return first;
  };
  EXPECT_EQ(asked(""), "127.0.0.1");
  EXPECT_EQ(asked("10.0.0.0/8"), "127.0.0.1");
  EXPECT_EQ(asked("127.0.0.0/8"), "203.0.113.5");
}

}  // namespace
}  // namespace bursar::http
