#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "checks/grpc/grpc_message.h"
#include "checks/grpc/grpc_target.h"

/// An answer is a status or a fault with its reason; a target is one with a port, or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto status = gaikei::ReadHealthCheckResponse(bytes);
  if (!status &&
      (status.error().message.empty() || status.error().reason == gaikei::Reason::kNone)) {
    __builtin_trap();
  }
  if (status && gaikei::ServingStatusName(*status).empty()) __builtin_trap();
  const auto target = gaikei::ParseGrpcTarget(bytes);
  if (target ? target->endpoint.port == 0 : target.error().empty()) __builtin_trap();
  return 0;
}
