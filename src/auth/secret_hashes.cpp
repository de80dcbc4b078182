#include "auth/secret_hashes.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "auth/client_secret.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"

namespace bursar::auth {

SecretHashes::SecretHashes() : threads_(limits::hashes_at_once) {}
SecretHashes::~SecretHashes() { threads_.join(); }

template <class T, class Work>
Task<T> SecretHashes::run(Work work) {
  if (waiting_.fetch_add(1, std::memory_order_relaxed) >= limits::hashes_waiting) {
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    throw Unavailable("more log-ins are waiting than can be looked at in a second");
  }
  // The work goes to a thread of ours with the handler, the handler goes back to its loop with the result.
  // The tracked executor keeps that loop running until then.
  const auto initiate = [this, work = std::move(work)]<class Handler>(Handler handler) mutable {
    auto home =
        asio::prefer(asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked);
    asio::post(threads_, [this, work = std::move(work), home, handler = std::move(handler)]() mutable {
      std::exception_ptr failure;
      T result{};
      try {
        result = work();
      } catch (...) {
        failure = std::current_exception();
      }
      made_.fetch_add(1, std::memory_order_relaxed);
      waiting_.fetch_sub(1, std::memory_order_relaxed);
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
  co_return co_await run<std::string>(std::move(work));
}

Task<bool> SecretHashes::matches(std::string hash, std::string text) {
  auto work = [hash = std::move(hash), text = std::move(text)] { return matches_client_secret(hash, text); };
  co_return co_await run<bool>(std::move(work));
}

}  // namespace bursar::auth
