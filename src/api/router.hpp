// Finds the route of a request. Paths that nobody knows are 404 before anybody asks for a token; known paths
// tell which methods they have.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "api/route.hpp"

namespace bursar::api {

class Router {
 public:
  /// The routes of a listener with their policies. A bug that stops the process here: a route without a
  /// policy, an operation name, a summary or an answer; two of one name; an operations route on the public
  /// listener or outside /ops/; a policy of this listener that no route carries out.
  Router(std::vector<Route> routes, auth::Listener listener);

  struct Match {
    /// nullptr: the path has no such method (see allow), or, with an empty allow, nobody knows the path.
    const Route* route = nullptr;
    /// What the variable in the path stands for, decoded.
    std::string id;
    /// "GET, HEAD, OPTIONS, POST".
    std::string allow;
  };
  /// HEAD finds the route of GET. `path` is the encoded one of the request.
  Match find(std::string_view method, std::string_view path) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace bursar::api
