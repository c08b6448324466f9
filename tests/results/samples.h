#pragma once

#include <filesystem>
#include <string>

#include "results/outcome.h"

namespace gaikei::testing {

/// 2026-11-23T03:48:00Z, the instant the samples are scheduled at.
WallTime SampleTime();

/// An HTTPS check that passed, with all there is to see.
Outcome PassedOutcome(const std::string& name = "home");
/// The certificate of the target has expired: no answer, but a chain.
Outcome ExpiredOutcome();
Outcome TimedOutOutcome();
/// It passed, slower than a `warn` expression wants.
Outcome WarnedOutcome();
/// A slot that never started.
Outcome SkippedOutcome();
/// warn, a STARTTLS handshake with all its evidence
Outcome HandshakeOutcome();
/// fail, two name servers that differ, with all that an answer may tell
Outcome DifferingOutcome();
/// pass, ICMP with a loss
Outcome PingedOutcome();
/// fail, two addresses of which one passes
Outcome EveryAddressOutcome();

/// pass at the second attempt, over IPv4 instead of IPv6, with all that HTTP may tell
Outcome HealedOutcome();
/// fail in the last of three steps, the second one skipped
Outcome JourneyOutcome();
/// A gRPC call, a WebSocket and a report of a job, each with all there is to see.
Outcome ServingOutcome();
Outcome UpgradedOutcome();
Outcome BeatOutcome();

/// A directory of its own, removed at the end.
class ScratchDir {
 public:
  ScratchDir();
  ~ScratchDir();
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;
  std::string path(const std::string& name) const { return (root_ / name).string(); }

 private:
  std::filesystem::path root_;
};

std::string ReadFile(const std::string& path);

}  // namespace gaikei::testing
