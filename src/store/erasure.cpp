#include "store/erasure.hpp"

#include "sql.hpp"

namespace bursar::store {

Task<> Erasure::erase_user(UserId user) {
  Uuid after;
  while (true) {
    pg::Params params;
    params.add(user.value).add(after);
    const auto result = co_await connection_->run(sql::erase, params);
    if (result.empty()) co_return;
    after = result.only_row().get<Uuid>(0);
  }
}

}  // namespace bursar::store
