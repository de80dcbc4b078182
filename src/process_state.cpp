#include "process_state.hpp"

#include <fmt/format.h>

namespace bursar {
namespace {

using Counter = std::atomic<std::uint64_t> IntakeFigures::*;

void add_counter(std::string& text, std::string_view name, std::string_view help, std::uint64_t value) {
  text += fmt::format("# HELP {0} {1}\n# TYPE {0} counter\n{0} {2}\n", name, help, value);
}

void add_gauge(std::string& text, std::string_view name, std::string_view help, std::uint64_t value) {
  text += fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n{0} {2}\n", name, help, value);
}

void add_lanes(std::string& text, const WorkerFigures& workers) {
  using Report = workers::WorkerLoop::LaneReport;
  struct Family {
    std::string_view name, type, help;
    std::uint64_t (*value)(const Report&);
  };
  constexpr Family families[] = {
      {"bursar_lane_claimed_total", "counter", "Items claimed.", [](const Report& r) { return r.claimed; }},
      {"bursar_lane_written_total", "counter", "Items whose outcome was written.",
       [](const Report& r) { return r.written; }},
      {"bursar_lane_lost_total", "counter", "Items another worker took over.",
       [](const Report& r) { return r.lost; }},
      {"bursar_lane_degraded_total", "counter", "Answers the database refused; they are looked up later.",
       [](const Report& r) { return r.degraded; }},
      {"bursar_lane_commits_total", "counter", "Commits.", [](const Report& r) { return r.commits; }},
      {"bursar_lane_open", "gauge", "Items claimed and not yet written.",
       [](const Report& r) { return static_cast<std::uint64_t>(r.open); }},
      {"bursar_lane_suspended", "gauge",
       "1 while the lane's peer counts as down and nothing is claimed for it.",
       [](const Report& r) { return static_cast<std::uint64_t>(r.suspended); }},
  };
  for (const Family& family : families) {
    if (workers.lanes.empty()) return;
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", family.name, family.help, family.type);
    for (const Report& lane : workers.lanes)
      text += fmt::format("{}{{lane=\"{}\"}} {}\n", family.name, lane.name, family.value(lane));
  }
}

void add_refused(std::string& text, const auth::RateLimiter& limiter) {
  constexpr std::string_view name = "bursar_rate_limited_total";
  text += fmt::format("# HELP {0} Requests refused with 429, by class.\n# TYPE {0} counter\n", name);
  for (std::size_t i = 0; i < auth::rate_classes; ++i) {
    const auth::RateClass one{static_cast<std::uint8_t>(i)};
    text += fmt::format("{}{{class=\"{}\"}} {}\n", name, to_text(one), limiter.refused(one));
  }
}

}  // namespace

ProcessState::ProcessState(const std::optional<auth::RatePolicy>& rates) {
  SystemRandom random;
  if (rates) limiter_ = std::make_unique<auth::RateLimiter>(*rates, clock_, random);
}

std::optional<std::string> ProcessState::not_ready() const {
  if (draining_.load(std::memory_order_relaxed)) return "this process is shutting down";
  if (!schema_known_.load(std::memory_order_relaxed)) return "the database has not answered yet";
  for (const auto& intake : intakes_)
    if (!intake->connected.load(std::memory_order_relaxed)) return "the database does not answer";
  if (watch_ != nullptr && watch_->epoch() < 0) return "it is not known yet who is revoked";
  const auto figures = workers();
  if (has_workers_ && (figures == nullptr || !figures->registered))
    return "the worker is not registered with the database";
  return std::nullopt;
}

std::string metrics_text(const ProcessState& state) {
  const auto sum = [&state](Counter counter) {
    std::uint64_t total = 0;
    for (const auto& intake : state.intakes()) total += (*intake.*counter).load(std::memory_order_relaxed);
    return total;
  };
  std::string text;
  add_gauge(text, "bursar_ready", "1 when this process takes work.", state.not_ready() ? 0 : 1);
  add_counter(text, "bursar_payments_accepted_total", "Payments accepted.", sum(&IntakeFigures::accepted));
  add_counter(text, "bursar_payments_replayed_total", "Requests answered with an earlier payment.",
              sum(&IntakeFigures::replayed));
  add_counter(text, "bursar_payments_refused_total", "Payments the database refused.",
              sum(&IntakeFigures::refused));
  add_counter(text, "bursar_accept_commits_total", "Commits of the intake.", sum(&IntakeFigures::commits));
  add_counter(text, "bursar_accept_halvings_total", "Batches that failed and were split.",
              sum(&IntakeFigures::halvings));
  add_counter(text, "bursar_accept_reruns_total", "Batches run again after a lost answer.",
              sum(&IntakeFigures::reruns));
  if (state.limiter() != nullptr) add_refused(text, *state.limiter());
  if (const auto workers = state.workers()) {
    add_counter(text, "bursar_take_overs_total", "Dead workers whose work was taken over.",
                workers->take_overs);
    add_lanes(text, *workers);
  }
  return text;
}

}  // namespace bursar
