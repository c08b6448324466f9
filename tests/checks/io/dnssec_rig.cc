#include "tests/checks/io/dnssec_rig.h"

#include <stdexcept>
#include <utility>

#include "checks/io/dns/dns_query.h"

namespace gaikei::io {

using support::SignedZone;
using support::SignedZoneOptions;

std::shared_ptr<const TrustAnchor> Anchor(const std::string& records) {
  const support::TempDir directory;
  auto loaded = TrustAnchor::Load(directory.Write("anchor", records));
  if (!loaded) throw std::runtime_error(loaded.error());
  return *loaded;
}

SignedZoneOptions Zone(const std::string& name, std::vector<std::string> records) {
  return {.name = name,
          .records = std::move(records),
          .inception = kNow - 10 * kDay,
          .expiration = kNow + 10 * kDay};
}

DnssecRig::DnssecRig(SignedZoneOptions zone, SignedZoneOptions tld,
                     std::vector<SignedZoneOptions> others) {
  SignedZoneOptions root = Zone(".");
  const auto make = [](const SignedZoneOptions& options, std::vector<std::string>* parent) {
    auto made = std::make_unique<SignedZone>(options);
    parent->push_back(options.name + " NS ns.invalid.");
    if (options.is_signed) parent->push_back(made->Ds());
    return made;
  };
  auto leaf = make(zone, &tld.records);
  std::vector<std::unique_ptr<SignedZone>> more;
  for (const SignedZoneOptions& other : others) more.push_back(make(other, &tld.records));
  auto middle = make(tld, &root.records);
  zones_.push_back(std::make_unique<SignedZone>(root));
  zones_.push_back(std::move(middle));
  zones_.push_back(std::move(leaf));
  for (auto& other : more) zones_.push_back(std::move(other));
  anchor = Anchor(zones_[0]->Ds() + "\n");
}

std::string DnssecRig::Answer(const std::string& name, std::uint16_t type) const {
  std::vector<const SignedZone*> all;
  for (const auto& zone : zones_) all.push_back(zone.get());
  return support::ZoneAuthority(all).Answer(name, type);
}

DnssecEvidence DnssecRig::Validate(const std::string& name, std::uint16_t type, WallTime now) {
  return ValidateAnswer(name, type, Answer(name, type), now);
}

DnssecEvidence DnssecRig::ValidateAnswer(const std::string& name, std::uint16_t type,
                                         const std::string& answer, WallTime now) {
  DnssecChain chain(anchor, name, type, answer, now);
  asked.clear();
  while (const auto question = chain.Next()) {
    asked.push_back(question->name + " " + DnsTypeText(question->type));
    if (asked.size() > 1000) throw std::runtime_error("the machine asks without end");
    chain.Feed(asked.back() == silent_on ? "" : Answer(question->name, question->type));
  }
  return chain.result();
}

}  // namespace gaikei::io
