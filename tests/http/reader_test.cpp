// The request reader: every case is read whole, byte by byte and in two parts, and must come out the same.
#include "http/reader.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/limits.hpp"

namespace bursar::http {
namespace {

// Everything a caller can see.
std::string outcome_of(const HeadReader& reader, Reading reading) {
  std::ostringstream out;
  if (reading == Reading::more) return "more";
  if (reading == Reading::refused) {
    const Refusal& refusal = reader.refusal();
    out << refusal.status << ' ' << refusal.code << ": " << refusal.detail;
    return out.str();
  }
  const Request& request = reader.request();
  const Head& head = reader.head();
  out << request.method << ' ' << request.target << " path=" << request.path << " query=" << request.query;
  for (const Header& header : request.headers) out << " [" << header.name << '=' << header.value << ']';
  out << " bytes=" << head.bytes << " length=" << head.content_length << " id=" << head.request_id;
  if (head.http_1_0) out << " 1.0";
  if (head.keep_alive) out << " keep";
  if (head.chunked) out << " chunked";
  if (head.expects_continue) out << " continue";
  if (head.asks_server) out << " server";
  return out.str();
}

std::string read_in_parts(std::string_view bytes, const std::vector<std::size_t>& ends) {
  HeadReader reader;
  Reading reading = Reading::more;
  for (const std::size_t end : ends) {
    reading = reader.read(bytes.substr(0, end));
    if (reading != Reading::more) break;
  }
  return outcome_of(reader, reading);
}

// The outcome of the whole text, after the other ways to read it gave the same.
std::string check(std::string_view bytes) {
  const std::string whole = read_in_parts(bytes, {bytes.size()});
  std::vector<std::size_t> every_byte;
  for (std::size_t end = 1; end <= bytes.size(); ++end) every_byte.push_back(end);
  EXPECT_EQ(read_in_parts(bytes, every_byte), whole) << bytes.substr(0, 200);
  const std::size_t step = bytes.size() / 200 + 1;
  for (std::size_t cut = 1; cut < bytes.size(); cut += step)
    EXPECT_EQ(read_in_parts(bytes, {cut, bytes.size()}), whole)
        << "cut at " << cut << " of " << bytes.substr(0, 200);
  return whole;
}

std::string with_host(std::string_view fields, std::string_view line = "GET / HTTP/1.1") {
  return fmt::format("{}\r\nHost: a\r\n{}\r\n", line, fields);
}

TEST(ReadHead, AUsualRequestIsReadToItsLastField) {
  const std::string text =
      "POST /payments?a=1&b=%20x HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nContent-Type:application/json\r\n"
      "X-Request-Id:\t r-1 \t\r\nContent-Length: 17\r\nEmpty:\r\n\r\nthe body";
  EXPECT_EQ(
      check(text),
      fmt::format("POST /payments?a=1&b=%20x path=/payments query=a=1&b=%20x [Host=127.0.0.1:8000] "
                  "[Content-Type=application/json] [X-Request-Id=r-1] [Content-Length=17] [Empty=] bytes={} "
                  "length=17 id=r-1 keep",
                  text.size() - 8));
}

TEST(ReadHead, WhatTheRfcAllowsIsTaken) {
  struct Case {
    std::string text, outcome;
  };
  const std::vector<Case> cases = {
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / path=/ query= [Host=a] bytes=27 length=0 id= keep"},
      {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / path=/ query= [Host=a] bytes=29 length=0 id= keep"},
      {"GET /? HTTP/1.1\r\nHost: a\r\n\r\n", "GET /? path=/ query= [Host=a] bytes=28 length=0 id= keep"},
      {"GET / HTTP/1.0\r\n\r\n", "GET / path=/ query= bytes=18 length=0 id= 1.0"},
      {"GET / HTTP/1.0\r\nConnection: a, Keep-Alive\r\n\r\n",
       "GET / path=/ query= [Connection=a, Keep-Alive] bytes=45 length=0 id= 1.0 keep"},
      {"GET / HTTP/1.9\r\nHost: a\r\n\r\n", "GET / path=/ query= [Host=a] bytes=27 length=0 id= keep"},
      {with_host("Connection: CLOSE\r\n"),
       "GET / path=/ query= [Host=a] [Connection=CLOSE] bytes=46 length=0 id="},
      {with_host("Connection: keep-alive\r\nConnection: x, close\r\n"),
       "GET / path=/ query= [Host=a] [Connection=keep-alive] [Connection=x, close] bytes=73 length=0 id="},
      {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
       "OPTIONS * path=* query= [Host=a] bytes=31 length=0 id= keep server"},
      {"OPTIONS http://a HTTP/1.1\r\nHost: A\r\n\r\n",
       "OPTIONS * path=* query= [Host=A] bytes=38 length=0 id= keep server"},
      {"GET http://a:80/x?y HTTP/1.1\r\nHost: A:80\r\n\r\n",
       "GET /x?y path=/x query=y [Host=A:80] bytes=44 length=0 id= keep"},
      {"GET HTTPS://a HTTP/1.1\r\nHost: a\r\n\r\n",
       "GET / path=/ query= [Host=a] bytes=35 length=0 id= keep"},
      {with_host("Transfer-Encoding: Chunked\r\n", "POST / HTTP/1.1"),
       "POST / path=/ query= [Host=a] [Transfer-Encoding=Chunked] bytes=56 length=0 id= keep chunked"},
      {with_host("Expect: 100-Continue\r\nContent-Length: 5\r\n", "PUT / HTTP/1.1"),
       "PUT / path=/ query= [Host=a] [Expect=100-Continue] [Content-Length=5] bytes=68 length=5 id= keep "
       "continue"},
      {with_host("Content-Length: 0\r\n"),
       "GET / path=/ query= [Host=a] [Content-Length=0] bytes=46 length=0 id= keep"},
      {with_host("X: caf\xC3\xA9 \x80\r\n"),
       "GET / path=/ query= [Host=a] [X=caf\xC3\xA9 \x80] bytes=39 length=0 id= keep"},
      {with_host("X-Request-Id: a\r\nX-Request-Id: b\r\n"),
       "GET / path=/ query= [Host=a] [X-Request-Id=a] [X-Request-Id=b] bytes=61 length=0 id= keep"},
  };
  for (const Case& one : cases) EXPECT_EQ(check(one.text), one.outcome) << one.text;
}

TEST(ReadHead, EveryHostFormIsTakenAndNothingElse) {
  for (const std::string_view host :
       {"a", "a.b-c_d~e", "127.0.0.1", "a:0", "a:65535", "a:", "[::1]", "[::1]:80"})
    EXPECT_TRUE(check(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", host)).starts_with("GET /")) << host;
  for (const std::string_view host :
       {"",        "a b",      "a@b", "user:1@b", "a/b",  "a,b",     "a:80, b", ":80",
        "a:65536", "a:123456", "a:x", "a:-1",     "[::1", "[]",      "[:]",     "[::g]",
        "[::1]x",  "a%41",     "a?b", "a#b",      "a\"b", "\xC3\xA9"})
    EXPECT_TRUE(
        check(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", host)).starts_with("400 bad_request: Host"))
        << host;
}

struct Refused {
  std::string text;
  std::string_view outcome;  // its start
};

void check_refused(const std::vector<Refused>& cases) {
  for (const Refused& one : cases) {
    const std::string outcome = check(one.text);
    EXPECT_TRUE(outcome.starts_with(one.outcome)) << one.text.substr(0, 200) << "\n→ " << outcome;
  }
}

TEST(ReadHead, MalformedRequestLinesAreRefused) {
  check_refused({
      {"GET / HTTP/1.1\nHost: a\r\n\r\n", "400 bad_request: a line ends with LF alone"},
      {"GET / HTTP/1.1\rHost: a\r\n\r\n", "400"},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "400 bad_request: the version"},
      {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", "400 bad_request: the first byte"},
      {"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"GET /\r\n", "400"},
      {"GET\r\n", "400"},
      {"GET HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400 bad_request: there is more than one empty line"},
      {"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "400 bad_request: the method"},
      {"\x16\x03\x01\x02", "400 bad_request: the first byte"},
      {"GET / HTTP/1\r\nHost: a\r\n\r\n", "400 bad_request: the version"},
      {"GET / HTTP/01.01\r\nHost: a\r\n\r\n", "400 bad_request: the version"},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", "400 bad_request: the version"},
      {"GET / HTTP/1.10\r\nHost: a\r\n\r\n", "400 bad_request: the version"},
      {"GET / HTTP/ 1.1\r\nHost: a\r\n\r\n", "400 bad_request: the version"},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505 http_version_not_supported"},
      {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", "505 http_version_not_supported"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
      {"get / HTTP/1.1\r\nHost: a\r\n\r\n", "501 not_implemented"},
      {"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", "501"},
      {"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "501"},
  });
}

TEST(ReadHead, MalformedTargetsAreRefused) {
  for (const std::string_view target :
       {"x",         "*",        "a:80",    "/a#b",      "/a\\b",        "/a\"b",      "/a<b",
        "/a{b}",     "/a|b",     "/a^b",    "/a`b",      "/caf\xC3\xA9", "/%",         "/%4",
        "/%4g",      "/%zz",     "/%00",    "/a%0d%0aX", "/a%1f",        "/a%7F",      "/?a=%00",
        "/?%",       "/?a#b",    "/?a[b]",  "http://",   "http:///x",    "http://a?x", "http://u@a/",
        "http://b/", "ftp://a/", "http:/a", "//\x7f",    "/\x01"})
    check_refused({{fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", target), "400 bad_request: "}});
  check_refused({{std::string("GET /\0x HTTP/1.1\r\nHost: a\r\n\r\n", 29), "400"}});
}

TEST(ReadHead, MalformedHeaderLinesAreRefused) {
  for (const std::string& field :
       {std::string("X : a"), std::string("X\t: a"), std::string(": a"), std::string("X"),
        std::string("X a: b"), std::string("X[: b"), std::string("X\xC3\xAB: b"), std::string("X: a\rb"),
        std::string("X: a\x07"), std::string("X: a\x7F"), std::string("X: a\0b", 6),
        std::string("X: 12345678\x01"), std::string("X: a\nY: b"), std::string("X: a\r\n folded"),
        std::string("X: a\r\n\tfolded"), std::string("X:\r\n folded"), std::string("X: a\n")})
    check_refused({{with_host(field + "\r\n"), "400 bad_request: "}});
  check_refused({{"GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400 bad_request: a header line starts with a blank"},
                 {"GET / HTTP/1.1\r\nHost: a\r\n\n", "400 bad_request: a line ends with LF alone"}});
}

TEST(ReadHead, AmbiguousRoutingIsRefused) {
  check_refused({
      {"GET / HTTP/1.1\r\n\r\n", "400 bad_request: there is no Host"},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400 bad_request: there is more than one Host"},
      {"GET / HTTP/1.0\r\nHost: a\r\nHOST: b\r\n\r\n", "400 bad_request: there is more than one Host"},
      {"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "400 bad_request: the host of the target"},
      {"GET http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n", "400 bad_request: the host of the target"},
  });
}

TEST(ReadHead, AmbiguousFramingIsRefused) {
  struct Case {
    std::string_view fields, outcome;
  };
  const std::vector<Case> cases = {
      {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "400"},
      {"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", "400"},
      {"Content-Length: 5\r\nContent-Length: 5\r\n", "400"},
      {"content-length: 5\r\nCONTENT-LENGTH: 6\r\n", "400"},
      {"Content-Length: 5, 5\r\n", "400"},
      {"Content-Length: 5,\r\n", "400"},
      {"Content-Length:\r\n", "400"},
      {"Content-Length: +5\r\n", "400"},
      {"Content-Length: -0\r\n", "400"},
      {"Content-Length: -1\r\n", "400"},
      {"Content-Length: 05\r\n", "400"},
      {"Content-Length: 00\r\n", "400"},
      {"Content-Length: 0x5\r\n", "400"},
      {"Content-Length: 5 5\r\n", "400"},
      {"Content-Length: 5.0\r\n", "400"},
      {"Content-Length: 1e1\r\n", "400"},
      {"Content-Length: five\r\n", "400"},
      {"Content-Length: 99999999999999999999\r\n", "400"},
      {"Content-Length: 18446744073709551617\r\n", "400"},
      {"Content_Length: 5\r\n", "400"},
      {"Transfer_Encoding: chunked\r\n", "400"},
      {"Content-Length: 65537\r\n", "413 payload_too_large"},
      {"Content-Length: 999999999999999999\r\n", "413 payload_too_large"},
      {"Transfer-Encoding: chunked, chunked\r\n", "400"},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "400"},
      {"Transfer-Encoding: chunked, gzip\r\n", "400"},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "400"},
      {"Transfer-Encoding: , chunked\r\n", "400"},
      {"Transfer-Encoding: chunked,\r\n", "400"},
      {"Transfer-Encoding:\r\n", "400"},
      {"Transfer-Encoding: chunked;q=1\r\n", "400"},
      {"Transfer-Encoding: \"chunked\"\r\n", "400"},
      {"Transfer-Encoding: \x0b"
       "chunked\r\n",
       "400"},
      {"Transfer-Encoding: gzip\r\n", "501 not_implemented"},
      {"Transfer-Encoding: gzip, chunked\r\n", "501 not_implemented"},
      {"Transfer-Encoding: xchunked\r\n", "501 not_implemented"},
      {"Connection: close x\r\n", "400"},
      {"Connection: close; keep-alive\r\n", "400"},
      {"Expect: 200-ok\r\n", "417 expectation_failed"},
      {"Expect:\r\n", "417 expectation_failed"},
      {"Expect: 100-continue\r\nExpect: 100-continue\r\n", "417 expectation_failed"},
  };
  for (const Case& one : cases) check_refused({{with_host(one.fields, "POST / HTTP/1.1"), one.outcome}});
  check_refused({{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400 bad_request: HTTP/1.0"}});
  for (const std::string_view method : {"GET", "HEAD", "OPTIONS"})
    for (const std::string_view content : {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"})
      check_refused({{with_host(content, fmt::format("{} / HTTP/1.1", method)),
                      "400 bad_request: " + std::string(method)}});
}

TEST(ReadHead, LimitsAreExact) {
  using namespace limits;
  auto line = [](std::size_t bytes) {
    return "GET /" + std::string(bytes - 5 - 9 - 1, 'a') + " HTTP/1.1\r\n";
  };
  EXPECT_TRUE(check(line(request_line_bytes) + "Host: a\r\n\r\n").starts_with("GET /a"));
  check_refused({{line(request_line_bytes + 1) + "Host: a\r\n\r\n", "414 uri_too_long"},
                 {"GET /" + std::string(request_line_bytes, 'a'), "414 uri_too_long"},
                 {std::string(request_line_bytes + 1, 'A'), "400 bad_request: there is no method"}});

  auto fields = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 1; i < count; ++i) text += "x: y\r\n";
    return with_host(text);
  };
  EXPECT_TRUE(check(fields(request_header_fields)).starts_with("GET /"));
  check_refused({{fields(request_header_fields + 1), "431 header_fields_too_large"}});

  auto head = [](std::size_t bytes) {
    const std::size_t frame = with_host("x: \r\n").size();
    return with_host("x: " + std::string(bytes - frame, 'y') + "\r\n");
  };
  ASSERT_EQ(head(request_head_bytes).size(), request_head_bytes);
  EXPECT_TRUE(check(head(request_head_bytes)).starts_with("GET /"));
  check_refused({{head(request_head_bytes + 1), "431 header_fields_too_large"},
                 {with_host("x: " + std::string(request_head_bytes, 'y')), "431 header_fields_too_large"}});
  EXPECT_TRUE(check(with_host(fmt::format("Content-Length: {}\r\n", request_body_bytes), "POST / HTTP/1.1"))
                  .starts_with("POST / path"));
}

TEST(ReadHead, AnUnfinishedHeadWaits) {
  for (const std::string_view text : {"", "\r", "\r\n", "G", "GET / HTTP/1.1\r", "GET / HTTP/1.1\r\n",
                                      "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r"})
    EXPECT_EQ(check(text), "more") << text;
}

TEST(ReadHead, RestartForgetsEverything) {
  HeadReader reader;
  const std::string first =
      with_host("Connection: close\r\nX-Request-Id: 1\r\nContent-Length: 3\r\n", "POST /a HTTP/1.1");
  const std::string second = with_host("");
  ASSERT_EQ(reader.read(first), Reading::done);
  reader.restart();
  ASSERT_EQ(reader.read(second), Reading::done);
  EXPECT_EQ(outcome_of(reader, Reading::done), check(second));
  reader.restart();
  ASSERT_EQ(reader.read("nonsense\r\n"), Reading::refused);
  reader.restart();
  ASSERT_EQ(reader.read(first), Reading::done);
  EXPECT_EQ(outcome_of(reader, Reading::done), check(first));
}

}  // namespace
}  // namespace bursar::http
