#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "results/time.h"
#include "scheduler/planned_check.h"

namespace gaikei::selftest {

/// How long the server is asked to take.
inline constexpr std::array<Span, 5> kDelays = {
    std::chrono::milliseconds(1), std::chrono::milliseconds(5), std::chrono::milliseconds(20),
    std::chrono::milliseconds(100), std::chrono::milliseconds(500)};

/// Checks that start in a second.
inline constexpr unsigned kRate = 100;

/// The zone of the server's names.
inline constexpr std::string_view kZone = "selftest.gaikei";

/// One check against the server, and the delays that the server is asked for.
struct Trial {
  enum class Kind : std::uint8_t { kHttp, kTcp, kDns };
  Kind kind = Kind::kHttp;
  Span resolve{0};     ///< until it tells the address of the name; http
  Span processing{0};  ///< from the request to the first byte of the answer
  Span transfer{0};    ///< from the first byte to the last; http
};

/// "http", "tcp", "dns".
std::string_view Name(Trial::Kind kind);

/// The trials that begin within `window`: every kind and every delay in turn. An http check has one
/// of its three delays vary, the other two are the smallest. At least one of each. Pure.
std::vector<Trial> MakeTrials(Span window);

/// The trials as checks; the name of a check is the number of its trial. They have no place on the
/// clock yet.
std::vector<PlannedCheck> PlanTrials(const std::vector<Trial>& trials, std::uint16_t tcp_port,
                                     std::uint16_t udp_port);

/// Makes them due one after the other, evenly over `window` from `begin`, each once in a day.
void Schedule(std::vector<PlannedCheck>& plan, WallTime begin, Span window);

}  // namespace gaikei::selftest
