#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checks/check.h"
#include "checks/dns/dns_fallback.h"
#include "checks/io/loop/timer.h"
#include "results/reason.h"

namespace gaikei {

/// Finds the zone that a name lies in, by asking the vantage's resolvers for the NS records of the
/// name and of those above it. Loop thread only. Destroying it cancels.
class DnsZoneFinder {
 public:
  struct Result {
    Reason reason = Reason::kNone;          ///< kNone: `zone` has name servers
    std::string message;                    ///< escaped; empty for success
    std::string zone;                       ///< canonical
    std::vector<std::string> name_servers;  ///< canonical, sorted; as the zone itself has them
    /// The resolvers had no answer, or none in time, for a name below the zone: there may be
    /// another zone in between whose servers are all broken.
    bool is_broken_below = false;
    std::vector<std::string> notes;  ///< resolvers that did not answer
  };
  /// Called at most once, never inside the constructor. It may destroy the DnsZoneFinder.
  using Done = std::function<void(Result)>;

  /// `name` is canonical.
  DnsZoneFinder(const AttemptContext& context, std::string name, Done done);
  ~DnsZoneFinder();
  DnsZoneFinder(const DnsZoneFinder&) = delete;
  DnsZoneFinder& operator=(const DnsZoneFinder&) = delete;

 private:
  void Ask();
  void OnSilence();
  void OnAnswer(DnsFallback::Result result);
  void Finish();

  const AttemptContext context_;
  const std::vector<DnsServerTarget> resolvers_;
  std::string name_;  ///< asked for at the moment
  Done done_;
  Result result_;
  std::unique_ptr<DnsFallback> asking_;
  io::Timer patience_;
};

/// How a step of the walk to authoritative servers is asked: as one whose timeout is how long the
/// step is waited for, a sixth of the attempt's and 2 s at most, so that a walk past what is dead
/// leaves time for the question itself.
AttemptContext WalkContext(const AttemptContext& context);

/// The targets of the NS records that `zone` has in a section, canonical, sorted, each once; at
/// most 16.
std::vector<std::string> NameServersOf(const DnsSection& section, const std::string& zone);

}  // namespace gaikei
