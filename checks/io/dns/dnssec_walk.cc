#include "checks/io/dns/dnssec_walk.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "checks/io/dns/dnssec_denial.h"

namespace gaikei::io::dnssec {
namespace {

/// More DS records of a zone, or keys that match them, are not looked at.
constexpr std::size_t kMaxDs = 64;
constexpr std::size_t kMaxMatching = 16;

std::vector<Ds> AllDs(const RrSet& set) {
  std::vector<Ds> all;
  for (const ldns_rr* record : set.records) {
    if (all.size() == kMaxDs) break;
    if (auto ds = ReadDs(record)) all.push_back(*std::move(ds));
  }
  return all;
}

std::string Listed(const std::vector<Ds>& all) {
  std::vector<std::string> texts;
  for (const Ds& ds : all) {
    std::string text = KeyText(ds.tag, ds.algorithm);
    if (texts.size() == 4) break;
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// What redirects the name and is signed; null: nothing is.
const RrSet* AliasOf(const Name& name, const Message& message) {
  for (const RrSet& set : message.answer()) {
    // The CNAME that comes with a DNAME is made from it and not signed.
    if (set.type == LDNS_RR_TYPE_DNAME && name.IsBelow(set.owner)) return &set;
  }
  const RrSet* alias = message.FindAnswer(name, LDNS_RR_TYPE_CNAME);
  return alias == nullptr || alias->signatures.empty() ? nullptr : alias;
}

/// Keys that a DS stands for. Digests of keys whose tag is another's are not computed.
std::vector<Key> Matching(const std::vector<Key>& keys, const std::vector<Ds>& all,
                          const Name& zone) {
  std::vector<Key> matching;
  for (const Ds& ds : all) {
    unsigned tried = 0;
    for (const Key& key : keys) {
      if (key.tag != ds.tag || key.algorithm != ds.algorithm) continue;
      if (++tried > kMaxKeysPerSignature || matching.size() == kMaxMatching) break;
      if (Matches(ds, zone, key)) matching.push_back(key);
    }
  }
  return matching;
}

}  // namespace

Walk::Walk(Name anchor, const std::vector<Ds>& keys, SignatureChecker* checker, unsigned* hashes)
    : anchor_(std::move(anchor)), checker_(checker), hashes_(hashes) {
  Step& step = steps_[anchor_];
  step.is_cut = true;
  step.ds = UsableDs(keys);
  if (step.ds.empty()) {
    step.ending = {Status::kInsecure, failure::kUnsupportedAlgorithm, anchor_,
                   fmt::format("the trust anchor's keys of {} are of algorithms that are not "
                               "supported: {}",
                               anchor_.Text(), Listed(keys))};
  }
}

Located Walk::Locate(const Name& goal) const {
  const ZoneKeys* zone = nullptr;
  for (int labels = anchor_.labels(); labels <= goal.labels(); ++labels) {
    const Name name = goal.Last(labels);
    const auto known = steps_.find(name);
    if (known == steps_.end()) return {.question = WalkQuestion{name, LDNS_RR_TYPE_DS}};
    const Step& step = known->second;
    if (step.ending) return {.question = {}, .finding = step.ending};
    if (!step.is_cut) continue;
    if (!step.keys) return {.question = WalkQuestion{name, LDNS_RR_TYPE_DNSKEY}};
    zone = &*step.keys;
  }
  return {.question = {}, .zone = zone, .finding = {}};
}

void Walk::Learn(const WalkQuestion& question, const std::shared_ptr<const Message>& message,
                 const std::string& why) {
  if (message == nullptr) {
    steps_[question.name].ending = {
        Status::kIndeterminate, failure::kNoAnswer, question.name,
        fmt::format("{} {}: {}", question.name.Text(), TypeText(question.type), why)};
  } else if (question.type == LDNS_RR_TYPE_DS) {
    LearnDs(question.name, message);
  } else {
    LearnKeys(question.name, message);
  }
}

const ZoneKeys* Walk::ZoneAbove(const Name& name) const {
  for (int labels = name.labels() - 1; labels >= anchor_.labels(); --labels) {
    const auto known = steps_.find(name.Last(labels));
    if (known != steps_.end() && known->second.keys) return &*known->second.keys;
  }
  return nullptr;
}

void Walk::LearnDs(const Name& name, const std::shared_ptr<const Message>& message) {
  const ZoneKeys* parent = ZoneAbove(name);
  if (parent == nullptr) return;
  Step step;
  if (const RrSet* set = message->FindAnswer(name, LDNS_RR_TYPE_DS)) {
    TakeDs(*set, *parent, &step);
  } else if (const RrSet* alias = AliasOf(name, *message)) {
    TakeAlias(*alias, *parent, &step);
  } else {
    TakeDenial(name, *message, *parent, &step);
  }
  steps_[name] = std::move(step);
}

void Walk::TakeDs(const RrSet& set, const ZoneKeys& parent, Step* step) {
  const Checked checked = checker_->Check(set, parent.zone, parent.keys);
  if (checked.finding) {
    step->ending = checked.finding;
    return;
  }
  const std::vector<Ds> all = AllDs(set);
  step->is_cut = true;
  step->ds = UsableDs(all);
  if (step->ds.empty()) {
    step->ending = {Status::kInsecure, failure::kUnsupportedAlgorithm, set.owner,
                    fmt::format("no DS of {} is of a supported algorithm and digest: {}",
                                set.owner.Text(), Listed(all))};
    chain_.push_back(fmt::format("{} DS {} not supported", set.owner.Text(), Listed(all)));
  }
}

/// An alias stands where no zone can be cut.
void Walk::TakeAlias(const RrSet& set, const ZoneKeys& parent, Step* step) {
  step->ending = checker_->Check(set, parent.zone, parent.keys).finding;
}

void Walk::TakeDenial(const Name& name, const Message& message, const ZoneKeys& parent,
                      Step* step) {
  Denial denial(message, parent, checker_, hashes_);
  const Proof proof = denial.NoCut(name);
  if (proof == Proof::kProven) return;
  const RrSet* alias = message.FindAnswer(name, LDNS_RR_TYPE_CNAME);
  if (proof == Proof::kNone && alias != nullptr) {
    TakeAlias(*alias, parent, step);
    return;
  }
  if (proof != Proof::kUnsigned && proof != Proof::kOptOut) {
    step->ending = denial.Explain(proof, fmt::format("{} has no DS", name.Text()));
    return;
  }
  const std::string by = proof == Proof::kOptOut ? "NSEC3 with opt-out" : denial.method();
  step->ending = {Status::kInsecure, failure::kDsMissing, name,
                  fmt::format("{} proves by {} that there is no DS for {}", parent.zone.Text(), by,
                              name.Text())};
  chain_.push_back(
      fmt::format("{} no DS, proven by {} of {}", name.Text(), by, parent.zone.Text()));
}

Finding Walk::NoMatch(const Name& name, const std::vector<Ds>& ds) const {
  if (name == anchor_) {
    return {Status::kBogus, failure::kNoKey, name,
            fmt::format("{} has none of the trust anchor's keys: {}", name.Text(), Listed(ds))};
  }
  return {Status::kBogus, failure::kDsMismatch, name,
          fmt::format("no DNSKEY of {} matches a DS of it: {}", name.Text(), Listed(ds))};
}

void Walk::LearnKeys(const Name& name, const std::shared_ptr<const Message>& message) {
  Step& step = steps_[name];
  const RrSet* set = message->FindAnswer(name, LDNS_RR_TYPE_DNSKEY);
  if (set == nullptr) {
    step.ending = {Status::kBogus, failure::kNoKey, name,
                   fmt::format("{} has no DNSKEY", name.Text())};
    return;
  }
  ZoneKeys zone{.zone = name, .message = message, .keys = UsableKeys(*set)};
  const std::vector<Key> entry = Matching(zone.keys, step.ds, name);
  if (entry.empty()) {
    step.ending = NoMatch(name, step.ds);
    return;
  }
  const Checked checked = checker_->Check(*set, name, entry);
  if (checked.finding) {
    step.ending = checked.finding;
    return;
  }
  const auto used = std::find_if(entry.begin(), entry.end(),
                                 [&](const Key& key) { return key.tag == checked.tag; });
  const std::string key = KeyText(used->tag, used->algorithm);
  chain_.push_back(name == anchor_
                       ? fmt::format("{} DNSKEY {} trusted", name.Text(), key)
                       : fmt::format("{} DS {} -> DNSKEY {}", name.Text(), used->tag, key));
  step.keys = std::move(zone);
}

}  // namespace gaikei::io::dnssec
