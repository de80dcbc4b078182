#include "http/address_shares.hpp"

#include "base/check.hpp"
#include "http/address.hpp"

namespace bursar::http {

AddressShares::Key AddressShares::key_of(const Address& peer, bool is_proxy) {
  return {is_proxy ? peer.bytes : client_network(peer).bytes, is_proxy};
}

AddressShare& AddressShares::take(const Address& peer, bool is_proxy) {
  AddressShare& share = shares_[key_of(peer, is_proxy)];
  share.is_proxy = is_proxy;
  ++share.connections;
  return share;
}

void AddressShares::give_back(const Address& peer, bool is_proxy) {
  const auto share = shares_.find(key_of(peer, is_proxy));
  CHECK(share != shares_.end());
  if (--share->second.connections == 0) shares_.erase(share);
}

}  // namespace bursar::http
