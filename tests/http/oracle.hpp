// The strict reader of heads and an independent one (Boost.Beast) as sentences that can be compared. The
// oracle test and the fuzz targets share it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "http/reader.hpp"

namespace bursar::http::testing {

/// What a reader says of a head that it took: request line, fields in order of their text, framing.
std::string understanding(const HeadReader& reader);
/// Likewise of the other; nullopt when it does not take the head.
std::optional<std::string> understanding_of_beast(std::string_view head);
/// understanding(), "more", or why it was refused.
std::string outcome(const HeadReader& reader, Reading reading);

/// Where the two may differ although ours is right: the other knows no absolute-form, no asterisk of its own,
/// joins no repeated lines and reads a version above 1.1 as an error.
bool is_comparable(std::string_view text);

/// The body that the other reads behind a head that announces chunks; nullopt when it is malformed,
/// unfinished or followed by something.
std::optional<std::string> chunked_body_by_beast(std::string_view wire);

}  // namespace bursar::http::testing
