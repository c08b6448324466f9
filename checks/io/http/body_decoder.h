#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gaikei::io {

/// Undoes the content encodings gzip and deflate (RFC 9110, 8.4.1) of a body that comes piece by
/// piece, one inside the other where there are several, and knows whether it was whole, which
/// libcurl does not look at. A value of some 50 KiB per encoding; no socket, no clock.
class BodyDecoder {
 public:
  /// Gets decoded bytes. False: no more of them.
  using Sink = std::function<bool(std::string_view bytes)>;
  enum class State : std::uint8_t {
    kGood,
    kBroken,   ///< see message()
    kStopped,  ///< the sink wanted no more
  };

  /// Whether every encoding of an Accept-Encoding list is one that is undone here.
  static bool Knows(std::string_view asked);

  BodyDecoder();
  ~BodyDecoder();
  BodyDecoder(BodyDecoder&&) noexcept;
  BodyDecoder& operator=(BodyDecoder&&) noexcept;

  /// Encodings in the order in which they were applied. Broken where one is unknown.
  State Begin(const std::vector<std::string>& codings);
  State Feed(std::string_view bytes, const Sink& sink);
  /// The body is over. Broken where it was cut short; one of no bytes is whole.
  State End();

  const std::string& message() const { return message_; }  ///< escaped; empty unless broken

 private:
  class Layer;
  State Feed(std::size_t layer, std::string_view bytes, const Sink& sink);
  State Break(std::string message);

  std::vector<std::unique_ptr<Layer>> layers_;  ///< outermost first
  std::string message_;
};

}  // namespace gaikei::io
