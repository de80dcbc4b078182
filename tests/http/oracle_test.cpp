// The reader against an independent one (Boost.Beast): random damage to requests, by seed. What ours accepts
// the other must accept too and understand alike; that ours refuses more is its purpose. And however a text
// is cut, ours says the same.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "http/chunks.hpp"
#include "http/reader.hpp"
#include "oracle.hpp"

namespace bursar::http {
namespace {

using testing::is_comparable;
using testing::outcome;
using testing::understanding_of_beast;

const std::vector<std::string>& seeds() {
  static const std::vector<std::string> texts = {
      "GET /payments?status=PENDING&limit=5 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAccept: */*\r\n\r\n",
      "POST /payments HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX-Request-Id: r\r\nConnection: "
      "close\r\n\r\n",
      "PUT /a%20b HTTP/1.1\r\nHost: [::1]:1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
      "POST / HTTP/1.0\r\nContent-Length: 17\r\nConnection: keep-alive, x\r\n\r\n",
      "DELETE /x HTTP/1.1\r\nHost: b\r\nContent-Type: text/plain; charset=\"utf-8\"\r\nEmpty:\r\n\r\n",
  };
  return texts;
}

constexpr std::string_view interesting[] = {"\r\n",
                                            "\n",
                                            "\r",
                                            " ",
                                            "\t",
                                            ":",
                                            ",",
                                            "%",
                                            "%0d",
                                            "\0",
                                            "\x7f",
                                            "\x80",
                                            "chunked",
                                            "0",
                                            "Host: c\r\n",
                                            "Content-Length: 5\r\n",
                                            "Transfer-Encoding: chunked\r\n",
                                            "HTTP/1.1",
                                            "*",
                                            "/",
                                            "http://a",
                                            "?",
                                            "#",
                                            "\r\n\r\n"};

std::size_t below(Random& random, std::size_t bound) {
  return static_cast<std::size_t>(random.next() % bound);
}

std::string damaged(Random& random) {
  std::string text = seeds()[below(random, seeds().size())];
  for (std::size_t times = below(random, 4) + 1; times > 0 && !text.empty(); --times) {
    const std::size_t at = below(random, text.size());
    const std::string_view piece = interesting[below(random, std::size(interesting))];
    switch (below(random, 5)) {
      case 0:
        text.erase(at, 1 + below(random, 3));
        break;
      case 1:
        text.insert(at, piece);
        break;
      case 2:
        text[at] = static_cast<char>(random.next());
        break;
      case 3:
        text.insert(at, text.substr(below(random, text.size()), 20));
        break;
      default:
        text.replace(at, std::min(piece.size(), text.size() - at), piece);
    }
  }
  return text;
}

std::string outcome_in_parts(std::string_view bytes, Random& random) {
  HeadReader reader;
  Reading reading = Reading::more;
  for (std::size_t end = 0; end < bytes.size() && reading == Reading::more;) {
    end = std::min(bytes.size(), end + 1 + below(random, 30));
    reading = reader.read(bytes.substr(0, end));
  }
  return outcome(reader, reading);
}

TEST(ReaderOracle, WhatIsAcceptedIsUnderstoodAlike) {
  SeededRandom random(20261126);
  int accepted = 0, refused = 0, compared = 0;
  for (int i = 0; i < 60'000; ++i) {
    const std::string text = damaged(random);
    HeadReader reader;
    const Reading reading = reader.read(text);
    if (reading == Reading::refused) ++refused;
    const std::string at_once = outcome(reader, reading);
    ASSERT_EQ(outcome_in_parts(text, random), at_once) << "seeded text " << i << ":\n" << text;
    if (reading != Reading::done) continue;
    ++accepted;
    if (!is_comparable(text)) continue;
    ++compared;
    const auto other = understanding_of_beast(std::string_view(text).substr(0, reader.head().bytes));
    ASSERT_TRUE(other) << "only ours takes text " << i << ":\n" << text;
    ASSERT_EQ(*other, at_once) << "text " << i << ":\n" << text;
  }
  // The damage reaches both sides.
  EXPECT_GT(accepted, 5'000);
  EXPECT_GT(compared, 5'000);
  EXPECT_GT(refused, 20'000);
}

TEST(ReaderOracle, EveryCutOfAChunkedBodyGivesItBack) {
  SeededRandom random(7);
  for (int round = 0; round < 2'000; ++round) {
    std::string body, wire;
    for (std::size_t chunks = below(random, 8); chunks > 0; --chunks) {
      std::string data(1 + below(random, 40), 'x');
      random.fill({reinterpret_cast<std::uint8_t*>(data.data()), data.size()});
      body += data;
      wire += fmt::format("{:x}\r\n{}\r\n", data.size(), data);
    }
    wire += "0\r\n\r\n";
    ChunkReader reader;
    std::string read;
    ChunkReader::Step step;
    std::size_t at = 0;
    std::size_t end = 0;
    while (step.reading == Reading::more && at < wire.size()) {
      if (at == end) end = std::min(wire.size(), end + 1 + below(random, 20));
      step = reader.read(std::string_view(wire).substr(at, end - at));
      read += step.data;
      at += step.consumed;
    }
    ASSERT_EQ(step.reading, Reading::done) << round;
    ASSERT_EQ(at, wire.size()) << round;
    ASSERT_EQ(read, body) << round;
  }
}

}  // namespace
}  // namespace bursar::http
