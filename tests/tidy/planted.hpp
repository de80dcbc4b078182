// Planted files for every rule: violations that it must find, and neighbours that it must let pass.
#pragma once
#include <string>
#include <vector>

#include "rules.hpp"

namespace bursar::tidy {

struct Planted {
  Rule rule;
  std::string path, text;
  std::size_t violations;  // 0: the neighbour that is right
};

/// All of them; planted_test.cpp judges them, and a rule without both kinds may not judge the repository.
const std::vector<Planted>& planted();

/// The planted file in a repository with the few others that rules look at.
Repository around(const Planted& planted);

}  // namespace bursar::tidy
