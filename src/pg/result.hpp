// Rows in binary format, read by type. A column of another type than asked for is a bug (CHECK).
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/uuid.hpp"

struct pg_result;

namespace bursar::pg {

/// A result and the names of its columns, so that a look-up by name costs no conversion.
struct ResultData;

/// One row; lives as long as its Result.
class Row {
 public:
  bool is_null(int column) const;
  /// T is std::int16_t, std::int32_t, std::int64_t, bool, double, std::string, std::string_view (text, names,
  /// enums, jsonb; numeric only as ::text), Uuid, Instant ('infinity' = Instant::max()),
  /// std::vector<std::uint8_t>, std::vector<Uuid>, std::vector<std::int64_t>.
  template <class T>
  T get(int column) const;
  template <class T>
  std::optional<T> get_optional(int column) const {
    if (is_null(column)) return std::nullopt;
    return get<T>(column);
  }
  /// By name; the name must be there. For rows of a view, where positions would hide a mistake.
  int column(std::string_view name) const;
  template <class T>
  T get(std::string_view name) const {
    return get<T>(column(name));
  }
  template <class T>
  std::optional<T> get_optional(std::string_view name) const {
    return get_optional<T>(column(name));
  }

 private:
  friend class Result;
  Row(const ResultData* data, int row) : data_(data), row_(row) {}
  std::string_view bytes(int column) const;
  void expect(int column, std::uint32_t oid) const;
  const ResultData* data_;
  int row_;
};

class Result {
 public:
  explicit Result(pg_result* owned);
  Result(Result&&) noexcept;
  Result& operator=(Result&&) noexcept;
  ~Result();

  int rows() const;
  bool empty() const { return rows() == 0; }
  Row row(int index) const;
  Row only_row() const;  // CHECKs that there is exactly one
  /// "INSERT 0 3", "COMMIT", "ROLLBACK"…
  std::string_view command_tag() const;

  class Iterator {
   public:
    Iterator(const Result* result, int at) : result_(result), at_(at) {}
    Row operator*() const { return result_->row(at_); }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const Result* result_;
    int at_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, rows()}; }

 private:
  std::unique_ptr<ResultData> data_;
};

}  // namespace bursar::pg
