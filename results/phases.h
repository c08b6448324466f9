#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "results/time.h"

namespace gaikei {

/// The phases of one attempt, in their order.
enum class Phase : std::uint8_t {
  kResolve,     ///< name resolution, until an address is there
  kConnect,     ///< first SYN sent to connection established
  kTls,         ///< connection established to handshake finished
  kProcessing,  ///< request sent to first byte of the answer
  kTransfer,    ///< first byte to last byte of the answer
};
inline constexpr std::size_t kPhaseCount = 5;

/// "resolve", "connect", "tls", "processing", "transfer": part of the output contract.
std::string_view Name(Phase phase);
std::optional<Phase> ParsePhase(std::string_view name);

/// Timings of one attempt, from the prober's own monotonic clock.
///
/// A phase that was not reached is absent, never zero; the phase that failed carries the time spent
/// in it. Phases do not overlap. What no phase explains is `other`, so that Sum() is the duration.
struct Phases {
  std::array<std::optional<Span>, kPhaseCount> spent;
  Span other{0};

  const std::optional<Span>& operator[](Phase phase) const {
    return spent[static_cast<std::size_t>(phase)];
  }
  std::optional<Span>& operator[](Phase phase) { return spent[static_cast<std::size_t>(phase)]; }

  /// Adds to a phase; a phase absent so far becomes present. For totals over redirect hops.
  void Add(Phase phase, Span span);
  /// Adds every present phase and `other` of another attempt or hop.
  void Add(const Phases& more);
  /// All present phases plus `other`.
  Span Sum() const;
  /// Sets `other` to what the phases leave of `duration`, never below zero.
  void SettleOther(Span duration);
};

}  // namespace gaikei
