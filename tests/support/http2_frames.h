#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/connection.h"

namespace gaikei::support {

/// HTTP/2 byte by byte, for servers that abuse it (RFC 9113).
namespace http2 {

enum Type : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kRstStream = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};
enum Flag : std::uint8_t { kNone = 0, kAck = 1, kEndStream = 1, kEndHeaders = 4 };
enum Error : std::uint32_t {
  kNoError = 0,
  kInternalError = 2,
  kRefusedStream = 7,
  kCancel = 8,
  kEnhanceYourCalm = 11,
  kHttp11Required = 13,
};

/// Setting that says how much of each stream may be sent (RFC 9113, 6.5.2).
inline constexpr std::uint16_t kInitialWindowSize = 4;

std::string Frame(Type type, std::uint8_t flags, std::uint32_t stream, const std::string& payload);
std::string Number(std::uint32_t value);  ///< 4 bytes
std::string Settings(const std::vector<std::pair<std::uint16_t, std::uint32_t>>& values = {});
/// The head of an answer with status 200 and no more fields (RFC 7541: one byte of the table).
std::string Ok(std::uint32_t stream, std::uint8_t flags = kEndHeaders);
std::string Goaway(std::uint32_t last_stream, Error error, const std::string& debug = {});
std::string RstStream(std::uint32_t stream, Error error);
/// A header field that no table knows, in HPACK.
std::string Field(const std::string& name, const std::string& value);

/// Takes the client's preface, greets it with the settings, confirms the client's, and reads up to
/// its first request.
/// False when the client went away before.
bool ReadRequest(Connection& connection, const std::string& settings = Settings());

}  // namespace http2
}  // namespace gaikei::support
