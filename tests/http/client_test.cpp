// The outbound client against a peer that says what each test wrote down. What matters most: whether a failed
// call may have reached the peer, and that nothing is ever sent twice.
#include "http/client.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "testing/run.hpp"
#include "testing/scripted_peer.hpp"

namespace bursar::http {
namespace {

using bursar::testing::Exchange;
using bursar::testing::http_answer;
using bursar::testing::run;
using bursar::testing::ScriptedPeer;
using Then = Exchange::Then;
using Script = std::vector<std::vector<Exchange>>;

constexpr milliseconds plenty{10'000}, little{60};

struct Outcome {
  std::optional<ClientResponse> response;
  std::string error;
  bool sent = false, timed_out = false;
};

ClientRequest post(std::string body) {
  ClientRequest request;
  request.path = "/v1/things";
  request.content_type = "text/plain";
  request.body = std::move(body);
  return request;
}

Task<Outcome> try_call(Client& client, ClientRequest request, milliseconds deadline = plenty) {
  Outcome outcome;
  try {
    outcome.response = co_await client.call(std::move(request), deadline);
  } catch (const CallFailed& failure) {
    outcome.error = failure.what();
    outcome.sent = failure.sent();
    outcome.timed_out = failure.timed_out();
  }
  co_return outcome;
}

void expect_body(const Outcome& outcome, std::string_view body) {
  ASSERT_TRUE(outcome.response) << outcome.error;
  EXPECT_EQ(outcome.response->body, body);
}

void expect_failed(const Outcome& outcome, bool sent, bool timed_out) {
  EXPECT_FALSE(outcome.response);
  EXPECT_FALSE(outcome.error.empty());
  EXPECT_EQ(outcome.sent, sent) << outcome.error;
  EXPECT_EQ(outcome.timed_out, timed_out) << outcome.error;
}

// Plays the script, makes the calls one behind the other, and tells what happened to each.
struct Report {
  std::vector<Outcome> outcomes;
  std::vector<std::string> requests;
  std::size_t connections = 0, idle = 0, written = 0;
};

Task<Report> play(Script script, std::vector<ClientRequest> requests, milliseconds deadline) {
  const auto executor = co_await asio::this_coro::executor;
  ScriptedPeer peer(executor, std::move(script));
  Report report;
  {
    Client client(executor, {.base_url = peer.url(), .connections = 4});
    for (ClientRequest& request : requests)
      report.outcomes.push_back(co_await try_call(client, std::move(request), deadline));
    report.idle = client.idle();
  }
  co_await peer.stop();
  report.requests = peer.requests();
  report.connections = peer.connections();
  report.written = peer.bytes_written();
  co_return report;
}

Report check(Script script, std::vector<ClientRequest> requests, milliseconds deadline = plenty) {
  return run(play(std::move(script), std::move(requests), deadline));
}

TEST(Client, SendsOneRequestAndReadsItsAnswer) {
  auto request = post("a=1");
  request.headers = {{"Idempotency-Key", "k-1"}};
  const Report report = check({{{http_answer(201, "made", "X-Thing: yes\r\n")}}}, {request});
  expect_body(report.outcomes[0], "made");
  EXPECT_EQ(report.outcomes[0].response->status, 201);
  EXPECT_EQ(report.outcomes[0].response->header("x-tHING"), "yes");
  EXPECT_EQ(report.outcomes[0].response->header("absent"), std::nullopt);
  ASSERT_EQ(report.requests.size(), 1u);
  const std::string& wire = report.requests[0];
  EXPECT_TRUE(wire.starts_with("POST /v1/things HTTP/1.1\r\nHost: 127.0.0.1:")) << wire;
  EXPECT_TRUE(wire.find("\r\nIdempotency-Key: k-1\r\n") != std::string::npos) << wire;
  EXPECT_TRUE(wire.ends_with("Content-Type: text/plain\r\nContent-Length: 3\r\n\r\na=1")) << wire;
}

TEST(Client, KeepsTheConnectionForTheNextRequest) {
  const Report report = check({{{http_answer(200, "1")}, {http_answer(200, "2")}, {http_answer(200, "3")}}},
                              {post("a"), post("b"), post("c")});
  expect_body(report.outcomes[2], "3");
  EXPECT_EQ(report.connections, 1u);
  EXPECT_EQ(report.idle, 1u);
}

TEST(Client, OpensANewConnectionWhereTheAnswerEndsTheOld) {
  const std::vector<std::string> last_answers = {
      http_answer(200, "end", "Connection: close\r\n"),
      "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nend",
  };
  for (const std::string& answer : last_answers) {
    // The peer would keep the connection and answer wrongly there.
    const Script script = {{{answer}, {http_answer(500, "wrong")}}, {{http_answer(200, "right")}}};
    const Report report = check(script, {post("a"), post("b")});
    expect_body(report.outcomes[0], "end");
    expect_body(report.outcomes[1], "right");
    EXPECT_EQ(report.connections, 2u) << answer;
  }
}

TEST(Client, ReadsEveryFramingOfAnAnswer) {
  struct Case {
    std::string answer;
    Then then;
    std::string body;
  };
  const std::vector<Case> cases = {
      {"HTTP/1.1 200 OK\r\n\r\nto the end", Then::close, "to the end"},
      {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", Then::keep, "ok"},
      {"HTTP/1.1 204 No Content\r\n\r\n", Then::keep, ""},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
       Then::keep, "abcde"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" +
           http_answer(200, "late"),
       Then::keep, "late"},
  };
  for (const Case& one : cases)
    expect_body(check({{{one.answer, one.then}}}, {post("a")}).outcomes[0], one.body);
}

TEST(Client, DropsTrailersInsteadOfCallingThemHeaders) {
  const std::string answer =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Kind: head\r\n\r\n1\r\na\r\n0\r\nX-Kind: "
      "tail\r\nX-Late: 1\r\n\r\n";
  const Report report = check({{{answer}}}, {post("a")});
  expect_body(report.outcomes[0], "a");
  EXPECT_EQ(report.outcomes[0].response->count("X-Kind"), 1u);
  EXPECT_EQ(report.outcomes[0].response->header("X-Late"), std::nullopt);
}

TEST(Client, AHeadRequestHasNoBodyWhateverItsLengthSays) {
  auto request = post("");
  request.method = "HEAD";
  request.content_type = "";
  const Report report = check({{{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"}}}, {request});
  expect_body(report.outcomes[0], "");
}

TEST(Client, AnUnusableAnswerIsAFailureThatMayHaveHadAnEffect) {
  const std::string long_head =
      "HTTP/1.1 200 OK\r\nX: " + std::string(limits::outbound_head_bytes, 'x') + "\r\n\r\n";
  const std::string interim = "HTTP/1.1 102 Processing\r\n\r\n";
  std::string endless_interim;
  for (int i = 0; i < 2 * limits::outbound_interim_answers; ++i) endless_interim += interim;
  const std::vector<Exchange> unusable = {
      {"", Then::close},
      {"", Then::reset},
      {"HTTP/1.1 20", Then::close},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", Then::close},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", Then::reset},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", Then::close},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", Then::keep},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", Then::keep},
      {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\na", Then::keep},
      {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\na", Then::keep},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Then::keep},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", Then::keep},
      {"SSH-2.0-OpenSSH_9.2\r\n", Then::keep},
      {"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", Then::keep},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n", Then::keep},
      {long_head, Then::hang},
      {endless_interim, Then::hang},
      {http_answer(200, std::string(limits::outbound_answer_bytes + 1, 'x')), Then::hang},
  };
  for (const Exchange& exchange : unusable) {
    SCOPED_TRACE(exchange.answer.substr(0, 80));
    const Report report = check({{exchange}, {{http_answer(200, "next")}}}, {post("a"), post("b")});
    expect_failed(report.outcomes[0], /*sent=*/true, /*timed_out=*/false);
    expect_body(report.outcomes[1], "next");
    EXPECT_EQ(report.requests.size(), 2u) << "a call was repeated or lost";
  }
}

TEST(Client, AnAnswerOfTheGreatestLengthIsStillRead) {
  const std::string body(limits::outbound_answer_bytes, 'x');
  expect_body(check({{{http_answer(200, body)}}}, {post("a")}).outcomes[0], body);
}

TEST(Client, AnEndlessAnswerIsCutAtItsLimit) {
  const std::string piece(64 * 1024, 'x');
  const Exchange endless = {"HTTP/1.1 200 OK\r\n\r\n" + piece, Then::close, true, "", 16 * 1024};
  const Report report = check({{endless}}, {post("a")});
  expect_failed(report.outcomes[0], true, false);
  EXPECT_LT(report.written, 64u * 1024 * 1024) << "of 1 GB";
}

TEST(Client, SurplusBytesNeverAnswerTheNextRequest) {
  const std::string foreign = http_answer(200, "foreign");
  const std::vector<Exchange> talkative = {
      {http_answer(200, "own") + foreign},                   // in one packet
      {http_answer(200, "own"), Then::keep, true, foreign},  // behind it
      {http_answer(200, "own") + "\r\n"},
  };
  for (const Exchange& exchange : talkative) {
    const Report report = check({{exchange, {http_answer(200, "wrong")}}, {{http_answer(200, "right")}}},
                                {post("a"), post("b")});
    expect_body(report.outcomes[0], "own");
    expect_body(report.outcomes[1], "right");
    EXPECT_EQ(report.connections, 2u);
  }
}

Task<> call_behind_a_close(bool reset) {
  const auto executor = co_await asio::this_coro::executor;
  const Exchange last = {http_answer(200, "1"), reset ? Then::reset : Then::close};
  ScriptedPeer peer(executor, Script{{last}, {{http_answer(200, "2")}}});
  {
    Client client(executor, {.base_url = peer.url()});
    expect_body(co_await try_call(client, post("a")), "1");
    co_await peer.played(1);
    expect_body(co_await try_call(client, post("b")), "2");
  }
  co_await peer.stop();
  EXPECT_EQ(peer.connections(), 2u);
  EXPECT_EQ(peer.requests().size(), 2u);
}

TEST(Client, AKeptConnectionThatThePeerClosedIsReplacedBeforeAnythingIsWritten) {
  run(call_behind_a_close(false));
  run(call_behind_a_close(true));
}

TEST(Client, APostIsNotRepeatedWhenAKeptConnectionBreaksUnderIt) {
  for (const Then then : {Then::close, Then::reset}) {
    const Script script = {{{http_answer(200, "1")}, {"", then}}, {{http_answer(200, "3")}}};
    const Report report = check(script, {post("a"), post("b"), post("c")});
    expect_failed(report.outcomes[1], true, false);
    expect_body(report.outcomes[2], "3");
    ASSERT_EQ(report.requests.size(), 3u);
    EXPECT_TRUE(report.requests[1].ends_with("b"));
    EXPECT_TRUE(report.requests[2].ends_with("c"));
  }
}

Task<Outcome> call_nobody() {
  const auto executor = co_await asio::this_coro::executor;
  std::string url;
  {
    ScriptedPeer gone(executor, {});
    url = gone.url();
    co_await gone.stop();
  }
  Client client(executor, {.base_url = url});
  co_return co_await try_call(client, post("a"));
}

TEST(Client, ARefusedConnectionHadNoEffect) { expect_failed(run(call_nobody()), false, false); }

TEST(Client, TheDeadlineEndsAnAnswerThatDoesNotCome) {
  for (const std::string& start :
       {std::string(), std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")})
    expect_failed(check({{{start, Then::hang}}}, {post("a")}, little).outcomes[0], true, true);
}

TEST(Client, TheDeadlineEndsARequestThatNobodyReads) {
  const Exchange deaf = {"", Then::hang, /*read_request=*/false};
  expect_failed(check({{deaf}}, {post(std::string(64 * 1024 * 1024, 'x'))}, little).outcomes[0], true, true);
}

TEST(Client, SendsNothingOnceTheTimeIsOver) {
  const Report report =
      check({{{http_answer(200, "1")}, {http_answer(200, "2")}}}, {post("a"), post("b")}, milliseconds(0));
  for (const Outcome& outcome : report.outcomes) expect_failed(outcome, /*sent=*/false, /*timed_out=*/true);
  EXPECT_TRUE(report.requests.empty());
}

Task<> wait_in_line() {
  const auto executor = co_await asio::this_coro::executor;
  ScriptedPeer peer(executor, Script{{{"", Then::hang}}, {{http_answer(200, "next")}}});
  TaskGroup group(executor);
  {
    Client client(executor, {.base_url = peer.url(), .connections = 1});
    Outcome first;
    auto hold = [](Client& used, Outcome& out) -> Task<> {
      out = co_await try_call(used, post("hold"), plenty);
    };
    group.spawn("holder", hold(client, first));
    co_await peer.asked(1);
    expect_failed(co_await try_call(client, post("waits"), little), /*sent=*/false, /*timed_out=*/true);
    EXPECT_EQ(peer.requests().size(), 1u);
    group.cancel();  // the holder gives its place back
    co_await group.join();
    EXPECT_FALSE(first.response);
    expect_body(co_await try_call(client, post("next")), "next");
  }
  co_await peer.stop();
}

TEST(Client, WhoWaitsInLineTooLongHasSentNothing) { run(wait_in_line()); }

Task<> line_in_order() {
  const auto executor = co_await asio::this_coro::executor;
  std::vector<Exchange> answers(20, Exchange{http_answer(200, "ok")});
  ScriptedPeer peer(executor, Script{answers});
  TaskGroup group(executor);
  {
    Client client(executor, {.base_url = peer.url(), .connections = 1});
    std::vector<Outcome> outcomes(20);
    auto one = [](Client& used, Outcome& out, int i) -> Task<> {
      out = co_await try_call(used, post(std::to_string(i)));
    };
    for (int i = 0; i < 20; ++i) group.spawn("caller", one(client, outcomes[static_cast<std::size_t>(i)], i));
    co_await group.join();
    for (const Outcome& outcome : outcomes) expect_body(outcome, "ok");
  }
  co_await peer.stop();
  EXPECT_EQ(peer.connections(), 1u);
  EXPECT_EQ(peer.requests().size(), 20u);
  for (std::size_t i = 0; i < peer.requests().size(); ++i)
    EXPECT_TRUE(peer.requests()[i].ends_with("\r\n\r\n" + std::to_string(i))) << peer.requests()[i];
}

TEST(Client, CallersGetTheirTurnInTheOrderTheyCame) { run(line_in_order()); }

Task<> close_while_waiting() {
  const auto executor = co_await asio::this_coro::executor;
  ScriptedPeer peer(executor, Script{{{"", Then::hang}}});
  TaskGroup group(executor);
  Client client(executor, {.base_url = peer.url(), .connections = 1});
  Outcome holder;
  Outcome waiter;
  auto one = [](Client& used, Outcome& out, milliseconds deadline) -> Task<> {
    out = co_await try_call(used, post("x"), deadline);
  };
  group.spawn("holder", one(client, holder, milliseconds(200)));
  co_await peer.asked(1);
  group.spawn("waiter", one(client, waiter, plenty));
  co_await asio::post(executor, asio::use_awaitable);
  client.close();
  co_await group.join();
  expect_failed(holder, true, true);
  expect_failed(waiter, false, false);
  expect_failed(co_await try_call(client, post("late")), false, false);
  co_await peer.stop();
}

TEST(Client, CloseFailsWhoWaitsAndLetsCallsUnderWayEnd) { run(close_while_waiting()); }

TEST(Client, RefusesWhatWouldBreakTheRequestApart) {
  std::vector<ClientRequest> bad(8, post("x"));
  bad[0].headers = {{"X-Request-Id", "a\r\nX-Admin: 1"}};
  bad[1].headers = {{"X-Request-Id", "a\nb"}};
  bad[2].headers = {{"X-Bad\r\n", "a"}};
  bad[3].headers = {{"Content-Length", "3"}};
  bad[4].headers = {{"transfer-encoding", "chunked"}};
  bad[5].path = "/a b";
  bad[6].path = "/a\r\nHost: x";
  bad[7].method = "POST /x HTTP/1.1\r\n";
  const Report report = check({{{http_answer(200, "reached")}}}, bad);
  for (const Outcome& outcome : report.outcomes) expect_failed(outcome, false, false);
  EXPECT_EQ(report.connections, 0u);
}

TEST(Client, NamesWhatIsWrongWithAUrl) {
  const std::vector<std::string> bad = {"",
                                        "127.0.0.1:80",
                                        "ftp://127.0.0.1",
                                        "http://",
                                        "http://user:secret@127.0.0.1",
                                        "http://127.0.0.1/path",
                                        "http://127.0.0.1?x=1",
                                        "http://127.0.0.1:0",
                                        "http://127.0.0.1:99999",
                                        "http://a%20b"};
  for (const std::string& url : bad) {
    Loop loop;
    EXPECT_THROW(Client(loop.get_executor(), {.base_url = url}), UsageError) << url;
  }
}

}  // namespace
}  // namespace bursar::http
