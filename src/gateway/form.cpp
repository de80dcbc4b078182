#include "gateway/form.hpp"

#include <map>

#include "base/json.hpp"
#include "gateway/stripe_answer.hpp"

namespace bursar::gateway {
namespace {

void add(std::string& form, std::string_view key, std::string_view value) {
  if (!form.empty()) form += '&';
  form.append(key).append("=").append(form_text(value));
}

void add_metadata(std::string& form, std::string_view key, std::string_view value) {
  add(form, fmt::format("metadata[{}]", form_text(key)), value);
}

// What the payer's service gave, sorted by key: the text of the row may come in another order after a
// restore.
std::map<std::string, std::string> pairs_of(const std::optional<std::string>& metadata) {
  std::map<std::string, std::string> pairs;
  const auto parsed = json::parse(metadata.value_or("{}"));
  const json::object* object = parsed ? parsed->if_object() : nullptr;
  if (object == nullptr) return pairs;
  for (const auto& [key, value] : *object) {
    const std::string_view name(key.data(), key.size());
    if (name.empty() || name == payment_id_key || name.find_first_of("[]") != std::string_view::npos)
      continue;
    pairs.emplace(name, value.is_string() ? std::string(value.get_string()) : json::to_text(value));
  }
  return pairs;
}

}  // namespace

std::string form_text(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size() + text.size() / 4);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      encoded += c;
      continue;
    }
    encoded += '%';
    encoded += digits[byte >> 4];
    encoded += digits[byte & 15];
  }
  return encoded;
}

std::string charge_form(const Charge& charge, const StripeAmount& money) {
  std::string form;
  add(form, "amount", std::to_string(money.amount));
  add(form, "currency", money.currency);
  add(form, "confirm", "true");
  // Nobody sits in front of this call: what needs the payer's action or a redirect is a decline, not a wait.
  add(form, "error_on_requires_action", "true");
  add(form, "automatic_payment_methods[enabled]", "true");
  add(form, "automatic_payment_methods[allow_redirects]", "never");
  if (charge.payment_method) add(form, "payment_method", *charge.payment_method);
  if (charge.description) add(form, "description", *charge.description);
  add_metadata(form, payment_id_key, charge.payment.text());
  for (const auto& [key, value] : pairs_of(charge.metadata)) add_metadata(form, key, value);
  return form;
}

}  // namespace bursar::gateway
