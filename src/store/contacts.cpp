#include "store/contacts.hpp"

#include "sql.hpp"

namespace bursar::store {

Task<std::optional<Contact>> Contacts::find(UserId user) {
  pg::Params params;
  params.add(user.value);
  const auto result = co_await pool_->run(sql::contacts_find, params);
  if (result.empty()) co_return std::nullopt;
  const auto row = result.only_row();
  Contact contact;
  contact.email = row.get_optional<std::string>("email");
  contact.phone = row.get_optional<std::string>("phone");
  contact.locale = row.get<std::string>("locale");
  co_return contact;
}

Task<> Contacts::put(UserId user, Contact contact, std::optional<StaffAction> by_staff) {
  pg::Params params;
  params.add(user.value).add(contact.email).add(contact.phone).add(std::string_view(contact.locale));
  if (by_staff)
    co_await run_recorded(*pool_, sql::contacts_put, params, std::move(*by_staff));
  else
    co_await pool_->run(sql::contacts_put, params);
}

}  // namespace bursar::store
