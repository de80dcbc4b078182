// GET and PUT /users/{id}/contact: where a user is told what became of a payment.
#pragma once
#include "api/call.hpp"
#include "base/limits.hpp"
#include "store/contacts.hpp"

namespace bursar::api {

// Each says what is wrong with the text, or nothing.
std::string_view email_complaint(std::string_view text);
std::string_view phone_complaint(std::string_view text);
std::string_view locale_complaint(std::string_view text);

struct ContactBody {
  std::optional<std::string> email, phone, locale;
};
BOOST_DESCRIBE_STRUCT(ContactBody, (), (email, phone, locale))

template <>
struct Described<ContactBody> {
  static constexpr std::string_view name = "Contact";
  static constexpr std::string_view description =
      "Where a user is reached. A channel without an address stays silent, and the timeline says so.";
  static constexpr Member members[] = {
      {"email",
       {.description = "One address, without a name.",
        .example = R"("ada@example.test")",
        .min_characters = 3,
        .max_characters = limits::email_characters,
        .format = "email",
        .complaint = email_complaint}},
      {"phone",
       {.description = "E.164.",
        .example = R"("+49301234567")",
        .max_characters = 16,
        .pattern = "^\\+[1-9][0-9]{6,14}$",
        .complaint = phone_complaint,
        .form_excludes_cards = true}},
      {"locale",
       {.description = "The language of messages (BCP 47).",
        .example = R"("en")",
        .min_characters = 2,
        .max_characters = limits::locale_characters,
        .pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
        .complaint = locale_complaint,
        .fallback = R"("en")"}},
  };
};

Task<http::Response> show_contact(const Call& call, store::Contacts& contacts);
/// Replaces the contact as a whole.
Task<http::Response> put_contact(const Call& call, Received<ContactBody> received, store::Contacts& contacts);

}  // namespace bursar::api
