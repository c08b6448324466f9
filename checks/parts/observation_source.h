#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "checks/expect/expect.h"
#include "results/outcome.h"

namespace gaikei {

/// What expressions may ask of any attempt: whatever stands in its observation. A kind whose
/// evidence is larger than that (the body of an answer) adds to it. Borrows; loop thread only.
///
/// certificate.days_left counts to the earliest end in the chain as presented (as `expires_at`);
/// the other certificate subjects are the leaf's. ttl is the smallest one in the answer section.
/// rtt is the mean of an icmp check, a ping of a websocket check, the kernel's estimate of another
/// TCP connection.
class ObservationSource : public expect::Source {
 public:
  ObservationSource(const Observation& seen, WallTime now) : seen_(seen), now_(now) {}
  expect::Value Get(expect::Subject subject, std::string_view argument) const override;

 protected:
  const Observation& seen() const { return seen_; }

 private:
  expect::Value PhaseSpan(std::string_view name) const;
  expect::Value Certificate(expect::Subject subject) const;
  expect::Value Tls(expect::Subject subject) const;
  expect::Value Dns(expect::Subject subject) const;
  expect::Value Records(const DnsSection& section) const;
  expect::Value Response() const;
  expect::Value RoundTrip() const;

  const Observation& seen_;
  WallTime now_;
  mutable std::deque<std::string> texts_;  ///< what values point into
};

}  // namespace gaikei
