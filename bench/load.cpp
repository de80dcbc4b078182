// bursar_bench: puts load on POST /payments and says what came back, as one JSON object on stdout.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>

#include "client.hpp"

namespace bursar::bench {
namespace {

double own_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint32_t percentile(std::vector<std::uint32_t>& sorted, double fraction) {
  if (sorted.empty()) return 0;
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(last * fraction)];
}

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) lines.push_back(line);
  if (lines.empty()) throw std::runtime_error("no token in " + file);
  return lines;
}

void print(Figures figures, double cpu_seconds) {
  std::ranges::sort(figures.microseconds);
  std::uint64_t others = 0;
  for (const auto& [status, count] : figures.statuses)
    if (status != 202) others += count;
  fmt::print(R"({{"accepted":{},"others":{},"seconds":{:.6f},"cpu_seconds":{:.6f},)"
             R"("p50_us":{},"p95_us":{},"p99_us":{},"max_us":{}}})"
             "\n",
             figures.statuses[202], others, figures.seconds, cpu_seconds,
             percentile(figures.microseconds, 0.5), percentile(figures.microseconds, 0.95),
             percentile(figures.microseconds, 0.99), percentile(figures.microseconds, 1));
}

}  // namespace
}  // namespace bursar::bench

int main(int argc, char** argv) {
  using namespace bursar::bench;
  CLI::App app("Puts load on POST /payments of a Bursar on this machine");
  Plan plan;
  std::string tokens, run;
  app.add_option("--port", plan.port)->required();
  app.add_option("--connections", plan.connections)->check(CLI::Range(1, 4096));
  app.add_option("--requests", plan.requests)->required();
  app.add_option("--rate", plan.rate, "requests a second; without it as fast as answers come");
  app.add_flag("--in-step", plan.in_step, "all connections send, then all wait");
  app.add_option("--paused-pid", plan.paused_pid, "stopped while requests are sent in step");
  app.add_option("--tokens", tokens, "a file with one bearer token a line")->required();
  app.add_option("--run", run, "8 hexadecimal digits that no other run has")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    Requests requests(plan.port, lines_of(tokens), run);
    Client client(plan, requests);
    const double before = own_cpu_seconds();
    Figures figures = client.run();
    print(std::move(figures), own_cpu_seconds() - before);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bursar_bench: {}\n", error.what());
    return 1;
  }
  return 0;
}
