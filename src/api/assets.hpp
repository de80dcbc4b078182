// Files that the build embedded (cmake/ui.cmake): compressed with gzip, or none with BURSAR_UI=OFF.
#pragma once
#include <span>
#include <string_view>

namespace bursar::api {

struct Asset {
  std::string_view name;
  std::string_view content_type;
  /// With its quotes.
  std::string_view etag;
  std::string_view gzip;
};

std::span<const Asset> assets();

}  // namespace bursar::api
