#include "checks/icmp/icmp_tally.h"

#include <algorithm>
#include <utility>

namespace gaikei {
namespace {

constexpr std::size_t kErrorsKept = 16;

}  // namespace

void IcmpTally::Settle(Request& request) {
  if (std::exchange(request.is_settled, true)) return;
  ++settled_;
}

void IcmpTally::Send(unsigned sequence, MonoTime at) { requests_.at(sequence).sent = at; }

void IcmpTally::Refuse(unsigned sequence) { Settle(requests_.at(sequence)); }

void IcmpTally::TakeReply(unsigned sequence, MonoTime at, std::optional<unsigned> ttl,
                          bool is_cut) {
  if (sequence >= requests_.size() || !requests_[sequence].sent) return;
  Request& request = requests_[sequence];
  if (request.round_trip) {
    ++duplicates_;
    return;
  }
  request.round_trip = std::max(at - *request.sent, Span::zero());
  was_cut_ = was_cut_ || is_cut;
  if (ttl) ttl_ = ttl;
  if (!last_reply_ || at > *last_reply_) last_reply_ = at;
  Settle(request);
}

void IcmpTally::TakeError(unsigned sequence, const std::string& text) {
  if (sequence >= requests_.size() || !requests_[sequence].sent) return;
  if (errors_.size() < kErrorsKept &&
      std::find(errors_.begin(), errors_.end(), text) == errors_.end()) {
    errors_.push_back(text);
  }
  Settle(requests_[sequence]);
}

IcmpEvidence IcmpTally::Evidence() const {
  IcmpEvidence evidence;
  evidence.duplicates = duplicates_;
  evidence.errors = errors_;
  evidence.ttl = ttl_;
  Span sum{0};
  Span differences{0};
  std::optional<Span> before;
  for (const Request& request : requests_) {
    if (request.sent) ++evidence.sent;
    if (!request.round_trip) continue;
    const Span trip = *request.round_trip;
    ++evidence.received;
    sum += trip;
    evidence.rtt_min = std::min(evidence.rtt_min.value_or(trip), trip);
    evidence.rtt_max = std::max(evidence.rtt_max.value_or(trip), trip);
    if (before) differences += std::chrono::abs(trip - *before);
    before = trip;
  }
  if (evidence.sent > 0) {
    evidence.loss = static_cast<double>(evidence.sent - evidence.received) / evidence.sent;
  }
  if (evidence.received > 0) evidence.rtt_mean = sum / evidence.received;
  if (evidence.received > 1) evidence.jitter = differences / (evidence.received - 1);
  return evidence;
}

}  // namespace gaikei
