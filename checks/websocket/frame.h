#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "results/reason.h"

namespace gaikei {

/// What a frame, or a message of several, is (RFC 6455, 11.8).
enum class WebSocketOpcode : std::uint8_t {
  kContinuation = 0x0,
  kText = 0x1,
  kBinary = 0x2,
  kClose = 0x8,
  kPing = 0x9,
  kPong = 0xa,
};

/// Codes of a close frame that are used here (RFC 6455, 7.4.1).
inline constexpr unsigned kCloseNormal = 1000;
inline constexpr unsigned kCloseProtocolError = 1002;
inline constexpr unsigned kCloseBadData = 1007;
inline constexpr unsigned kCloseTooBig = 1009;

/// A whole message, or a control frame.
struct WebSocketMessage {
  WebSocketOpcode opcode = WebSocketOpcode::kText;  ///< never kContinuation
  std::string payload;                              ///< of a close frame: its reason alone
  std::optional<unsigned> close_code;               ///< of a close frame that has one
};

/// What a server must not send.
struct WebSocketFault {
  Reason reason = Reason::kProtocolError;
  std::string message;  ///< shows nothing of what came but numbers
  unsigned close_code = kCloseProtocolError;
};

/// The receiving side of a client: frames to messages (RFC 6455, 5). A machine over bytes that
/// knows no socket. No extension was agreed on.
class WebSocketReader {
 public:
  static constexpr std::size_t kMessageLimit = std::size_t{1024} * 1024;  ///< bytes of one message
  static constexpr std::size_t kControlLimit = 125;                       ///< RFC 6455, 5.5

  enum class Next : std::uint8_t {
    kMore,     ///< what came makes no message yet
    kMessage,  ///< message() is one
    kFault,    ///< fault() says what is wrong; there is nothing to be read any more
  };

  /// Goes on to the next message, or control frame between the frames of a message, and takes from
  /// the input what it has understood. What it leaves is the beginning of a head, of 9 bytes at
  /// most.
  Next Read(std::string& input);

  WebSocketMessage& message() { return message_; }
  const WebSocketFault& fault() const { return fault_; }

 private:
  struct Head {
    bool is_final = false;
    WebSocketOpcode opcode = WebSocketOpcode::kText;
    std::uint64_t size = 0;  ///< of the payload
    std::size_t length = 0;  ///< of the head itself, in bytes
  };

  /// Reads a head into head_. kMessage: it is there.
  Next ReadHead(std::string_view input);
  /// Empty when a frame of such a head may come now.
  std::string WhyBadHead(std::uint8_t first, std::uint8_t second) const;
  Next EndFrame();
  Next EndControl();
  Next Fail(std::string message, Reason reason = Reason::kProtocolError,
            unsigned close_code = kCloseProtocolError);

  std::optional<Head> head_;                    ///< of the frame whose payload is coming
  std::uint64_t left_ = 0;                      ///< of its payload
  std::string control_;                         ///< payload of a control frame so far
  std::optional<WebSocketOpcode> data_opcode_;  ///< of the message that has begun
  std::string data_;                            ///< payload of it so far
  WebSocketMessage message_;
  WebSocketFault fault_;
};

/// One frame of a client: final, masked (RFC 6455, 5.3) with four bytes that nobody can foresee.
std::string ClientFrame(WebSocketOpcode opcode, std::string_view payload,
                        const std::array<std::uint8_t, 4>& mask);

/// Payload of a close frame: the code, and no reason.
std::string ClosePayload(unsigned code);

/// RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool IsUtf8(std::string_view text);

}  // namespace gaikei
