#include "base/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <string>

#include "base/check.hpp"

namespace bursar {

struct TaskGroup::Child {
  std::string name;
  // Shared, because a child may end while it is being started or told to stop.
  std::shared_ptr<asio::cancellation_signal> stop = std::make_shared<asio::cancellation_signal>();
};

TaskGroup::TaskGroup(Executor executor) : executor_(executor), empty_(executor) { empty_.set(); }

TaskGroup::~TaskGroup() { CHECK(children_.empty()); }

namespace {

void stop_process_unless_cancelled(const std::string& name, const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) return;
    fail_check("task '" + name + "' let an error escape: " + error.what());
  } catch (const std::exception& error) {
    fail_check("task '" + name + "' let an error escape: " + error.what());
  }
}

}  // namespace

void TaskGroup::spawn(std::string_view name, Task<> task) {
  children_.push_back(Child{.name = std::string(name)});
  auto child = std::prev(children_.end());
  empty_.reset();
  auto ended = [this, child](const std::exception_ptr& failure) {
    stop_process_unless_cancelled(child->name, failure);
    children_.erase(child);
    if (children_.empty()) empty_.set();
  };
  const auto stop = child->stop;
  try {
    asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot(stop->slot(), std::move(ended)));
  } catch (...) {
    // Without memory there is no child; nobody may wait for it.
    children_.remove_if([&stop](const Child& one) { return one.stop == stop; });
    if (children_.empty()) empty_.set();
    throw;
  }
  if (cancelled_) stop->emit(asio::cancellation_type::all);
}

void TaskGroup::cancel() {
  cancelled_ = true;
  // One that is told may end others too.
  std::vector<std::shared_ptr<asio::cancellation_signal>> stops;
  for (const Child& child : children_) stops.push_back(child.stop);
  for (const auto& stop : stops) stop->emit(asio::cancellation_type::all);
}

Task<> TaskGroup::join() { co_await empty_.wait(); }

void run_to_end(Task<> task) {
  Loop loop(1);
  std::exception_ptr failure;
  auto ended = [&failure](std::exception_ptr error) { failure = std::move(error); };
  asio::co_spawn(loop, std::move(task), ended);
  loop.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace bursar
