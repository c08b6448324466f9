#include "tests/support/http2_frames.h"

#include <optional>

namespace gaikei::support::http2 {

std::string Number(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>((value >> shift) & 0xff);
  }
  return bytes;
}

std::string Frame(Type type, std::uint8_t flags, std::uint32_t stream, const std::string& payload) {
  std::string bytes = Number(static_cast<std::uint32_t>(payload.size())).substr(1);
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(flags);
  return bytes + Number(stream) + payload;
}

std::string Settings(const std::vector<std::pair<std::uint16_t, std::uint32_t>>& values) {
  std::string payload;
  for (const auto& [id, value] : values) payload += Number(id).substr(2) + Number(value);
  return Frame(kSettings, kNone, 0, payload);
}

std::string Ok(std::uint32_t stream, std::uint8_t flags) {
  return Frame(kHeaders, flags, stream, "\x88");
}

std::string Goaway(std::uint32_t last_stream, Error error, const std::string& debug) {
  return Frame(kGoaway, kNone, 0, Number(last_stream) + Number(error) + debug);
}

std::string RstStream(std::uint32_t stream, Error error) {
  return Frame(kRstStream, kNone, stream, Number(error));
}

std::string Field(const std::string& name, const std::string& value) {
  // RFC 7541, 6.2.2: literal without indexing, both lengths in one byte.
  std::string bytes(1, '\0');
  bytes += static_cast<char>(name.size());
  bytes += name;
  bytes += static_cast<char>(value.size());
  return bytes + value;
}

bool ReadRequest(Connection& connection, const std::string& settings) {
  static constexpr std::size_t kPreface = 24;
  if (!connection.ReadExactly(kPreface) || !connection.Write(settings)) return false;
  while (true) {
    const std::optional<std::string> head = connection.ReadExactly(9);
    if (!head) return false;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>((*head)[i]); };
    const std::size_t length = (byte(0) << 16U) | (byte(1) << 8U) | byte(2);
    if (length > 0 && !connection.ReadExactly(length)) return false;
    if (byte(3) == kHeaders) return true;
    // What the client has set holds from here on (RFC 9113, 6.5.3).
    if (byte(3) == kSettings && byte(4) == kNone) {
      if (!connection.Write(Frame(kSettings, kAck, 0, ""))) return false;
    }
  }
}

}  // namespace gaikei::support::http2
