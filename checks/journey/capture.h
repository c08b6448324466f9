#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "results/reason.h"
#include "results/secret.h"

namespace re2 {
class RE2;
}

namespace gaikei {

class JsonDocument;
namespace io {
class HttpTransfer;
struct HttpAnswer;
struct Url;
}  // namespace io

struct CaptureError {
  std::size_t offset = 0;  ///< byte offset inside the text, from 0
  std::string message;
};

/// What a capture is taken from: one answer, and what the run's cookie jar holds after it. Borrows
/// all; loop thread only.
struct CaptureSource {
  const io::HttpAnswer& answer;
  const io::Url& url;  ///< of the answer, after redirects
  const io::HttpTransfer& transfer;
};

/// Where a value is taken out of an answer. Compiled once at load, immutable, any thread.
///
///   json.PATH      a value of the body (checks/expect/json_path_syntax.h), without wildcards; a
///                  number as it is spelled, an array or an object as compact JSON; null is nothing
///   header.NAME    the first field of the name; Location is made absolute (RFC 9110, 10.2.2)
///   cookie.NAME    of the jar after all redirects, as it would be sent to the URL of the answer
///   body           the first 64 KiB
///   body /RE2/     group 1 of the first match; without groups all of the match
class CompiledCapture {
 public:
  static tl::expected<CompiledCapture, CaptureError> Compile(std::string_view from);

  /// Why there is no value.
  struct Nothing {
    Reason reason = Reason::kNone;  ///< expect_json, expect_header or expect_body
    std::string why;                ///< "no such header"; shows nothing that the answer holds
  };
  /// At most 64 KiB; a longer value, an empty one and one with NUL is nothing.
  tl::expected<std::string, Nothing> Take(const CaptureSource& source) const;

 private:
  enum class What : std::uint8_t { kJson, kHeader, kCookie, kBody };
  tl::expected<std::string, Nothing> TakeJson(const CaptureSource& source) const;
  tl::expected<std::string, Nothing> TakeHeader(const CaptureSource& source) const;
  tl::expected<std::string, Nothing> TakeCookie(const CaptureSource& source) const;
  tl::expected<std::string, Nothing> TakeBody(const CaptureSource& source) const;

  What what_ = What::kBody;
  std::string argument_;                     ///< path or name
  std::shared_ptr<const re2::RE2> pattern_;  ///< of the body; null: all of it
};

}  // namespace gaikei
