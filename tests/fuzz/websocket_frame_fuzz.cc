#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "checks/websocket/frame.h"

using gaikei::WebSocketReader;

namespace {

/// What is read of these bytes when they come in such pieces, and how that ends.
std::vector<std::string> Read(const std::string& bytes, std::size_t piece) {
  WebSocketReader reader;
  std::vector<std::string> seen;
  std::string input;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    input += bytes.substr(at, piece);
    auto next = reader.Read(input);
    for (; next == WebSocketReader::Next::kMessage; next = reader.Read(input)) {
      const auto& message = reader.message();
      if (message.opcode == gaikei::WebSocketOpcode::kContinuation) __builtin_trap();
      if (message.payload.size() > WebSocketReader::kMessageLimit) __builtin_trap();
      if (message.opcode == gaikei::WebSocketOpcode::kText && !gaikei::IsUtf8(message.payload)) {
        __builtin_trap();
      }
      seen.push_back(std::to_string(static_cast<int>(message.opcode)) + message.payload +
                     std::to_string(message.close_code.value_or(0)));
    }
    if (next == WebSocketReader::Next::kFault) {
      if (reader.fault().message.empty() || reader.fault().close_code < 1000) __builtin_trap();
      seen.push_back(reader.fault().message);
      return seen;
    }
    if (input.size() > 9) __builtin_trap();
  }
  return seen;
}

}  // namespace

/// What a server sends means the same however it is cut, and is bounded.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (Read(bytes, 1) != Read(bytes, size + 1)) __builtin_trap();
  return 0;
}
