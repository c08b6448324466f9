#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <protozero/types.hpp>

#include "results/outcome.h"
#include "results/spool/sample.h"
#include "results/time.h"

/// How items are laid out as bytes: what sample_encoder.cc and sample_decoder.cc agree on.
namespace gaikei::sample_wire {

// Items stand in their order, each as a message of its kind. Positions and times are differences to
// what stands before them, so that most of them take few bytes or none. What has the value that a
// good sample has is left out, and so is what is empty. A message that may be absent as a whole
// always has one field: the writer leaves out one without.
//
// The numbers below are in files: they are never changed, nor given to something else.
enum class ItemTag : protozero::pbf_tag_type { kSample = 1, kRollup = 2, kDeparture = 3 };

/// The first six of every item.
enum class SampleTag : protozero::pbf_tag_type {
  kSeries = 1,
  kSequence = 2,   ///< minus the end of the item before; absent: 0
  kWidth = 3,      ///< end minus sequence; absent: 1
  kScheduled = 4,  ///< minus `at` of the item before. Of a roll-up `from`, of a departure `at`
  kStarted = 5,    ///< minus scheduled; absent: 0
  kAt = 6,         ///< minus what it is by rule; absent: 0. Of a roll-up minus `from`
  kDuration = 7,
  kPhases = 8,
  kFamily = 9,
  kAddress = 10,
  kPort = 11,
  kTraceId = 12,  ///< as bytes
  kHttp = 13,
  kStatus = 14,
  kReason = 15,
  kCounts = 16,
  kPhase = 17,
  kBlame = 18,
  kMessage = 19,
  kNeverStarted = 20,
  kTraceIdText = 21,  ///< in place of kTraceId where it is no such number
  kDns = 22,
  kIcmp = 23,
  kGrpc = 24,
  kWebSocketStatus = 25,
  kTls = 26,
  kStep = 27,
  kJson = 28,
};

enum class RollupTag : protozero::pbf_tag_type {
  kSamples = 7,
  kGood = 8,
  kBad = 9,
  kMissing = 10,
  kTally = 11,
  kExponential = 12,
};

enum class HttpTag : protozero::pbf_tag_type {
  kStatus = 1,
  kVersion = 2,
  kRedirects = 3,
  kContentLength = 4,
  kSize = 5,
  kLastModified = 6,
};

enum class DnsTag : protozero::pbf_tag_type {
  kAnswers = 1,
  kAuthorities = 2,
  kAdditionals = 3,
  kSerial = 4,
};

enum class IcmpTag : protozero::pbf_tag_type { kLoss = 1, kRtt = 2, kTtl = 3 };

enum class GrpcTag : protozero::pbf_tag_type { kStatus = 1, kServingStatus = 2 };

enum class TlsTag : protozero::pbf_tag_type {
  kHasLeaf = 1,
  kVersion = 2,
  kExpiresAt = 3,
  kVerifiedExpiresAt = 4,
  kSha256 = 5,      ///< as bytes
  kSha256Text = 6,  ///< in place of it where it is no such number
  kSubject = 7,
  kIssuer = 8,
  kSan = 9,
  kSerial = 10,
  kSerialText = 11,
};

enum class StepTag : protozero::pbf_tag_type { kStatus = 1, kName = 2, kDuration = 3 };

// The number of an enumerator is its place here, whatever it is in the program. New ones go to the
// end. A reason has its stable name.
inline constexpr std::array kStatuses = {Status::kPass, Status::kWarn, Status::kFail,
                                         Status::kUnknown};
inline constexpr std::array kCounts = {Counts::kGood, Counts::kBad, Counts::kMissing};
inline constexpr std::array kBlames = {Blame::kTarget, Blame::kDns, Blame::kNetwork, Blame::kProber,
                                       Blame::kConfig};
inline constexpr std::array kFamilies = {Family::kAuto, Family::kIpv4, Family::kIpv6};
/// Here the place + 1 is the tag within kPhases.
inline constexpr std::array kPhases = {Phase::kResolve, Phase::kConnect, Phase::kTls,
                                       Phase::kProcessing, Phase::kTransfer};
static_assert(kPhases.size() == kPhaseCount);

/// Differences of 64 bits that wrap, so that whatever a damaged file says is defined.
inline std::int64_t Minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
inline std::int64_t Plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

inline std::int64_t Nanoseconds(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime TimeOf(std::int64_t nanoseconds) { return WallTime(Span(nanoseconds)); }

/// When a sample is over unless it says otherwise (Sample::Of).
inline std::int64_t OverByRule(bool has_started, std::int64_t scheduled, std::int64_t started,
                               Span duration) {
  return has_started ? Plus(started, duration.count()) : scheduled;
}

/// What the differences are taken from: 0 before the first item.
struct Before {
  Sequence end = 0;
  std::int64_t at = 0;
};

}  // namespace gaikei::sample_wire
