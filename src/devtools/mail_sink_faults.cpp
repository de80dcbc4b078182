#include "devtools/mail_sink_faults.hpp"

#include <array>
#include <utility>

#include "base/limits.hpp"

namespace bursar::devtools {
namespace {

using Kind = MailFault::Kind;

constexpr std::array<std::pair<std::string_view, MailSinkMode>, 4> modes = {{
    {"normal", MailSinkMode::normal},
    {"banner_never", MailSinkMode::banner_never},
    {"banner_421", MailSinkMode::banner_421},
    {"down", MailSinkMode::down},
}};

// Names that stand alone, and names with a reply code behind them.
constexpr std::array<std::pair<std::string_view, Kind>, 6> named = {{
    {"close421", Kind::close_at_rcpt},
    {"drop_at_data", Kind::drop_at_data},
    {"drop_after_data", Kind::drop_after_data},
    {"hang_after_data", Kind::hang_after_data},
    {"slow", Kind::slow},
    {"drip", Kind::drip},
}};
constexpr std::array<std::pair<std::string_view, Kind>, 2> coded = {{
    {"bounce", Kind::refuse_rcpt},
    {"content", Kind::refuse_content},
}};
constexpr int later_refusals = 2;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// 400…599 at the start of `text`, else 0.
int reply_code(std::string_view text) {
  if (text.size() < 3 || (text[0] != '4' && text[0] != '5') || !is_digit(text[1]) || !is_digit(text[2]))
    return 0;
  return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

struct Later {
  int code = 0, times = later_refusals;
};

// later450, later450x5
std::optional<Later> later(std::string_view name) {
  if (!name.starts_with("later")) return std::nullopt;
  name.remove_prefix(5);
  Later found;
  found.code = reply_code(name);
  if (found.code == 0) return std::nullopt;
  name.remove_prefix(3);
  if (name.empty()) return found;
  if (name.size() != 2 || name[0] != 'x' || !is_digit(name[1])) return std::nullopt;
  found.times = name[1] - '0';
  return found;
}

MailFault fault_named(std::string_view name) {
  for (const auto& [known, kind] : named) {
    if (name == known) return {kind, 421};
  }
  for (const auto& [prefix, kind] : coded) {
    if (!name.starts_with(prefix) || name.size() != prefix.size() + 3) continue;
    const int code = reply_code(name.substr(prefix.size()));
    if (code != 0) return {kind, code};
  }
  return {};
}

}  // namespace

std::optional<MailSinkMode> mail_sink_mode(std::string_view name) {
  for (const auto& [known, mode] : modes) {
    if (known == name) return mode;
  }
  return std::nullopt;
}

std::string_view to_text(MailSinkMode mode) {
  for (const auto& [name, known] : modes) {
    if (known == mode) return name;
  }
  return "normal";
}

MailFault MailFaults::at_rcpt(std::string_view address) {
  const std::string_view local = address.substr(0, address.rfind('@'));
  const std::string_view name = local.substr(0, local.find('+'));
  const auto refused_first = later(name);
  if (!refused_first) return fault_named(name);
  const auto [count, is_new] = refused_.try_emplace(std::string(address), 0);
  const bool refuse = count->second < refused_first->times;
  count->second += refuse ? 1 : 0;
  if (is_new) order_.emplace_back(address);
  if (order_.size() > limits::sink_listed) {
    refused_.erase(order_.front());
    order_.pop_front();
  }
  if (!refuse) return {};
  return {Kind::refuse_rcpt, refused_first->code};
}

}  // namespace bursar::devtools
