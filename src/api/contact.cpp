#include "api/contact.hpp"

#include <algorithm>

namespace bursar::api {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

// What every mail server can be asked to deliver to; whether anybody reads it, only a mail can find out. RFC
// 5321 §4.5.3.1 bounds both halves.
std::string_view email_complaint(std::string_view text) {
  constexpr std::size_t local_bytes = 64;
  constexpr std::size_t domain_bytes = 255;
  const auto at = text.rfind('@');
  constexpr std::string_view form = "must be an address such as ada@example.test";
  if (at == std::string_view::npos || at == 0 || at > local_bytes || text.find('@') != at) return form;
  const std::string_view domain = text.substr(at + 1);
  if (domain.empty() || domain.size() > domain_bytes || domain.starts_with('.') || domain.ends_with('.'))
    return form;
  if (domain.starts_with('-') || domain.find("..") != std::string_view::npos) return form;
  constexpr std::string_view never = " ,;:<>()[]\\\"";
  if (text.find_first_of(never) != std::string_view::npos)
    return "must be one address without a name, blanks, quotes or brackets";
  return {};
}

std::string_view phone_complaint(std::string_view text) {
  constexpr std::size_t shortest = 8;
  constexpr std::size_t longest = 16;
  const bool good = text.size() >= shortest && text.size() <= longest && text[0] == '+' && text[1] != '0' &&
                    std::ranges::all_of(text.substr(1), is_digit);
  return good ? std::string_view()
              : "must be a number in E.164 form: + and 7 to 15 digits, such as +49301234567";
}

std::string_view locale_complaint(std::string_view text) {
  constexpr std::size_t longest_part = 8;
  constexpr std::string_view form = "must be a language tag such as en or de-AT";
  bool first = true;
  while (true) {
    const std::string_view part = text.substr(0, text.find('-'));
    if (part.size() < (first ? 2 : 1) || part.size() > longest_part) return form;
    if (!std::ranges::all_of(part, [&](char c) { return is_letter(c) || (!first && is_digit(c)); }))
      return form;
    if (part.size() == text.size()) return {};
    text.remove_prefix(part.size() + 1);
    first = false;
  }
}

namespace {

// Whose contact it is, when the caller may touch it.
std::optional<UserId> allowed_user(const Call& call) {
  const auto id = parse_uuid(call.id);
  if (!id || (UserId(*id) != call.self() && !call.reaches_any())) return std::nullopt;
  return UserId(*id);
}

ContactBody contact_body(const store::Contact& contact) {
  return {contact.email, contact.phone, contact.locale};
}

}  // namespace

Task<http::Response> show_contact(const Call& call, store::Contacts& contacts) {
  const auto user = allowed_user(call);
  if (!user) co_return refuse_not_found(call.request);
  const auto contact = co_await contacts.find(*user);
  if (!contact) co_return refuse_not_found(call.request);
  const ContactBody body = contact_body(*contact);
  co_return answer(body);
}

Task<http::Response> put_contact(const Call& call, Received<ContactBody> received,
                                 store::Contacts& contacts) {
  const auto user = allowed_user(call);
  if (!user) co_return refuse_not_found(call.request);
  store::Contact contact;
  contact.email = std::move(received.body.email);
  contact.phone = std::move(received.body.phone);
  if (received.body.locale) contact.locale = std::move(*received.body.locale);
  auto by_staff = call.staff_change(200);
  co_await contacts.put(*user, contact, std::move(by_staff));
  const ContactBody body = contact_body(contact);
  co_return answer(body);
}

}  // namespace bursar::api
