#include "testing/manual_clock.hpp"
