// Queries, forms and segments of a path: what is taken decodes as Boost.URL decodes it, and what is encoded
// anew reads the same.
#include <fmt/format.h>

#include <algorithm>
#include <boost/url/pct_string_view.hpp>

#include "fuzz/fuzz.hpp"
#include "http/query.hpp"

using namespace bursar;

namespace {

std::string decoded_by_other(std::string_view text, bool plus_is_blank) {
  const auto view = boost::urls::make_pct_string_view(text);
  fuzz::require(view.has_value(), "only ours takes this", text);
  boost::urls::encoding_opts options;
  options.space_as_plus = plus_is_blank;
  return view->decode(options);
}

std::string encoded(std::string_view text) {
  std::string all;
  for (const char c : text) all += fmt::format("%{:02x}", static_cast<unsigned char>(c));
  return all;
}

void compare(std::string_view text, const http::Parameters& parameters, bool plus_is_blank) {
  std::string again;
  std::string_view rest = text;
  for (const auto& [name, value] : parameters) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const auto sign = pair.find('=');
    fuzz::require(sign != std::string_view::npos, "a parameter without '='", pair);
    fuzz::require(name == decoded_by_other(pair.substr(0, sign), plus_is_blank), "another name", name);
    fuzz::require(value == decoded_by_other(pair.substr(sign + 1), plus_is_blank), "another value", value);
    again += (again.empty() ? "" : "&") + encoded(name) + "=" + encoded(value);
  }
  fuzz::require(rest.empty(), "something was left out", rest);
  const auto reread = plus_is_blank ? http::parse_form(again) : http::parse_query(again);
  fuzz::require(reread && *reread == parameters, "encoded anew it reads otherwise", text, again);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  if (const auto parameters = http::parse_query(text)) compare(text, *parameters, false);
  if (const auto parameters = http::parse_form(text)) compare(text, *parameters, true);
  if (const auto segment = http::decode_segment(text)) {
    fuzz::require(*segment == decoded_by_other(text, false), "another segment", *segment);
    fuzz::require(*segment != "." && *segment != ".." && segment->find('/') == std::string::npos,
                  "a segment that passes for another path", *segment);
    const auto again = http::decode_segment(encoded(*segment));
    fuzz::require(again && *again == *segment, "encoded anew it reads otherwise", text);
  }
  return 0;
}
