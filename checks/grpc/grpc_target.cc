#include "checks/grpc/grpc_target.h"

#include <optional>

#include "results/http_text.h"

namespace gaikei {
namespace {

using Error = tl::unexpected<std::string>;

constexpr std::size_t kServiceLimit = 1024;
constexpr std::uint16_t kSecurePort = 443;

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; }

}  // namespace

tl::expected<GrpcTarget, std::string> ParseGrpcTarget(std::string_view target) {
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos) return Error("the scheme is followed by //host");
  GrpcTarget parsed;
  const char last = scheme == 0 ? '\0' : target[scheme - 1];
  parsed.is_tls = last == 's' || last == 'S';
  std::string_view rest = target.substr(scheme + 3);
  if (rest.find('?') != std::string_view::npos) return Error("the target takes no query");
  if (rest.find('#') != std::string_view::npos) return Error("the target takes no fragment");
  const std::size_t slash = rest.find('/');
  auto endpoint = ParseAuthority(rest.substr(0, slash));
  if (!endpoint) return Error(std::move(endpoint.error()));
  parsed.endpoint = std::move(*endpoint);
  if (parsed.endpoint.port == 0) {
    if (!parsed.is_tls) return Error("the target has no port; write grpc://host:port");
    parsed.endpoint.port = kSecurePort;
  }
  if (slash == std::string_view::npos) return parsed;
  const std::string_view written = rest.substr(slash + 1);
  if (!IsPercentSound(written)) {
    return Error("the service has a % that two hexadecimal digits do not follow");
  }
  std::string service = PercentDecoded(written);
  for (const char c : service) {
    if (IsControl(c)) return Error("the service has control characters");
  }
  if (service.size() > kServiceLimit) return Error("the service is longer than 1024 bytes");
  parsed.service = std::move(service);
  return parsed;
}

}  // namespace gaikei
