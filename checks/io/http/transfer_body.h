#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "checks/io/http/body_decoder.h"
#include "checks/io/http/response_head.h"

namespace gaikei::io {

struct HttpAnswer;
struct HttpRequest;

/// The body of one answer after another: decoded where that is not libcurl's to do, counted,
/// bounded, and kept as far as somebody asks for it. Loop thread only.
class TransferBody {
 public:
  /// For the answer to this request, which outlives it.
  void Take(const HttpRequest& request);
  /// Bytes as libcurl hands them over, of an answer whose head is complete; `wire_size`: received
  /// so far. Absent when all is well.
  std::optional<HeadFault> Add(std::string_view bytes, std::uint64_t wire_size, HttpAnswer& answer);
  /// The answer is over, and libcurl has nothing to say against it.
  std::optional<HeadFault> End();

 private:
  std::optional<HeadFault> AddDecoded(std::string_view bytes, std::uint64_t wire_size,
                                      HttpAnswer& answer) const;

  const HttpRequest* request_ = nullptr;
  std::optional<BodyDecoder> decoder_;  ///< absent: libcurl decodes, or nobody does
  bool has_begun_ = false;
};

}  // namespace gaikei::io
