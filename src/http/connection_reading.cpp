// The reading half of a connection: heads, bodies, request ids. All bytes of a request stay in one buffer; a
// body in chunks is decoded in place, because it is never longer than its wire form.
#include <cstring>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "http/connection.hpp"
#include "http/problem_codes.hpp"

namespace bursar::http {

Task<Connection::Heard> Connection::read_request() {
  reader_.restart();
  moved_ = false;
  // The time for the first request to start began with the connection, before TLS was agreed.
  if (used_ || !input_.empty()) enter(input_.empty() ? Phase::idle : Phase::head);
  while (true) {
    if (!input_.empty()) {
      const Reading reading = reader_.read(input_.view());
      if (reading == Reading::done) break;
      if (reading == Reading::refused) {
        refusal_ = reader_.refusal();
        choose_request_id();
        co_return Heard::refused;
      }
      if (phase_ == Phase::idle) enter(Phase::head);
    }
    if (!make_room()) {
      choose_request_id();
      co_return Heard::refused;
    }
    if (moved_) reader_.restart();
    moved_ = false;
    const bool received = co_await receive();
    if (!received) {
      choose_request_id();
      co_return why_not_received();
    }
  }
  started_ = log::level() <= log::Level::debug ? std::chrono::steady_clock::now() : Monotonic();
  choose_request_id();
  request_bytes_ = reader_.head().bytes;
  Heard heard = Heard::request;
  if (reader_.head().chunked)
    heard = co_await read_chunks();
  else if (reader_.head().content_length > 0)
    heard = co_await read_body();
  co_return heard;
}

Task<Connection::Heard> Connection::read_body() {
  const Head head = reader_.head();
  request_bytes_ = head.bytes + head.content_length;
  if (head.expects_continue && input_.view().size() == head.bytes) {
    const bool said = co_await say_continue();
    if (!said) co_return Heard::gone;
  }
  if (input_.view().size() < request_bytes_) enter(Phase::body);
  while (input_.view().size() < request_bytes_) {
    if (!make_room()) co_return Heard::refused;
    const bool received = co_await receive();
    if (!received) co_return why_not_received();
  }
  show_body(head.content_length);
  co_return Heard::request;
}

Task<Connection::Heard> Connection::read_chunks() {
  const Head head = reader_.head();
  if (head.expects_continue && input_.view().size() == head.bytes) {
    const bool said = co_await say_continue();
    if (!said) co_return Heard::gone;
  }
  enter(Phase::body);
  ChunkReader chunks;
  std::size_t body_end = head.bytes;  // what is decoded
  std::size_t read_to = head.bytes;   // of the wire form
  while (true) {
    ChunkReader::Step step;
    while (read_to < input_.view().size() && step.reading == Reading::more) {
      step = chunks.read(input_.view().substr(read_to));
      if (!step.data.empty()) std::memmove(input_.data() + body_end, step.data.data(), step.data.size());
      body_end += step.data.size();
      read_to += step.consumed;
    }
    if (step.reading == Reading::refused) {
      refusal_ = chunks.refusal();
      co_return Heard::refused;
    }
    if (step.reading == Reading::done) break;
    input_.truncate(body_end);
    read_to = body_end;
    if (!make_room()) co_return Heard::refused;
    const bool received = co_await receive();
    if (!received) co_return why_not_received();
  }
  request_bytes_ = read_to;
  show_body(body_end - head.bytes);
  co_return Heard::request;
}

// The whole request is in the buffer now and stays where it is until it is answered.
void Connection::show_body(std::size_t bytes) {
  show_head_again();
  reader_.request().body = input_.view().substr(reader_.head().bytes, bytes);
}

// The views into a buffer that has moved are made anew.
void Connection::show_head_again() {
  if (!moved_) return;
  moved_ = false;
  reader_.restart();
  reader_.read(input_.view());
  name_request();
}

// The client's own if it is safe to store, log and send back, else a new one (design.md §3).
void Connection::choose_request_id() {
  const std::string_view sent = reader_.head().request_id;
  const bool taken = is_request_id(sent) && !(shared_.is_secret && shared_.is_secret(sent));
  if (taken)
    request_id_ = sent;
  else
    shared_.ids.make(request_id_);
  name_request();
}

// Its id and whose it is.
void Connection::name_request() {
  Request& request = reader_.request();
  request.request_id = request_id_;
  request.remote_address = remote_address_;
  request.client = shared_.proxies.client_of(peer_, request);
}

}  // namespace bursar::http
