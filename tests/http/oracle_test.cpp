// The reader against an independent one (Boost.Beast): random damage to requests, by seed. What ours accepts
// the other must accept too and understand alike; that ours refuses more is its purpose. And however a text
// is cut, ours says the same.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "base/random.hpp"
#include "http/chunks.hpp"
#include "http/reader.hpp"

namespace bursar::http {
namespace {

namespace beast = boost::beast::http;

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

// What both readers can say of a head they took. The other puts fields of one name together, so they are
// sorted.
std::string tell(std::string_view line, std::vector<std::string> fields, std::uint64_t length, bool chunked,
                 bool keep) {
  std::sort(fields.begin(), fields.end());
  return fmt::format("{} {} length={} chunked={} keep={}", line, fmt::join(fields, " "), length, chunked,
                     keep);
}

std::string understanding(const HeadReader& reader) {
  const Request& request = reader.request();
  const Head& head = reader.head();
  std::vector<std::string> fields;
  for (const Header& field : request.headers)
    fields.push_back(fmt::format("[{}={}]", field.name, field.value));
  const std::string line = fmt::format("{} {} 1.{}", request.method, request.target, head.http_1_0 ? 0 : 1);
  return tell(line, fields, head.content_length, head.chunked, head.keep_alive);
}

std::optional<std::string> understanding_of_beast(std::string_view bytes) {
  beast::request_parser<beast::empty_body> parser;
  boost::system::error_code error;
  parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error || !parser.is_header_done()) return std::nullopt;
  const auto& message = parser.get();
  std::vector<std::string> fields;
  for (const auto& field : message)
    fields.push_back(
        fmt::format("[{}={}]", std::string_view(field.name_string()), std::string_view(field.value())));
  const std::string line = fmt::format("{} {} 1.{}", std::string_view(message.method_string()),
                                       std::string_view(message.target()), message.version() % 10);
  const auto length = parser.content_length();
  return tell(line, fields, length ? *length : 0, parser.chunked(), parser.keep_alive());
}

std::string outcome_in_parts(std::string_view bytes, Random& random) {
  HeadReader reader;
  Reading reading = Reading::more;
  for (std::size_t end = 0; end < bytes.size() && reading == Reading::more;) {
    end = std::min(bytes.size(), end + 1 + below(random, 30));
    reading = reader.read(bytes.substr(0, end));
  }
  if (reading == Reading::more) return "more";
  return reading == Reading::done ? understanding(reader) : reader.refusal().detail;
}

// Where the two may differ although ours is right: the other knows no absolute-form, no asterisk of its own,
// joins no repeated lines and reads a version above 1.1 as an error.
bool is_comparable(std::string_view text) {
  const std::size_t line_end = text.find('\r');
  const std::string_view line = text.substr(0, line_end);
  return line.find(" /") != std::string_view::npos && line.find("://") == std::string_view::npos &&
         (line.ends_with("HTTP/1.1") || line.ends_with("HTTP/1.0")) && !text.starts_with('\r');
}

TEST(ReaderOracle, WhatIsAcceptedIsUnderstoodAlike) {
  SeededRandom random(20261126);
  int accepted = 0, refused = 0, compared = 0;
  for (int i = 0; i < 60'000; ++i) {
    const std::string text = damaged(random);
    HeadReader reader;
    const Reading reading = reader.read(text);
    if (reading == Reading::refused) ++refused;
    const std::string outcome = reading == Reading::more   ? "more"
                                : reading == Reading::done ? understanding(reader)
                                                           : reader.refusal().detail;
    ASSERT_EQ(outcome_in_parts(text, random), outcome) << "seeded text " << i << ":\n" << text;
    if (reading != Reading::done) continue;
    ++accepted;
    if (!is_comparable(text)) continue;
    ++compared;
    const auto other = understanding_of_beast(std::string_view(text).substr(0, reader.head().bytes));
    ASSERT_TRUE(other) << "only ours takes text " << i << ":\n" << text;
    ASSERT_EQ(*other, outcome) << "text " << i << ":\n" << text;
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
