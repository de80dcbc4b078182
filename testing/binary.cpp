#include "testing/binary.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "base/json.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "http/client.hpp"
#include "testing/run.hpp"

namespace bursar::testing {
namespace {

namespace fs = std::filesystem;
using Time = std::chrono::steady_clock;

constexpr auto look_every = std::chrono::milliseconds(5);

[[noreturn]] void give_up(const std::string& what) {
  std::cerr << "test support: " << what << std::endl;
  std::abort();
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// In the child: only what is safe between fork and exec.
[[noreturn]] void become(const char* folder, int out, int err, char* const* arguments,
                         char* const* environment) {
  ::setpgid(0, 0);
  if (::chdir(folder) != 0 || ::dup2(out, STDOUT_FILENO) < 0 || ::dup2(err, STDERR_FILENO) < 0) ::_exit(127);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::closefrom(3);
  ::execve(arguments[0], arguments, environment);
  ::_exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::optional<json::object> find_event(const std::string& text, std::string_view event) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) return std::nullopt;
    const auto parsed = json::parse(std::string_view(text).substr(begin, end - begin));
    begin = end + 1;
    const json::object* object = parsed ? parsed->if_object() : nullptr;
    const json::value* name = object != nullptr ? object->if_contains("event") : nullptr;
    if (name != nullptr && name->is_string() && name->get_string() == event) return *object;
  }
  return std::nullopt;
}

}  // namespace

TemporaryFolder::TemporaryFolder(const std::string& name) {
  SystemRandom random;
  std::array<std::uint8_t, 8> bytes{};
  random.fill(bytes);
  root_ = fs::temp_directory_path() / ("bursar-test-" + to_hex(bytes));
  path_ = root_ / name;
  fs::create_directories(path_);
  // The database's user must be able to walk in.
  fs::permissions(root_, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

Binary::Binary(std::vector<std::string> arguments, const Environment& environment,
               const std::optional<fs::path>& folder) {
  const fs::path program = fs::path(BURSAR_BUILD_DIR) / "bursar";
  if (::access(program.c_str(), X_OK) != 0) give_up(fmt::format("{} is not built", program.string()));
  arguments.insert(arguments.begin(), program.string());
  std::vector<std::string> variables{"PATH=/usr/bin:/bin", "HOME=" + folder_.path().string()};
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  const std::string where = folder.value_or(folder_.path()).string();
  const int out =
      ::open((folder_.path() / "stdout").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const int err =
      ::open((folder_.path() / "stderr").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (out < 0 || err < 0) give_up("cannot keep the output in " + folder_.path().string());
  const auto argument_pointers = pointers(arguments);
  const auto variable_pointers = pointers(variables);
  pid_ = ::fork();
  if (pid_ == 0) become(where.c_str(), out, err, argument_pointers.data(), variable_pointers.data());
  ::close(out);
  ::close(err);
  if (pid_ < 0) give_up("cannot fork");
}

Binary::~Binary() {
  if (has_ended()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Binary::has_ended() {
  int status = 0;
  if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_.has_value();
}

void Binary::signal(int number) {
  if (!has_ended()) ::kill(pid_, number);
}

std::string Binary::out() const { return read(folder_.path() / "stdout"); }
std::string Binary::err() const { return read(folder_.path() / "stderr"); }

Finished Binary::wait(std::chrono::milliseconds time) {
  const auto end = Time::now() + time;
  while (!has_ended()) {
    if (Time::now() > end)
      give_up(fmt::format("bursar did not end in {} ms:\n{}{}", time.count(), out(), err()));
    ::usleep(std::chrono::microseconds(look_every).count());
  }
  const int code = WIFSIGNALED(*status_) ? 128 + WTERMSIG(*status_) : WEXITSTATUS(*status_);
  return {code, out(), err()};
}

json::object Binary::wait_for_event(std::string_view event, std::chrono::milliseconds time) {
  const auto end = Time::now() + time;
  while (true) {
    const bool over = has_ended() || Time::now() > end;  // asked first: what it said before its end counts
    if (auto found = find_event(err(), event)) return std::move(*found);
    if (over) give_up(fmt::format("bursar never said '{}':\n{}{}", event, out(), err()));
    ::usleep(std::chrono::microseconds(look_every).count());
  }
}

std::string Binary::wait_for_output(std::string_view text, std::chrono::milliseconds time) {
  const auto end = Time::now() + time;
  while (true) {
    const bool over = has_ended() || Time::now() > end;
    if (const std::string all = out(); all.find(text) != std::string::npos) return all;
    if (over) give_up(fmt::format("bursar never printed '{}':\n{}{}", text, out(), err()));
    ::usleep(std::chrono::microseconds(look_every).count());
  }
}

Finished run_binary(std::vector<std::string> arguments, const Environment& environment,
                    const std::optional<fs::path>& folder) {
  return Binary(std::move(arguments), environment, folder).wait();
}

std::string Reply::text(std::string_view member) const {
  const json::value* found = json.if_contains(member);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::string Reply::header(std::string_view name) const {
  for (const auto& [field, value] : headers)
    if (field.size() == name.size() && ::strncasecmp(field.data(), name.data(), name.size()) == 0)
      return value;
  return {};
}

namespace {

Task<Reply> call(std::string url, http::ClientRequest request, std::string ca_file) {
  const auto executor = co_await asio::this_coro::executor;
  http::ClientOptions options;
  options.trusted_certificates_file = std::move(ca_file);
  options.base_url = std::move(url);
  options.connections = 1;
  http::Client client(executor, std::move(options));
  Reply reply;
  try {
    auto response = co_await client.call(std::move(request), limits::outbound_deadline);
    reply.status = response.status;
    reply.headers = std::move(response.headers);
    reply.body = std::move(response.body);
  } catch (const http::CallFailed&) {
    co_return reply;
  }
  if (auto parsed = json::parse(reply.body); parsed && parsed->is_object()) reply.json = parsed->get_object();
  co_return reply;
}

}  // namespace

Reply request(const std::string& url, const std::string& method, const std::string& path,
              std::vector<std::pair<std::string, std::string>> headers, const std::string& body,
              const std::string& ca_file) {
  http::ClientRequest outgoing;
  outgoing.method = method;
  outgoing.path = path;
  outgoing.headers = std::move(headers);
  if (!body.empty()) outgoing.content_type = "application/json";
  outgoing.body = body;
  outgoing.max_answer_bytes = 4 * 1024 * 1024;
  return run(call(url, std::move(outgoing), ca_file));
}

Reply wait_for_status(const std::string& url, const std::string& path, int status,
                      std::chrono::milliseconds time) {
  const auto end = Time::now() + time;
  while (true) {
    Reply reply = request(url, "GET", path);
    if (reply.status == status) return reply;
    if (Time::now() > end) give_up(fmt::format("{}{} answers {} {}", url, path, reply.status, reply.body));
    ::usleep(std::chrono::microseconds(look_every).count());
  }
}

bool eventually(const std::function<bool()>& is_so, std::chrono::milliseconds time) {
  const auto end = Time::now() + time;
  while (!is_so()) {
    if (Time::now() > end) return false;
    ::usleep(std::chrono::microseconds(look_every).count());
  }
  return true;
}

}  // namespace bursar::testing
