#include "devtools/ledger.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <future>

#include "base/error.hpp"
#include "simulated.hpp"
#include "testing/run.hpp"

namespace bursar::devtools {
namespace {

using bursar::testing::run;
using bursar::testing::TemporaryFolder;

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::filesystem::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
}

std::size_t lines_of(const std::filesystem::path& file) {
  std::size_t lines = 0;
  read_ledger(file, [&](const boost::json::object&) { ++lines; });
  return lines;
}

Task<> append_and_wait(Ledger& ledger, int number, int& in_file) {
  ledger.append(fmt::format(R"({{"n":{}}})", number));
  co_await ledger.durable();
  // What was promised is in the file, whoever else is under way.
  const std::string text = content_of(ledger.file());
  in_file += text.find(fmt::format("{{\"n\":{}}}\n", number)) != std::string::npos;
}

Task<> append_many(std::filesystem::path file, int count, int& in_file) {
  const auto executor = co_await asio::this_coro::executor;
  Ledger ledger(executor, std::move(file));
  TaskGroup writer(executor);
  TaskGroup callers(executor);
  writer.spawn("writer", ledger.run());
  for (int i = 0; i < count; ++i) callers.spawn("caller", append_and_wait(ledger, i, in_file));
  co_await callers.join();
  writer.cancel();
  co_await writer.join();
}

TEST(Ledger, WhoeverWaitedFindsItsLineInTheFile) {
  const TemporaryFolder folder;
  int in_file = 0;
  run(append_many(folder.path() / "l", 200, in_file));
  EXPECT_EQ(in_file, 200);
  EXPECT_EQ(lines_of(folder.path() / "l"), 200u);
}

Task<> only_wait(Ledger& ledger) { co_await ledger.durable(); }

/// Appends while the disk is busy, and lets it go on only then: a loop that waited for the disk would never
/// come to that.
Task<> append_beside_a_slow_disk(std::filesystem::path file, int& in_file) {
  const auto executor = co_await asio::this_coro::executor;
  std::promise<void> begun, let_go;
  int syncs = 0;
  Ledger ledger(executor, std::move(file), [&](int) {
    if (++syncs > 1) return 0;
    begun.set_value();
    return let_go.get_future().wait_for(seconds(20)) == std::future_status::ready ? 0 : -1;
  });
  TaskGroup writer(executor), callers(executor);
  writer.spawn("writer", ledger.run());
  callers.spawn("caller", append_and_wait(ledger, 1, in_file));
  auto busy = begun.get_future();
  while (busy.wait_for(seconds(0)) != std::future_status::ready) co_await pause(milliseconds(1));
  callers.spawn("caller", only_wait(ledger));  // nothing is pending, but the line is still on its way
  co_await pause(milliseconds(1));
  callers.spawn("caller", append_and_wait(ledger, 2, in_file));
  co_await pause(milliseconds(1));
  EXPECT_EQ(callers.size(), 3U) << "durable before the disk said so";
  let_go.set_value();
  co_await callers.join();
  writer.cancel();
  co_await writer.join();
}

TEST(Ledger, TheLoopGoesOnWhileTheDiskIsBusy) {
  const TemporaryFolder folder;
  int in_file = 0;
  run(append_beside_a_slow_disk(folder.path() / "l", in_file));
  EXPECT_EQ(in_file, 2);
}

TEST(Ledger, GoesOnBehindWhatIsThere) {
  const TemporaryFolder folder;
  int in_file = 0;
  run(append_many(folder.path() / "l", 3, in_file));
  run(append_many(folder.path() / "l", 4, in_file));
  EXPECT_EQ(lines_of(folder.path() / "l"), 7u);
}

TEST(Ledger, CutsALineThatACrashTore) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "l";
  write_file(file, "{\"n\":1}\n{\"n\":2}\n{\"n\":");
  EXPECT_EQ(lines_of(file), 2u);
  int in_file = 0;
  run(append_many(file, 1, in_file));
  EXPECT_EQ(content_of(file), "{\"n\":1}\n{\"n\":2}\n{\"n\":0}\n");
}

TEST(Ledger, NamesTheLineThatIsDamaged) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "l";
  for (const std::string& bad :
       {std::string("oops"), std::string("[1]"), std::string(""), std::string("{\"n\":1")}) {
    write_file(file, "{\"n\":1}\n" + bad + "\n{\"n\":3}\n");
    try {
      lines_of(file);
      ADD_FAILURE() << "'" << bad << "' was taken for a line";
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find("l:2"), std::string::npos) << error.what();
    }
  }
}

TEST(Ledger, HasOneWriter) {
  const TemporaryFolder folder;
  Loop loop;
  const Ledger first(loop.get_executor(), folder.path() / "l");
  EXPECT_THROW(Ledger(loop.get_executor(), folder.path() / "l"), UsageError);
}

TEST(Ledger, NamesAFileThatCannotBe) {
  Loop loop;
  EXPECT_THROW(Ledger(loop.get_executor(), "/absent/folder/ledger"), UsageError);
}

TEST(Ledger, AnAbsentFileHasNoLines) { EXPECT_EQ(lines_of("/absent/folder/ledger"), 0u); }

}  // namespace
}  // namespace bursar::devtools
