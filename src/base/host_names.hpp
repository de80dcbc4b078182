// The addresses behind a host's name, for everything that connects: the database, gateways, providers, mail
// servers. Never blocks the loop, and never keeps a caller longer than it has time.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <expected>
#include <string>
#include <vector>

#include "base/async.hpp"

namespace bursar {

using Endpoints = std::vector<asio::ip::tcp::endpoint>;

/// `host` is a name, or an address, which is only read. `port` is a number in decimal, or empty for 0. At
/// least one endpoint, or the resolver's error; asio::error::timed_out when `time` was over before: the
/// look-up itself cannot be interrupted, and ends alone.
Task<std::expected<Endpoints, boost::system::error_code>> look_up_host(std::string host, std::string port,
                                                                       milliseconds time);

}  // namespace bursar
