#include <fmt/format.h>

#include <deque>
#include <utility>

#include "checks/io/dns/dns_answer.h"
#include "checks/io/dns/dnssec.h"
#include "checks/io/dns/dnssec_anchor.h"
#include "checks/io/dns/dnssec_denial.h"
#include "checks/io/dns/dnssec_plan.h"
#include "checks/io/dns/dnssec_walk.h"
#include "checks/io/dns/ldns.h"

namespace gaikei::io {

using namespace dnssec;  // NOLINT: the machine is made of these alone

namespace {

constexpr unsigned kMaxQuestions = 128;

const char* StatusText(Status status) {
  switch (status) {
    case Status::kSecure:
      return "secure";
    case Status::kInsecure:
      return "insecure";
    case Status::kBogus:
      return "bogus";
    case Status::kIndeterminate:
      return "indeterminate";
  }
  return "";
}

}  // namespace

struct DnssecChain::Impl {
  Impl(std::shared_ptr<const TrustAnchor> trusted, Name anchor_zone,
       const std::vector<Ds>& anchor_keys, WallTime now)
      : anchor(std::move(trusted)),
        checker(now),
        walk(std::move(anchor_zone), anchor_keys, &checker, &hashes) {}

  void Begin(const std::string& name, std::uint16_t type, const std::string& answer);
  void Take(const std::string& bytes, const Name& name, std::uint16_t type);
  void Advance();
  /// Whether the item was dealt with; false: a question is open, or it is decided.
  bool Settle(const PlanItem& item);
  void SettleInsecure(const PlanItem& item, Finding finding);
  void CheckSet(const PlanItem& item, const ZoneKeys& zone);
  void CheckDenial(const PlanItem& item, const ZoneKeys& zone);
  void Ask(const Name& name, std::uint16_t type);
  /// Keeps an insecure finding, the first; ends with any other.
  void Note(Finding finding);
  void Decide(const Finding& finding);

