#include "devtools/ledger.hpp"

#include <gtest/gtest.h>

#include <fstream>

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
