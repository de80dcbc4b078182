// A router queue feeds the endpoints of the events' owners: finish writes one chunk to it, whoever owns the
// events, and expand turns that into chunks per endpoint. Nothing leaves the database, so there is no claim
// and nothing to take over. Nobody calls it until there are webhooks.
#pragma once
#include "pg/connection.hpp"
#include "store/low_water.hpp"

namespace bursar::store {

/// On a connection with the notifier's role.
class Router {
 public:
  Router(pg::Connection& connection, QueueNumber queue) : connection_(&connection), queue_(queue) {}

  struct Expanded {
    std::int64_t chunks = 0;  // of the router that are done
    std::int64_t items = 0;   // one per event and endpoint
  };
  /// One statement: at most `chunks` chunks. Locks them and skips locked ones.
  Task<Expanded> expand(int chunks);
  /// Once a second: from where expand looks.
  Task<> refresh_low_water();

 private:
  pg::Connection* connection_;
  QueueNumber queue_;
  LowWater low_water_;
};

}  // namespace bursar::store
