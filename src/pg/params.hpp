// The parameters of one statement in PostgreSQL's binary format, with their types. Arrays may hold NULLs.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/uuid.hpp"
#include "pg/types.hpp"

namespace bursar::pg {

class Params {
 public:
  Params& add(std::int16_t value);
  Params& add(std::int32_t value);
  Params& add(std::int64_t value);
  Params& add(bool value);
  Params& add(double value);
  Params& add(std::string_view value);
  Params& add(const char* value) { return add(std::string_view(value)); }
  Params& add(const Uuid& value);
  Params& add(Instant value);
  Params& add(std::chrono::microseconds interval);
  Params& add(Jsonb value);
  Params& add(std::span<const std::uint8_t> bytea);
  /// NULL where there is no value; the type is that of T.
  template <class T>
  Params& add(const std::optional<T>& value) {
    return value ? add(*value) : add_null(type_oid<T>);
  }

  /// An array of T from any range, one element per item: `element(item)` gives T or std::optional<T>.
  ///   params.array<std::int64_t>(items, [](const Item& i) { return i.amount; });
  template <class T, class Range, class Element>
  Params& array(const Range& range, Element element) {
    begin_array(type_oid<T>, std::size(range));
    for (const auto& item : range) append_element(element(item));
    end_array();
    return *this;
  }

  std::size_t size() const { return oids_.size(); }
  const std::vector<Oid>& oids() const { return oids_; }
  /// For libpq: pointers stay valid until the next add.
  std::vector<const char*> pointers() const;
  const std::vector<int>& lengths() const { return lengths_; }

 private:
  Params& add_null(Oid type);
  void begin(Oid type);
  Params& end();
  void begin_array(Oid element, std::size_t count);
  void end_array();
  template <class T>
  void append_element(const std::optional<T>& value) {
    if (value)
      append_element(*value);
    else
      append_null_element();
  }
  void append_null_element();
  void append_element(std::int16_t value);
  void append_element(std::int32_t value);
  void append_element(std::int64_t value);
  void append_element(bool value);
  void append_element(std::string_view value);
  void append_element(const std::string& value) { append_element(std::string_view(value)); }
  void append_element(const Uuid& value);
  void append_element(Instant value);
  void append_element(Jsonb value);
  void append_element(const std::vector<std::uint8_t>& bytea);

  std::vector<Oid> oids_;
  std::vector<std::size_t> offsets_;  // into bytes_; npos = NULL
  std::vector<int> lengths_;
  std::string bytes_;
  std::size_t array_at_ = 0;
};

}  // namespace bursar::pg
