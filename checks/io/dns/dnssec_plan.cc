#include "checks/io/dns/dnssec_plan.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "checks/io/dns/dns_answer.h"
#include "checks/io/dns/dnssec_denial.h"
#include "checks/io/dns/dnssec_signature.h"
#include "checks/io/dns/ldns.h"

namespace gaikei::io::dnssec {
namespace {

/// The name whose walk ends in the zone that a record of the type is in: a DS is its parent's.
Name HomeOf(const Name& owner, std::uint16_t type) {
  return type == LDNS_RR_TYPE_DS ? owner.Parent() : owner;
}

class Planner {
 public:
  Planner(std::shared_ptr<const Message> message, Name name, std::uint16_t type)
      : message_(std::move(message)), name_(std::move(name)), type_(type) {}

  Plan Make();

 private:
  /// Goes one alias on; false: the name has none.
  bool FollowAlias();
  void AddSet(const RrSet& set);
  void AddDenial();
  void AddAll();  ///< sets of the answer that are not planned yet
  bool HasWhatWasAsked();
  bool IsReferral() const;

  std::shared_ptr<const Message> message_;
  Name name_;
  std::uint16_t type_;
  bool has_alias_ = false;
  std::set<const RrSet*> planned_;
  Plan plan_;
};

Plan Planner::Make() {
  int aliases = 0;
  bool has_answer = HasWhatWasAsked();
  while (!has_answer && FollowAlias()) {
    if (++aliases > kMaxAliases) {
      plan_.finding = {Status::kIndeterminate, failure::kLimitExceeded, name_,
                       fmt::format("more than {} aliases", kMaxAliases)};
      return std::move(plan_);
    }
    has_answer = HasWhatWasAsked();
  }
  AddAll();
  if (!has_answer) AddDenial();
  return std::move(plan_);
}

bool Planner::HasWhatWasAsked() {
  if (type_ != LDNS_RR_TYPE_ANY) return message_->FindAnswer(name_, type_) != nullptr;
  for (const RrSet& set : message_->answer()) {
    if (set.owner == name_) return true;
  }
  return false;
}

bool Planner::FollowAlias() {
  // A DNAME comes with a CNAME that is made from it and bears no signature (RFC 6672, 5.3.1).
  const RrSet* alias = message_->FindAnswer(name_, LDNS_RR_TYPE_CNAME);
  for (const RrSet& set : message_->answer()) {
    if (set.type != LDNS_RR_TYPE_DNAME || !name_.IsBelow(set.owner)) continue;
    const auto target = Name::From(ldns_rr_rdf(set.records.front(), 0));
    if (!target) continue;
    const auto next = name_.Substituted(set.owner, *target);
    if (!next) continue;
    AddSet(set);
    if (alias != nullptr) planned_.insert(alias);
    name_ = *next;
    return has_alias_ = true;
  }
  const auto target =
      alias == nullptr ? std::nullopt : Name::From(ldns_rr_rdf(alias->records.front(), 0));
  if (!target) return false;
  AddSet(*alias);
  name_ = *target;
  return has_alias_ = true;
}

void Planner::AddSet(const RrSet& set) {
  if (!planned_.insert(&set).second) return;
  const auto signer = SignerOf(set);
  plan_.items.push_back({.kind = PlanItem::Kind::kSet,
                         .message = message_,
                         .set = &set,
                         .goal = signer ? *signer : HomeOf(set.owner, set.type),
                         .is_signed = signer.has_value()});
}

void Planner::AddAll() {
  for (const RrSet& set : message_->answer()) AddSet(set);
}

bool Planner::IsReferral() const {
  return message_->rcode() == LDNS_RCODE_NOERROR && !message_->is_authoritative() &&
         message_->HasAuthority(LDNS_RR_TYPE_NS) && !message_->HasAuthority(LDNS_RR_TYPE_SOA);
}

void Planner::AddDenial() {
  const bool is_empty = message_->authority().empty() || IsReferral();
  if (has_alias_ && message_->rcode() == LDNS_RCODE_NOERROR && is_empty) {
    plan_.items.push_back({.kind = PlanItem::Kind::kRest, .name = name_, .type = type_});
    return;
  }
  if (IsReferral()) {
    plan_.finding = {Status::kIndeterminate, failure::kNoAnswer, name_,
                     fmt::format("{} {}: a referral, no answer", name_.Text(), TypeText(type_))};
    return;
  }
  for (const RrSet& set : message_->authority()) {
    if (set.type == LDNS_RR_TYPE_SOA && name_.IsWithin(set.owner)) AddSet(set);
  }
  const auto denier = DenierOf(*message_, name_, type_);
  plan_.items.push_back({.kind = message_->rcode() == LDNS_RCODE_NXDOMAIN ? PlanItem::Kind::kNoName
                                                                          : PlanItem::Kind::kNoData,
                         .message = message_,
                         .name = name_,
                         .type = type_,
                         .goal = denier ? *denier : HomeOf(name_, type_),
                         .is_signed = denier.has_value()});
}

}  // namespace

Plan PlanAnswer(const std::string& bytes, const Name& name, std::uint16_t type) {
  Usable usable = ReadUsable(bytes);
  if (usable.message == nullptr) {
    return {
        .items = {},
        .finding = Finding{Status::kIndeterminate, failure::kNoAnswer, name,
                           fmt::format("{} {}: {}", name.Text(), TypeText(type), usable.problem)}};
  }
  return Planner(std::move(usable.message), name, type).Make();
}

Usable ReadUsable(const std::string& bytes) {
  if (bytes.empty()) return {.message = nullptr, .problem = "no answer"};
  auto message = Message::Read(bytes);
  if (message == nullptr) {
    return {.message = nullptr, .problem = "the answer cannot be read"};
  }
  if (message->is_truncated()) return {.message = nullptr, .problem = "the answer is truncated"};
  if (message->rcode() != LDNS_RCODE_NOERROR && message->rcode() != LDNS_RCODE_NXDOMAIN) {
    return {.message = nullptr,
            .problem = fmt::format("the answer is {}", RcodeText(message->rcode()))};
  }
  return {.message = std::move(message), .problem = {}};
}

}  // namespace gaikei::io::dnssec
