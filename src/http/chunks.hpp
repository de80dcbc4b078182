// The decoder of chunked bodies (RFC 9112 §7.1), strict, pure and incremental. Chunk extensions are checked
// and ignored; trailer fields are checked and dropped, never merged into the request: `Authorization` behind
// a body is no authorization.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/reader.hpp"

namespace bursar::http {

class ChunkReader {
 public:
  struct Step {
    Reading reading = Reading::more;
    /// Bytes of the input that are dealt with.
    std::size_t consumed = 0;
    /// Body bytes among them, a view into the input; all their framing lies in front.
    std::string_view data;
  };

  /// Reads up to the end of the body, the end of the input or behind one run of data; call again with what is
  /// left. The body has at most limits::request_body_bytes (413), its framing limits::chunk_overhead_bytes.
  Step read(std::string_view bytes);

  /// After `refused`.
  const Refusal& refusal() const { return refusal_; }

 private:
  enum class Stage { size, data, data_end, trailers, done, refused };

  void take_framing(char c);
  void take_line();
  void take_size_line(std::string_view line);
  void take_trailer(std::string_view line);
  void refuse(std::string detail);
  void refuse(int status, std::string_view code, std::string detail);

  Stage stage_ = Stage::size;
  std::string line_;
  std::size_t left_of_chunk_ = 0;
  std::size_t body_bytes_ = 0;
  std::size_t overhead_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::size_t trailers_ = 0;
  Refusal refusal_;
};

}  // namespace bursar::http
