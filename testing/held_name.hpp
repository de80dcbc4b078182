// A host's name that the resolver does not answer for, while a test holds it: what a broken name server does.
#pragma once
#include <string>

namespace bursar::testing {

/// One at a time. Look-ups of other names are the system's.
class HeldName {
 public:
  explicit HeldName(const std::string& name);
  /// Those who wait hear that there is no such name.
  ~HeldName();
  HeldName(const HeldName&) = delete;
  HeldName& operator=(const HeldName&) = delete;
};

}  // namespace bursar::testing