  std::shared_ptr<const TrustAnchor> anchor;
  SignatureChecker checker;
  unsigned hashes = kMaxHashes;
  Walk walk;
  std::deque<PlanItem> items;
  std::optional<WalkQuestion> question;
  bool is_chase = false;  ///< the question is for the rest of the answer
  unsigned questions = 0;
  unsigned chases = 0;
  std::optional<Finding> insecure;
  bool is_decided = false;
  DnssecEvidence evidence;
};

void DnssecChain::Impl::Begin(const std::string& name, std::uint16_t type,
                              const std::string& answer) {
  const auto asked = Name::Parse(name);
  if (!asked) {
    Decide({Status::kIndeterminate, failure::kNoAnswer, Name(), "the question is for no name"});
    return;
  }
  Take(answer, *asked, type);
  Advance();
}

void DnssecChain::Impl::Take(const std::string& bytes, const Name& name, std::uint16_t type) {
  Plan plan = PlanAnswer(bytes, name, type);
  items = std::move(plan.items);
  if (plan.finding) Decide(*plan.finding);
}

void DnssecChain::Impl::Advance() {
  while (!is_decided && !items.empty()) {
    const PlanItem item = items.front();
    if (!Settle(item)) return;
    items.pop_front();
  }
  if (is_decided) return;
  Decide(insecure ? *insecure : Finding{.status = Status::kSecure});
}

bool DnssecChain::Impl::Settle(const PlanItem& item) {
  if (item.kind == PlanItem::Kind::kRest) {
    is_chase = true;
    Ask(item.name, item.type);
    return false;
  }
  if (!item.goal.IsWithin(walk.anchor())) {
    Decide({Status::kIndeterminate, failure::kNoAnchor, item.goal,
            fmt::format("{} is not within {}, the zone of the trust anchor", item.goal.Text(),
                        walk.anchor().Text())});
    return false;
  }
  Located located = walk.Locate(item.goal);
  if (located.question) {
    Ask(located.question->name, located.question->type);
    return false;
  }
  if (located.finding) {
    SettleInsecure(item, *std::move(located.finding));
  } else if (item.kind == PlanItem::Kind::kSet) {
    CheckSet(item, *located.zone);
  } else {
    CheckDenial(item, *located.zone);
  }
  return !is_decided;
}

void DnssecChain::Impl::SettleInsecure(const PlanItem& item, Finding finding) {
  if (finding.failure == failure::kDsMissing && item.is_signed &&
      item.goal.IsWithin(finding.zone)) {
    finding.message += ": the zone is signed but the parent has no DS";
  }
  Note(std::move(finding));
}

void DnssecChain::Impl::CheckSet(const PlanItem& item, const ZoneKeys& zone) {
  const RrSet& set = *item.set;
  if (item.is_signed && item.goal != zone.zone) {
    Note({Status::kBogus, failure::kBadSignature, zone.zone,
          fmt::format("{} is signed by {}, which is no zone but a name in {}", set.Text(),
                      item.goal.Text(), zone.zone.Text())});
    return;
  }
  Checked checked = checker.Check(set, zone.zone, zone.keys);
  if (checked.finding) {
    Note(*std::move(checked.finding));
    return;
  }
  if (!checked.is_wildcard) return;
  Denial denial(*item.message, zone, &checker, &hashes);
  const Proof proof = denial.NoCloserMatch(set.owner, checked.labels);
  if (proof != Proof::kProven) {
    Note(denial.Explain(proof, fmt::format("the wildcard applies to {}", set.owner.Text())));
  }
}

void DnssecChain::Impl::CheckDenial(const PlanItem& item, const ZoneKeys& zone) {
  Denial denial(*item.message, zone, &checker, &hashes);
  const bool no_name = item.kind == PlanItem::Kind::kNoName;
  const Proof proof = no_name ? denial.NoName(item.name) : denial.NoData(item.name, item.type);
  if (proof == Proof::kProven) return;
  Note(denial.Explain(
      proof, no_name ? fmt::format("{} does not exist", item.name.Text())
                     : fmt::format("{} has no {}", item.name.Text(), TypeText(item.type))));
}

void DnssecChain::Impl::Ask(const Name& name, std::uint16_t type) {
  if (questions == kMaxQuestions || chases > kMaxAliases) {
    Decide({Status::kIndeterminate, failure::kLimitExceeded, name,
            fmt::format("more than {} questions or {} aliases", kMaxQuestions, kMaxAliases)});
    return;
  }
  ++questions;
  if (is_chase) ++chases;
  question = WalkQuestion{name, type};
}

void DnssecChain::Impl::Note(Finding finding) {
  if (finding.status != Status::kInsecure) {
    Decide(finding);
  } else if (!insecure) {
    insecure = std::move(finding);
  }
}

void DnssecChain::Impl::Decide(const Finding& finding) {
  is_decided = true;
  question.reset();
  evidence.status = StatusText(finding.status);
  evidence.chain = walk.chain();
  if (finding.status == Status::kSecure) return;
  evidence.failure = finding.failure;
  evidence.zone = finding.zone.Text();
  evidence.message = finding.message;
}

DnssecChain::DnssecChain(std::shared_ptr<const TrustAnchor> anchor, const std::string& name,
                         std::uint16_t type, const std::string& answer, WallTime now) {
  const TrustAnchor::Impl& trusted = *anchor->impl_;
  impl_ = std::make_unique<Impl>(std::move(anchor), trusted.zone, trusted.keys, now);
  impl_->Begin(name, type, answer);
}

DnssecChain::~DnssecChain() = default;

std::optional<DnssecChain::Question> DnssecChain::Next() const {
  if (!impl_->question) return std::nullopt;
  return Question{.name = impl_->question->name.Text(), .type = impl_->question->type};
}

void DnssecChain::Feed(const std::string& message) {
  if (!impl_->question) return;
  const WalkQuestion asked = *std::exchange(impl_->question, std::nullopt);
  if (std::exchange(impl_->is_chase, false)) {
    impl_->Take(message, asked.name, asked.type);
  } else {
    const Usable usable = ReadUsable(message);
    impl_->walk.Learn(asked, usable.message, usable.problem);
  }
  impl_->Advance();
}

const DnssecEvidence& DnssecChain::result() const { return impl_->evidence; }

}  // namespace gaikei::io
