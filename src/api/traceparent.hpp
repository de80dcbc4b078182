// W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context-1/#traceparent-header). Pure.
#pragma once
#include <optional>
#include <string_view>

#include "domain/payment.hpp"
#include "http/message.hpp"

namespace bursar::api {

/// nullopt for anything malformed, all-zero ids and version ff; a later version counts by its first four
/// fields.
std::optional<TraceContext> parse_traceparent(std::string_view field);

/// Of the request's only traceparent; a malformed one, or two, are as good as none: tracing never refuses a
/// payment.
std::optional<TraceContext> trace_of(const http::Request& request);

}  // namespace bursar::api
