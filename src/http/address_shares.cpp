#include "http/address_shares.hpp"

#include <netinet/in.h>

#include <cstring>

#include "base/check.hpp"

namespace bursar::http {

AddressBlock block_of(const sockaddr_storage& peer) {
  AddressBlock block{};
  if (peer.ss_family == AF_INET6) {
    block[0] = 6;
    std::memcpy(block.data() + 1, &reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr, 8);
  } else {
    block[0] = 4;
    std::memcpy(block.data() + 1, &reinterpret_cast<const sockaddr_in&>(peer).sin_addr, 4);
  }
  return block;
}

AddressShare& AddressShares::take(const AddressBlock& block) {
  AddressShare& share = shares_[block];
  ++share.connections;
  return share;
}

void AddressShares::give_back(const AddressBlock& block) {
  const auto share = shares_.find(block);
  CHECK(share != shares_.end());
  if (--share->second.connections == 0) shares_.erase(share);
}

}  // namespace bursar::http
