// Rows with shared/principal_columns as principals. For principals.cpp and directory.cpp.
#pragma once
#include "pg/result.hpp"
#include "store/principals.hpp"

namespace bursar::store {

Principal read_principal(const pg::Row& row);

}  // namespace bursar::store
