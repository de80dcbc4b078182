#include "testing/held_name.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <array>
#include <atomic>
#include <cstring>

namespace bursar::testing {
namespace {

std::array<char, 256> held_name{};
std::atomic<bool> is_held{false};

}  // namespace

HeldName::HeldName(const std::string& name) {
  name.copy(held_name.data(), held_name.size() - 1);
  is_held = true;
}

HeldName::~HeldName() {
  is_held = false;
  is_held.notify_all();
}

}  // namespace bursar::testing

// Before the C library's: the linker takes the program's own.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
  using bursar::testing::held_name;
  using bursar::testing::is_held;
  if (name != nullptr && is_held && std::strcmp(name, held_name.data()) == 0) {
    is_held.wait(true);
    return EAI_NONAME;
  }
  using Original = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto original = reinterpret_cast<Original>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return original(name, service, hints, found);
}
