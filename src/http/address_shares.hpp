// What the clients of each address hold of a server, so that one of them cannot take what all need. An IPv6
// network of /64 counts as one address, because whoever has one has all of it.
#pragma once
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>

namespace bursar::http {

/// IPv4 addresses and IPv6 networks without overlap.
using AddressBlock = std::array<std::uint8_t, 9>;
AddressBlock block_of(const sockaddr_storage& peer);

struct AddressShare {
  std::size_t connections = 0;
  std::size_t grown_bytes = 0;  // of Shared::grown_bytes
};

/// Shares stay where they are while somebody holds a connection of theirs.
class AddressShares {
 public:
  /// One connection more.
  AddressShare& take(const AddressBlock& block);
  /// One less.
  void give_back(const AddressBlock& block);

 private:
  std::map<AddressBlock, AddressShare> shares_;
};

}  // namespace bursar::http
