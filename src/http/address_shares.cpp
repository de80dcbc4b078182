#include "http/address_shares.hpp"

#include "base/check.hpp"

namespace bursar::http {

AddressShare& AddressShares::take(const Address& network) {
  AddressShare& share = shares_[network];
  ++share.connections;
  return share;
}

void AddressShares::give_back(const Address& network) {
  const auto share = shares_.find(network);
  CHECK(share != shares_.end());
  if (--share->second.connections == 0) shares_.erase(share);
}

}  // namespace bursar::http
