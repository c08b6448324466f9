#include "tests/support/websocket_peer.h"

#include <cstdint>

#include "checks/io/tls/digest.h"

namespace gaikei::support {
namespace {

std::uint64_t Number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

void AppendNumber(std::uint64_t value, unsigned bytes, std::string& out) {
  for (unsigned shift = bytes * 8; shift > 0; shift -= 8) {
    out += static_cast<char>((value >> (shift - 8)) & 0xff);
  }
}

}  // namespace

std::string UpgradeAnswer(std::string_view request, const std::string& more) {
  constexpr std::string_view kField = "Sec-WebSocket-Key: ";
  const std::size_t begin = request.find(kField) + kField.size();
  const std::string key(request.substr(begin, request.find("\r\n", begin) - begin));
  const std::string accept =
      io::EncodeBase64(io::Sha1(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, "
         "Upgrade\r\nSec-WebSocket-Accept: " +
         accept + "\r\n" + more + "\r\n";
}

std::optional<std::string> TakeUpgrade(Connection& connection, const std::string& more) {
  auto request = connection.ReadUntil("\r\n\r\n");
  if (!request || !connection.Write(UpgradeAnswer(*request, more))) return std::nullopt;
  return request;
}

std::string WebSocketFrame(unsigned first, std::string_view payload) {
  std::string frame(1, static_cast<char>(first));
  if (payload.size() < 126) {
    frame += static_cast<char>(payload.size());
  } else if (payload.size() < 65536) {
    frame += '\x7e';
    AppendNumber(payload.size(), 2, frame);
  } else {
    frame += '\x7f';
    AppendNumber(payload.size(), 8, frame);
  }
  frame += payload;
  return frame;
}

std::string CloseFrame(unsigned code, std::string_view reason) {
  std::string payload;
  AppendNumber(code, 2, payload);
  payload += reason;
  return WebSocketFrame(0x88, payload);
}

std::optional<ClientFrame> ReadClientFrame(Connection& connection) {
  const auto head = connection.ReadExactly(2);
  if (!head) return std::nullopt;
  ClientFrame frame;
  frame.first = static_cast<std::uint8_t>((*head)[0]);
  const unsigned second = static_cast<std::uint8_t>((*head)[1]);
  frame.is_masked = (second & 0x80) != 0;
  std::uint64_t size = second & 0x7f;
  if (size >= 126) {
    const auto longer = connection.ReadExactly(size == 126 ? 2 : 8);
    if (!longer) return std::nullopt;
    size = Number(*longer);
  }
  std::string mask(4, '\0');
  if (frame.is_masked) {
    const auto given = connection.ReadExactly(4);
    if (!given) return std::nullopt;
    mask = *given;
  }
  if (size == 0) return frame;
  const auto payload = connection.ReadExactly(static_cast<std::size_t>(size));
  if (!payload) return std::nullopt;
  frame.payload = *payload;
  for (std::size_t i = 0; i < frame.payload.size(); ++i) {
    frame.payload[i] = static_cast<char>(frame.payload[i] ^ mask[i % 4]);
  }
  return frame;
}

void EchoWebSocket(Connection& connection) {
  while (const auto frame = ReadClientFrame(connection)) {
    const unsigned opcode = frame->first & 0x0f;
    if (opcode == 0x9) {
      connection.Write(WebSocketFrame(0x8a, frame->payload));
    } else if (opcode == 0x8) {
      connection.Write(WebSocketFrame(0x88, frame->payload));
      return;
    } else if (opcode == 0x1) {
      connection.Write(WebSocketFrame(0x81, frame->payload));
    }
  }
}

}  // namespace gaikei::support
