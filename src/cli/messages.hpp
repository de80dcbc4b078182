// `bursar mail list|show` and `bursar sms list`: what the development sinks got.
#pragma once
#include <optional>
#include <string>

#include "cli/payments.hpp"

namespace bursar::cli {

struct MessageFilter {
  std::optional<std::string> to;
  std::size_t limit = 50;
};

Task<Printed> list_mails(Remote& sinks, MessageFilter filter, Format format);
Task<Printed> show_mail(Remote& sinks, std::int64_t number, Format format);
Task<Printed> list_sms(Remote& sinks, MessageFilter filter, Format format);

}  // namespace bursar::cli
