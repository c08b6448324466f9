#include "checks/grpc/grpc_message.h"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace gaikei {
namespace {

using Fault = tl::unexpected<GrpcFault>;

Fault BrokenMessage(std::string message) {
  return Fault(GrpcFault{Reason::kProtocolError, std::move(message)});
}

constexpr std::array<std::string_view, 17> kCodes = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};
constexpr std::array<std::string_view, 4> kServing = {"UNKNOWN", "SERVING", "NOT_SERVING",
                                                      "SERVICE_UNKNOWN"};

std::uint8_t ByteAt(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

void AppendVarint(std::uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out += static_cast<char>((value & 0x7f) | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

/// Protobuf's wire format, from the front of a text.
class WireReader {
 public:
  explicit WireReader(std::string_view rest) : rest_(rest) {}

  bool is_over() const { return rest_.empty(); }

  /// Absent for one that is cut or has more than 64 bits.
  std::optional<std::uint64_t> Varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const std::uint8_t byte = ByteAt(rest_, 0);
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) return std::nullopt;
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return std::nullopt;
  }

  /// Passes over the value of a field that nobody asks for. False where it is cut, or is a group,
  /// which proto3 does not have.
  bool Skip(unsigned wire_type) {
    switch (wire_type) {
      case 0:
        return Varint().has_value();
      case 1:
        return Drop(8);
      case 2: {
        const auto size = Varint();
        return size && Drop(*size);
      }
      case 5:
        return Drop(4);
      default:
        return false;
    }
  }

 private:
  bool Drop(std::uint64_t count) {
    if (count > rest_.size()) return false;
    rest_.remove_prefix(static_cast<std::size_t>(count));
    return true;
  }

  std::string_view rest_;
};

/// `HealthCheckResponse { ServingStatus status = 1; }`; absent for what is no protobuf.
std::optional<std::uint32_t> ReadStatus(std::string_view message) {
  constexpr std::uint64_t kStatusKey = 1 << 3;  // field 1, a varint
  constexpr std::uint64_t kStatusField = 1;
  constexpr std::uint64_t kLastField = (1U << 29) - 1;
  WireReader reader(message);
  std::uint32_t status = 0;
  while (!reader.is_over()) {
    const auto key = reader.Varint();
    if (!key || (*key >> 3) == 0 || (*key >> 3) > kLastField) return std::nullopt;
    if (*key == kStatusKey) {
      const auto value = reader.Varint();
      if (!value) return std::nullopt;
      status = static_cast<std::uint32_t>(*value);  // as protobuf cuts an enumeration
    } else if ((*key >> 3) == kStatusField || !reader.Skip(static_cast<unsigned>(*key & 7))) {
      return std::nullopt;
    }
  }
  return status;
}

}  // namespace

std::string HealthCheckRequest(std::string_view service) {
  std::string message;
  if (!service.empty()) {
    message += '\x0a';  // field 1, length-delimited
    AppendVarint(service.size(), message);
    message += service;
  }
  std::string body(1, '\0');  // not compressed
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    body += static_cast<char>((message.size() >> (shift - 8)) & 0xff);
  }
  return body + message;
}

tl::expected<std::uint32_t, GrpcFault> ReadHealthCheckResponse(std::string_view body) {
  if (body.empty()) return BrokenMessage("grpc-status 0, and no message");
  if (body.size() < kGrpcPrefixSize) {
    return BrokenMessage(
        fmt::format("{} bytes, which is less than a message begins with", body.size()));
  }
  const std::uint8_t flag = ByteAt(body, 0);
  if (flag > 1) return BrokenMessage(fmt::format("a message whose first byte is {}", flag));
  std::size_t size = 0;
  for (std::size_t i = 1; i < kGrpcPrefixSize; ++i) size = size << 8 | ByteAt(body, i);
  if (size > kGrpcMessageLimit) {
    return Fault(GrpcFault{
        Reason::kTooLarge,
        fmt::format("a message of {} bytes; at most {} are read", size, kGrpcMessageLimit)});
  }
  const std::string_view message = body.substr(kGrpcPrefixSize);
  if (size != message.size()) {
    return BrokenMessage(
        fmt::format("a message that says it has {} bytes, and {} came", size, message.size()));
  }
  if (flag == 1) return BrokenMessage("a compressed message, though no compression was asked for");
  const auto status = ReadStatus(message);
  if (!status) return BrokenMessage("a message that is no HealthCheckResponse");
  return *status;
}

std::string ServingStatusName(std::uint32_t status) {
  return status < kServing.size() ? std::string(kServing[status]) : std::to_string(status);
}

std::string_view GrpcStatusName(int code) {
  const auto at = static_cast<std::size_t>(code);
  return code >= 0 && at < kCodes.size() ? kCodes[at] : "UNRECOGNISED";
}

}  // namespace gaikei
