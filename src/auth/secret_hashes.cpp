#include "auth/secret_hashes.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "auth/client_secret.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"

namespace bursar::auth {

static_assert(limits::hashes_at_once >= 2, "strangers have one of the threads");

SecretHashes::SecretHashes() : threads_(limits::hashes_at_once), strangers_(threads_.get_executor()) {}
SecretHashes::~SecretHashes() { threads_.join(); }

void SecretHashes::enter(bool known) {
  const bool is_full = waiting_.fetch_add(1, std::memory_order_relaxed) >= limits::hashes_waiting;
  const bool is_part_full =
      !known && strangers_waiting_.fetch_add(1, std::memory_order_relaxed) >= limits::hashes_for_strangers;
  if (!is_full && !is_part_full) return;
  leave(known);
  throw Unavailable("more log-ins are waiting than can be looked at in a second");
}

void SecretHashes::leave(bool known) {
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  if (!known) strangers_waiting_.fetch_sub(1, std::memory_order_relaxed);
}

template <class T, class Work>
Task<T> SecretHashes::run(Work work, bool known) {
  enter(known);
  Executor line = strangers_;
  if (known) line = threads_.get_executor();
  // The work goes to a thread of ours with the handler, the handler goes back to its loop with the result.
  // The tracked executor keeps that loop running until then.
  const auto initiate = [this, line, known, work = std::move(work)]<class Handler>(Handler handler) mutable {
    auto home =
        asio::prefer(asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked);
    asio::post(line, [this, known, work = std::move(work), home, handler = std::move(handler)]() mutable {
      std::exception_ptr failure;
      T result{};
      try {
        result = work();
      } catch (...) {
        failure = std::current_exception();
      }
      made_.fetch_add(1, std::memory_order_relaxed);
      leave(known);
      asio::post(home, [handler = std::move(handler), failure, result = std::move(result)]() mutable {
        std::move(handler)(failure, std::move(result));
      });
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, T)>(
      initiate, asio::use_awaitable);
}

Task<std::string> SecretHashes::hash(std::string text) {
  auto work = [text = std::move(text)] { return hash_client_secret(text); };
  co_return co_await run<std::string>(std::move(work), true);
}

Task<bool> SecretHashes::matches(std::string hash, std::string text, bool known) {
  auto work = [hash = std::move(hash), text = std::move(text)] { return matches_client_secret(hash, text); };
  co_return co_await run<bool>(std::move(work), known);
}

}  // namespace bursar::auth
