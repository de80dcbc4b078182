// What the clients of each address hold of a server, so that one of them cannot take what all need. The unit
// is client_network(): whoever has one address of an IPv6 network has all of it. A trusted proxy is one by
// its own address, whoever its neighbours are.
#pragma once
#include <cstddef>
#include <map>
#include <utility>

#include "http/message.hpp"

namespace bursar::http {

struct AddressShare {
  std::size_t connections = 0;
  std::size_t grown_bytes = 0;  // of Shared::grown_bytes
  std::size_t handshakes = 0;   // of Shared::handshakes
  /// The clients behind a trusted proxy are many, and it bounds them itself.
  bool is_proxy = false;
};

/// Shares stay where they are while somebody holds a connection of theirs.
class AddressShares {
 public:
  /// One connection more.
  AddressShare& take(const Address& peer, bool is_proxy);
  /// One less.
  void give_back(const Address& peer, bool is_proxy);

 private:
  using Key = std::pair<decltype(Address::bytes), bool>;
  static Key key_of(const Address& peer, bool is_proxy);

  std::map<Key, AddressShare> shares_;
};

}  // namespace bursar::http
