#include "store/access_feed.hpp"

#include "base/limits.hpp"
#include "sql.hpp"

namespace bursar::store {

Task<AccessNews> AccessFeed::poll(std::int64_t after) {
  pg::Params params;
  params.add(after);
  const auto result = co_await connection_->run(sql::access_changes, params, limits::access_poll_deadline);
  AccessNews news;
  std::int64_t changes = 0;
  for (const auto row : result) {
    news.epoch = row.get<std::int64_t>("epoch");
    news.server_since = row.get<Instant>("server_since");
    if (row.is_null(row.column("number"))) continue;
    ++changes;
    if (const auto principal = row.get_optional<Uuid>("principal_id"))
      news.principals.emplace_back(*principal);
    else
      news.keys.push_back(row.get<std::string>("key_id"));
  }
  news.is_whole = changes == news.epoch - after;
  co_return news;
}

}  // namespace bursar::store
