#include "notify/addresses.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"

namespace bursar::notify {
namespace {

bool given(const std::optional<std::string>& contact) { return contact && !contact->empty(); }

}  // namespace

std::optional<std::string> mail_address(UserId user, const std::optional<std::string>& contact,
                                        bool development) {
  if (given(contact)) return contact;
  if (development) return user.text() + "@example.test";
  return std::nullopt;
}

std::optional<std::string> phone_number(UserId user, const std::optional<std::string>& contact,
                                        bool development) {
  if (given(contact)) return contact;
  if (!development) return std::nullopt;
  // Hashed, because the first bytes of ids that carry a time are nearly equal.
  const Sha256 digest = sha256(text_of(user.value.bytes));
  const unsigned number = (digest[0] * 256U + digest[1]) % 1000;
  return fmt::format("+447700900{:03}", number);
}

bool is_e164(std::string_view number) {
  if (number.size() < 8 || number.size() > 16 || number[0] != '+' || number[1] == '0') return false;
  return std::all_of(number.begin() + 1, number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string message_id_of(const EventId& event, std::string_view channel, std::int16_t replay) {
  return fmt::format("{}.{}.{}", event.text(), channel, replay);
}

}  // namespace bursar::notify
