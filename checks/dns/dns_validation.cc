#include "checks/dns/dns_validation.h"

#include <utility>

#include "checks/io/engine.h"

namespace gaikei {

DnsValidation::DnsValidation(const AttemptContext& context,
                             std::shared_ptr<const io::TrustAnchor> anchor,
                             std::vector<DnsServerTarget> servers, const io::DnsQuery& query,
                             const std::string& answer, Done done)
    : context_(context),
      servers_(std::move(servers)),
      query_{.recursion = true,
             .checking_disabled = true,
             .dnssec_ok = true,
             .edns_size = query.edns_size},
      chain_(std::move(anchor), query.name, query.type, answer, WallNow()),
      done_(std::move(done)),
      next_turn_(context.engine.loop()) {
  next_turn_.Arm(Span::zero(), [this] { Step(); });
}

DnsValidation::~DnsValidation() = default;

void DnsValidation::Step() {
  const auto question = chain_.Next();
  if (!question) {
    const Done done = std::move(done_);
    DnssecEvidence evidence = chain_.result();
    done(std::move(evidence));
    return;
  }
  query_.name = question->name;
  query_.type = question->type;
  asking_ = std::make_unique<DnsFallback>(
      context_, servers_, query_, [this](const DnsFallback::Result& result) {
        asking_.reset();
        const bool is_answered = result.exchange.answer.reason == Reason::kNone;
        chain_.Feed(is_answered ? result.exchange.bytes : std::string());
        Step();
      });
}

DnssecEvidence DnsValidation::GiveUp() {
  next_turn_.Disarm();
  asking_.reset();
  while (chain_.Next()) chain_.Feed({});
  return chain_.result();
}

}  // namespace gaikei
