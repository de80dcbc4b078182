// The decoder of chunked bodies: every case is read whole, byte by byte and in two parts, and must come out
// the same.
#include "http/chunks.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace bursar::http {
namespace {

std::string read_in_parts(std::string_view bytes, const std::vector<std::size_t>& ends) {
  ChunkReader reader;
  std::string body;
  std::size_t at = 0;
  ChunkReader::Step step;
  for (const std::size_t end : ends) {
    while (at < end && step.reading == Reading::more) {
      step = reader.read(bytes.substr(at, end - at));
      body += step.data;
      at += step.consumed;
    }
  }
  if (step.reading == Reading::more) return "more after " + body;
  if (step.reading == Reading::done) return fmt::format("{} bytes: {}", at, body);
  return fmt::format("{} {}", reader.refusal().status, reader.refusal().detail);
}

std::string check(std::string_view bytes) {
  const std::string whole = read_in_parts(bytes, {bytes.size()});
  std::vector<std::size_t> every_byte;
  for (std::size_t end = 1; end <= bytes.size(); ++end) every_byte.push_back(end);
  EXPECT_EQ(read_in_parts(bytes, every_byte), whole) << bytes.substr(0, 200);
  const std::size_t step = bytes.size() / 100 + 1;
  for (std::size_t cut = 1; cut < bytes.size(); cut += step)
    EXPECT_EQ(read_in_parts(bytes, {cut, bytes.size()}), whole)
        << "cut at " << cut << " of " << bytes.substr(0, 200);
  return whole;
}

TEST(ReadChunks, TheBodyIsPutTogetherAndTheRestLeftAlone) {
  struct Case {
    std::string_view text, outcome;
  };
  const std::vector<Case> cases = {
      {"5\r\nhello\r\n0\r\n\r\n", "15 bytes: hello"},
      {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET / HTTP/1.1", "26 bytes: hello world"},
      {"0\r\n\r\n", "5 bytes: "},
      {"000\r\n\r\n", "7 bytes: "},
      {"A\r\n0123456789\r\n0\r\n\r\n", "20 bytes: 0123456789"},
      {"0000000a\r\n0123456789\r\n0\r\n\r\n", "27 bytes: 0123456789"},
      {"2\r\n\r\n\r\n0\r\n\r\n", "12 bytes: \r\n"},
      {"1;a\r\nx\r\n0;b=c;d=\"e;\\\"\t\"\r\n\r\n", "27 bytes: x"},
      {"1\r\nx\r\n0\r\nX-Checksum: abc\r\nY:\r\n\r\n", "32 bytes: x"},
      {"1\r\nx\r\n0\r\n", "more after x"},
      {"5\r\nhel", "more after hel"},
  };
  for (const Case& one : cases) EXPECT_EQ(check(one.text), one.outcome) << one.text;
}

TEST(ReadChunks, OddFramingIsRefused) {
  for (const std::string_view text : {"\r\n",
                                      "x\r\n",
                                      "0x5\r\nhello\r\n0\r\n\r\n",
                                      "-1\r\n",
                                      "+5\r\nhello",
                                      "1_0\r\n",
                                      " 5\r\nhello",
                                      "5 \r\nhello",
                                      "5\t\r\nhello",
                                      "5\nhello\r\n0\r\n\r\n",
                                      "5\rhello\r\n0\r\n\r\n",
                                      "5\r\r\nhello",
                                      "5;\r\nhello",
                                      "5; a\r\nhello",
                                      "5 ;a\r\nhello",
                                      "5;a=\r\nhello",
                                      "5;a=\"x\r\nhello",
                                      "5;a=\"x\"y\r\nhello",
                                      "5;a\rX\r\nhello",
                                      "5;\nhello",
                                      "5;a=b c\r\nhello",
                                      "5,a\r\nhello",
                                      "FFFFFFFFFFFFFFFF0\r\n",
                                      "000000005\r\nhello",
                                      "5\r\nhello0\r\n\r\n",
                                      "5\r\nhello!!\r\n0\r\n\r\n",
                                      "5\r\nhello\n0\r\n\r\n",
                                      "5\r\nhello\r0\r\n\r\n",
                                      "5\r\nhello\r\n\r\n",
                                      "0\r\n\n",
                                      "0\r\nX\r\n\r\n",
                                      "0\r\nX : y\r\n\r\n",
                                      "0\r\n folded\r\n\r\n",
                                      "0\r\nX: a\r\n b\r\n\r\n",
                                      "0\r\nX: a\x01\r\n\r\n",
                                      "0\r\nX: a\n\r\n"})
    EXPECT_TRUE(check(text).starts_with("400 ")) << text << " → " << check(text);
  EXPECT_TRUE(check(std::string_view("5;\0a\r\nhello", 12)).starts_with("400 "));
}

TEST(ReadChunks, FieldsOfTheHeadAreRefusedInTrailers) {
  for (const std::string_view name :
       {"Content-Length", "transfer-encoding", "HOST", "Authorization", "Content-Type", "Idempotency-Key",
        "X-Request-Id", "Cookie", "Connection", "Trailer"})
    EXPECT_EQ(check(fmt::format("1\r\nx\r\n0\r\n{}: 1\r\n\r\n", name)).substr(0, 14), "400 the field ")
        << name;
}

TEST(ReadChunks, LimitsAreExact) {
  using namespace limits;
  const std::string most(request_body_bytes, 'x');
  EXPECT_TRUE(read_in_parts(fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", most.size(), most), {most.size() + 20})
                  .ends_with(most));
  EXPECT_TRUE(check(fmt::format("{:x}\r\n", request_body_bytes + 1)).starts_with("413 "));
  EXPECT_TRUE(check("1\r\nx\r\n10000\r\n").starts_with("413 "));
  EXPECT_TRUE(check("FFFFFFFF\r\n").starts_with("413 "));

  const std::string extension = ";a=" + std::string(chunk_line_bytes - 5, 'b');
  EXPECT_TRUE(check("1" + extension + "\r\nx\r\n0\r\n\r\n").ends_with("bytes: x"));
  EXPECT_TRUE(check("1" + extension + "b\r\nx\r\n0\r\n\r\n").starts_with("400 the size line"));

  std::string one_byte_chunks;
  for (std::size_t i = 0; i < request_body_bytes; ++i) one_byte_chunks += "1\r\nx\r\n";
  const std::string whole = one_byte_chunks + "0\r\n\r\n";
  EXPECT_TRUE(read_in_parts(whole, {whole.size()}).ends_with(most));
  std::string padded;
  for (int i = 0; i < 5000; ++i) padded += "1;a=" + std::string(120, 'b') + "\r\nx\r\n";
  EXPECT_TRUE(read_in_parts(padded, {padded.size()}).starts_with("400 the framing of the chunks"));

  std::string trailers = "0\r\n";
  for (std::size_t i = 0; i < request_header_fields; ++i) trailers += "x: y\r\n";
  EXPECT_TRUE(check(trailers + "\r\n").ends_with("bytes: "));
  EXPECT_TRUE(check(trailers + "x: y\r\n\r\n").starts_with("431 "));
  EXPECT_TRUE(check("0\r\nx: " + std::string(request_head_bytes, 'y')).starts_with("431 "));
}

}  // namespace
}  // namespace bursar::http
