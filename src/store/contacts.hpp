// Where a user is reached.
#pragma once
#include <optional>
#include <string>

#include "domain/ids.hpp"
#include "store/staff_log.hpp"

namespace bursar::store {

struct Contact {
  std::optional<std::string> email;  // ≤ 320
  std::optional<std::string> phone;  // E.164, ≤ 32
  std::string locale = "en";         // BCP 47, ≤ 35
};

class Contacts {
 public:
  explicit Contacts(pg::Pool& pool) : pool_(&pool) {}
  Task<std::optional<Contact>> find(UserId user);
  /// `by_staff` goes to the audit log in the same transaction.
  Task<> put(UserId user, Contact contact, std::optional<StaffAction> by_staff = std::nullopt);

 private:
  pg::Pool* pool_;
};

}  // namespace bursar::store
