#include "tests/support/grpc_call.h"

namespace gaikei::support {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::size_t kHeadSize = 9;

std::uint8_t ByteAt(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

void AppendNumber(std::uint64_t value, unsigned bytes, std::string& out) {
  for (unsigned shift = bytes * 8; shift > 0; shift -= 8) {
    out += static_cast<char>((value >> (shift - 8)) & 0xff);
  }
}

}  // namespace

std::string H2Frame(H2Type type, std::uint8_t flags, std::uint32_t stream,
                    std::string_view payload) {
  std::string frame;
  AppendNumber(payload.size(), 3, frame);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  AppendNumber(stream, 4, frame);
  frame += payload;
  return frame;
}

std::string H2Block(const H2Fields& fields) {
  std::string block;
  for (const auto& [name, value] : fields) {
    block += '\0';
    block += static_cast<char>(name.size());
    block += name;
    block += static_cast<char>(value.size());
    block += value;
  }
  return block;
}

std::string H2Head(const H2Fields& fields, bool ends) {
  const auto flags = static_cast<std::uint8_t>(kH2EndHeaders | (ends ? kH2EndStream : 0));
  return H2Frame(H2Type::kHeaders, flags, 1, H2Block(fields));
}

std::string H2Data(std::string_view payload, bool ends) {
  return H2Frame(H2Type::kData, ends ? kH2EndStream : 0, 1, payload);
}

std::string H2Trailers(const H2Fields& fields) { return H2Head(fields, true); }

std::string GrpcMessage(std::string_view protobuf) {
  std::string message(1, '\0');
  AppendNumber(protobuf.size(), 4, message);
  message += protobuf;
  return message;
}

std::string HealthAnswer(int serving_status) {
  const std::string protobuf = {'\x08', static_cast<char>(serving_status)};
  return H2Head({{":status", "200"}, {"content-type", "application/grpc"}}) +
         H2Data(GrpcMessage(protobuf)) + H2Trailers({{"grpc-status", "0"}});
}

bool TakeGrpcCall(Connection& connection) {
  if (connection.ReadExactly(kPreface.size()) != kPreface) return false;
  if (!connection.Write(H2Frame(H2Type::kSettings, 0, 0, ""))) return false;
  while (true) {
    const auto head = connection.ReadExactly(kHeadSize);
    if (!head) return false;
    const std::size_t size = static_cast<std::size_t>(ByteAt(*head, 0)) << 16 |
                             static_cast<std::size_t>(ByteAt(*head, 1)) << 8 | ByteAt(*head, 2);
    if (size > 0 && !connection.ReadExactly(size)) return false;
    const auto type = static_cast<H2Type>(ByteAt(*head, 3));
    const bool is_request = type == H2Type::kData || type == H2Type::kHeaders;
    if (is_request && (ByteAt(*head, 4) & kH2EndStream) != 0) return true;
  }
}

}  // namespace gaikei::support
