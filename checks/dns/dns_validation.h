#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checks/check.h"
#include "checks/dns/dns_exchange.h"
#include "checks/dns/dns_fallback.h"
#include "checks/io/dns/dns_query.h"
#include "checks/io/dns/dnssec.h"
#include "checks/io/loop/timer.h"
#include "results/outcome.h"

namespace gaikei {

/// Asks whatever the validation of one answer needs to know, one question after the other. Loop
/// thread only. Destroying it cancels.
class DnsValidation {
 public:
  /// Called at most once, never inside the constructor. It may destroy the DnsValidation.
  using Done = std::function<void(DnssecEvidence)>;

  /// `answer` is the whole message that came for `query`, which has DO set. `servers` recurse.
  DnsValidation(const AttemptContext& context, std::shared_ptr<const io::TrustAnchor> anchor,
                std::vector<DnsServerTarget> servers, const io::DnsQuery& query,
                const std::string& answer, Done done);
  ~DnsValidation();
  DnsValidation(const DnsValidation&) = delete;
  DnsValidation& operator=(const DnsValidation&) = delete;

  /// Stops at the caller's deadline: what is known without the answers that are missing.
  DnssecEvidence GiveUp();

 private:
  void Step();

  const AttemptContext context_;
  const std::vector<DnsServerTarget> servers_;
  io::DnsQuery query_;  ///< of the chain: name and type change
  io::DnssecChain chain_;
  Done done_;
  std::unique_ptr<DnsFallback> asking_;
  io::Timer next_turn_;
};

}  // namespace gaikei
