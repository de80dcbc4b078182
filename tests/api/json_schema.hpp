// The part of JSON Schema (2020-12) that our specification uses, as its own judge: what it says must hold for
// its examples and for real answers.
#pragma once
#include <string>
#include <vector>

#include "base/json.hpp"

namespace bursar::api::test {

/// What is wrong with `value`, each with its pointer; empty when it fits. References are looked up in
/// `document`. Members that the schema does not name are wrong too.
std::vector<std::string> violations(const json::value& value, const json::object& schema,
                                    const json::object& document);

}  // namespace bursar::api::test
