#include "checks/kinds.h"

#include <algorithm>
#include <array>

#include "checks/dns/dns.h"
#include "checks/every_address.h"
#include "checks/grpc/grpc.h"
#include "checks/http/http.h"
#include "checks/icmp/icmp.h"
#include "checks/journey/journey.h"
#include "checks/tcp/tcp.h"
#include "checks/tls/tls.h"
#include "checks/websocket/websocket.h"

namespace gaikei {
namespace {

constexpr std::array<std::string_view, 2> kHttpSchemes = {"https", "http"};
constexpr std::array<std::string_view, 1> kTlsSchemes = {"tls"};
constexpr std::array<std::string_view, 1> kDnsSchemes = {"dns"};
constexpr std::array<std::string_view, 1> kIcmpSchemes = {"icmp"};
constexpr std::array<std::string_view, 1> kTcpSchemes = {"tcp"};
constexpr std::array<std::string_view, 2> kGrpcSchemes = {"grpc", "grpcs"};
constexpr std::array<std::string_view, 2> kWebSocketSchemes = {"ws", "wss"};
constexpr std::array<std::string_view, 1> kHeartbeatSchemes = {"heartbeat"};

/// The list of all kinds of check.
constexpr std::array kKinds = {
    Kind{"http", kHttpSchemes, &MakeHttpCheck},
    Kind{"tls", kTlsSchemes, &MakeTlsCheck},
    Kind{"dns", kDnsSchemes, &MakeDnsCheck},
    Kind{"tcp", kTcpSchemes, &MakeTcpCheck},
    Kind{"icmp", kIcmpSchemes, &MakeIcmpCheck},
    Kind{"grpc", kGrpcSchemes, &MakeGrpcCheck},
    Kind{"websocket", kWebSocketSchemes, &MakeWebSocketCheck},
    // Made of steps, each with a target of its own.
    Kind{"journey", {}, &MakeJourneyCheck},
    // Looks nowhere: jobs report to this prober (scheduler/heartbeat_board.h).
    Kind{"heartbeat", kHeartbeatSchemes, nullptr},
};

}  // namespace

std::span<const Kind> AllKinds() { return kKinds; }

const Kind* FindKind(std::string_view name) {
  const auto it = std::find_if(kKinds.begin(), kKinds.end(),
                               [&](const Kind& kind) { return kind.name == name; });
  return it == kKinds.end() ? nullptr : &*it;
}

tl::expected<std::unique_ptr<Check>, std::string> MakeCheck(const CheckSpec& spec) {
  auto one = FindKind(spec.identity->kind)->make(spec);
  if (!one || spec.addresses == AddressPolicy::kFirst) return one;
  return MakeEveryAddressCheck(spec, std::move(*one));
}

const Kind* FindKindByScheme(std::string_view scheme) {
  const auto it = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& kind) {
    return std::find(kind.schemes.begin(), kind.schemes.end(), scheme) != kind.schemes.end();
  });
  return it == kKinds.end() ? nullptr : &*it;
}

}  // namespace gaikei
