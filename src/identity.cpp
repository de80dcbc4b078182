#include "identity.hpp"

namespace bursar {

auth::KeySourceOptions key_sources_of(const Config& config) {
  return {.own = config.tokens, .own_files = config.key_files, .foreign = config.issuers};
}

Identity::Identity(Loop& loop, const Config& config, bool serves)
    : serves_(serves),
      keys_(loop.get_executor(), serves ? key_sources_of(config) : auth::KeySourceOptions(), clock_, random_),
      poll_(loop.get_executor(),
            {.database = config.database,
             .seal = config.key_seal,
             .use_keys = [this](std::vector<auth::Key> keys) { keys_.replace_issued(std::move(keys)); }},
            clock_, watch_, issued_),
      tasks_(loop.get_executor()) {}

void Identity::start() {
  if (!serves_) return;
  keys_.spawn_into(tasks_);
  tasks_.spawn("access poll", poll_.run());
}

Task<> Identity::stop() {
  keys_.stop();
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace bursar
