#include "devtools/ledger.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"

namespace bursar::devtools {
namespace {

UsageError unusable(const std::filesystem::path& file, std::string_view doing) {
  const std::string why = std::strerror(errno);
  return UsageError(fmt::format("cannot {} the ledger {}: {}; give a path in a folder you may write to",
                                doing, file.string(), why));
}

// The entry of a new file must survive too.
void sync_folder(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

std::uintmax_t read_ledger(const std::filesystem::path& file,
                           const std::function<void(const boost::json::object&)>& use) {
  std::ifstream in(file, std::ios::binary);
  std::string line;
  std::uintmax_t whole = 0;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (in.eof()) break;  // no line feed behind it
    const auto parsed = json::parse(line);
    const json::object* object = parsed ? parsed->if_object() : nullptr;
    if (object == nullptr)
      throw UsageError(
          fmt::format("{}:{} is no JSON object; the ledger is damaged, keep it and start a new one",
                      file.string(), number));
    whole += line.size() + 1;
    use(*object);
  }
  return whole;
}

Ledger::Ledger(const Executor& executor, std::filesystem::path file, Sync sync)
    : executor_(executor),
      file_(std::move(file)),
      sync_(std::move(sync)),
      batch_(std::make_shared<Batch>(executor)),
      waiting_(executor) {
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor_ < 0) throw unusable(file_, "open");
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor_);
    throw UsageError(
        fmt::format("another process writes the ledger {}; stop it or give another path", file_.string()));
  }
  std::ifstream in(file_, std::ios::binary);
  std::uintmax_t whole = 0;
  std::string line;
  while (std::getline(in, line) && !in.eof()) whole += line.size() + 1;
  if (::ftruncate(descriptor_, static_cast<off_t>(whole)) != 0) {
    const UsageError error = unusable(file_, "cut a torn line off");
    ::close(descriptor_);
    throw error;
  }
  sync_folder(file_);
}

Ledger::~Ledger() {
  writer_.join();
  ::close(descriptor_);
}

void Ledger::append(std::string_view line) {
  pending_.append(line).append("\n");
  waiting_.set();
}

Task<> Ledger::durable() {
  const std::shared_ptr<Batch> mine = pending_.empty() ? writing_ : batch_;
  if (mine) co_await mine->written.wait();
  if (failed_ || (mine && mine->failed))
    throw Unavailable(
        fmt::format("the ledger {} cannot be written; free the disk and start again", file_.string()));
}

Task<> Ledger::run() {
  while (!failed_) {
    co_await waiting_.wait();
    // One turn of the loop: whoever is ready now comes along.
    co_await asio::post(executor_, asio::use_awaitable);
    waiting_.reset();
    writing_ = std::exchange(batch_, std::make_shared<Batch>(executor_));
    std::string text = std::exchange(pending_, std::string());
    const bool written = co_await write_elsewhere(std::move(text));
    failed_ = writing_->failed = !written;
    writing_->written.set();
    writing_ = nullptr;
  }
  batch_->failed = true;
  batch_->written.set();
}

// On the ledger's own thread; what arrives meanwhile makes the next group. Not ended by a cancellation: the
// disk is not either.
Task<bool> Ledger::write_elsewhere(std::string text) {
  auto start = [this](auto handler, std::string lines) {
    auto loop = asio::prefer(executor_, asio::execution::outstanding_work.tracked);
    asio::post(writer_, [this, loop, handler = std::move(handler), lines = std::move(lines)]() mutable {
      const bool written = write_and_sync(lines);
      asio::post(loop, [handler = std::move(handler), written]() mutable { handler(written); });
    });
  };
  using Token = asio::use_awaitable_t<>;
  co_return co_await asio::async_initiate<const Token, void(bool)>(start, asio::use_awaitable,
                                                                   std::move(text));
}

bool Ledger::write_and_sync(const std::string& text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (rest.empty() && sync_(descriptor_) == 0) return true;
  log::error("ledger_failed", {{"file", file_.string()}, {"error", std::strerror(errno)}});
  return false;
}

}  // namespace bursar::devtools
