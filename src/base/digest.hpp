// SHA-256 and HMAC-SHA-256 (OpenSSL).
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace bursar {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
Sha256 hmac_sha256(std::span<const std::uint8_t> key, std::string_view bytes);

}  // namespace bursar
