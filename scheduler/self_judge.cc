#include "scheduler/self_judge.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace gaikei {
namespace {

// Less than that delays nothing by as much as failures are made of.
constexpr double kUnfitShare = 0.25;
// A look that is not older is as good as one now.
constexpr Span kFresh = std::chrono::milliseconds(50);

/// Failures for want of time.
bool IsLate(Reason reason) {
  switch (reason) {
    case Reason::kDnsTimeout:
    case Reason::kConnectTimeout:
    case Reason::kTlsTimeout:
    case Reason::kResponseTimeout:
    case Reason::kTransferTimeout:
    case Reason::kExpectDuration:
    case Reason::kExpectPhase:
    case Reason::kExpectRtt:
      return true;
    default:
      return false;
  }
}

/// Failures that a prober sees whose own way out is down.
bool IsSilence(Reason reason) {
  switch (reason) {
    case Reason::kDnsTimeout:
    case Reason::kConnectTimeout:
    case Reason::kConnectUnreachable:
    case Reason::kTlsTimeout:
    case Reason::kResponseTimeout:
    case Reason::kTransferTimeout:
      return true;
    default:
      return false;
  }
}

/// Whom the attempt spoke to last, numeric; empty where no address was reached.
std::string PeerOf(const Observation& observation) {
  if (!observation.address.empty() || !observation.dns) return observation.address;
  // "192.0.2.53:53", "[2001:db8::53]:53", or a URL, which is no numeric address.
  std::string server = observation.dns->server;
  if (server.starts_with('[')) return server.substr(1, server.find(']') - 1);
  return server.substr(0, server.rfind(':'));
}

void Excuse(Observation& observation, Reason reason, const std::string& why) {
  observation.Fail(
      reason, observation.phase,
      fmt::format("{} while the attempt ran, which ended as {}", why, Name(observation.reason)));
}

}  // namespace

void SelfJudge::LookAtCpu(MonoTime now) {
  const std::lock_guard lock(mutex_);
  // Thousands of attempts may end together.
  if (looked_at_ != MonoTime::min() && now - looked_at_ < kFresh) return;
  const auto shares = cpu_.Look(now);
  const MonoTime from = std::exchange(looked_at_, now);
  if (!shares) return;
  const auto note = [&](Unfit cause, double share, const char* why) {
    if (share < kUnfitShare) return;
    log_.Note({from, now, cause, fmt::format(fmt::runtime(why), share * 100)});
  };
  note(Unfit::kThrottled, shares->throttled,
       "the CPU quota of this prober's group was used up for {:.0f} % of the time");
  note(Unfit::kStarved, shares->starved,
       "other processes kept this prober off the CPU for {:.0f} % of the time");
  note(Unfit::kStolen, shares->stolen, "the hypervisor took {:.0f} % of the CPU away");
  note(Unfit::kMemory, shares->memory, "this machine waited for memory for {:.0f} % of the time");
}

std::string SelfJudge::Judge(Observation& observation, MonoTime from, MonoTime to) {
  if (observation.status != Status::kFail) return {};
  if (IsSilence(observation.reason)) {
    const std::string peer = PeerOf(observation);
    const std::string why =
        peer.empty() ? network_.WhyCutOff(from, to) : network_.WhyCutOff(peer, from, to);
    if (!why.empty()) {
      Excuse(observation, Reason::kProberNetworkDown, why);
      return "network";
    }
  }
  if (!IsLate(observation.reason)) return {};
  LookAtCpu(to);
  const auto unfit = log_.During(from, to);
  if (!unfit) return {};
  Excuse(observation, ReasonOf(unfit->cause), unfit->why);
  return std::string(Name(unfit->cause));
}

}  // namespace gaikei
