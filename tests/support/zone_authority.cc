#include <cstdlib>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>

#include "tests/support/signed_zone.h"

namespace gaikei::support {
namespace {

using io::dnssec::Name;

ldns_rdf* Field(const Name& name) { return ldns_dname_new_frm_str(name.Text().c_str()); }

Name NameOf(const std::string& text) {
  const auto name = Name::Parse(text);
  if (!name) throw std::runtime_error("no name: " + text);
  return *name;
}

/// One message as it is put together.
class Reply {
 public:
  Reply(const Name& name, std::uint16_t type) : packet_(ldns_pkt_new(), ldns_pkt_free) {
    ldns_pkt_set_qr(packet_.get(), true);
    ldns_pkt_set_ra(packet_.get(), true);
    ldns_pkt_push_rr(packet_.get(), LDNS_SECTION_QUESTION, Question(name, type));
  }

  void SetRcode(std::uint8_t rcode) { ldns_pkt_set_rcode(packet_.get(), rcode); }

  /// With another owner where a wildcard is expanded.
  void Add(ldns_pkt_section section, const SignedSet& set, const Name* owner = nullptr) {
    if (!added_.insert(&set).second) return;
    for (const auto* list : {&set.records, &set.signatures}) {
      for (const auto& record : *list) {
        ldns_rr* copy = ldns_rr_clone(record.get());
        if (owner != nullptr) {
          ldns_rdf_deep_free(ldns_rr_owner(copy));
          ldns_rr_set_owner(copy, Field(*owner));
        }
        ldns_pkt_push_rr(packet_.get(), section, copy);
      }
    }
  }

  void AddAlias(const Name& owner, const Name& target) {
    ldns_rr* record = nullptr;
    const std::string text = owner.Text() + " 3600 IN CNAME " + target.Text();
    ldns_rr_new_frm_str(&record, text.c_str(), 0, nullptr, nullptr);
    ldns_pkt_push_rr(packet_.get(), LDNS_SECTION_ANSWER, record);
  }

  std::string Wire() const {
    std::uint8_t* bytes = nullptr;
    std::size_t size = 0;
    ldns_pkt2wire(&bytes, packet_.get(), &size);
    const std::unique_ptr<std::uint8_t, void (*)(void*)> held(bytes, std::free);
    return {reinterpret_cast<const char*>(bytes), size};
  }

 private:
  static ldns_rr* Question(const Name& name, std::uint16_t type) {
    ldns_rr* question = ldns_rr_new();
    ldns_rr_set_question(question, true);
    ldns_rr_set_owner(question, Field(name));
    ldns_rr_set_type(question, static_cast<ldns_rr_type>(type));
    ldns_rr_set_class(question, LDNS_RR_CLASS_IN);
    return question;
  }

  std::unique_ptr<ldns_pkt, void (*)(ldns_pkt*)> packet_;
  std::set<const SignedSet*> added_;
};

/// One zone's part of an answer.
class Lookup {
 public:
  Lookup(const SignedZone& zone, std::uint16_t type, Reply* reply)
      : zone_(zone), type_(type), reply_(reply) {}

  /// Where the answer goes on; absent: it is complete.
  std::optional<Name> Run(const Name& name) {
    if (const auto* set = zone_.Find(name, type_)) {
      reply_->Add(LDNS_SECTION_ANSWER, *set);
      return std::nullopt;
    }
    if (auto target = Alias(name, name)) return target;
    if (auto target = Redirection(name)) return target;
    if (zone_.Has(name)) {
      NoData(name);
      return std::nullopt;
    }
    return Wildcard(name);
  }

 private:
  std::optional<Name> Alias(const Name& owner, const Name& name) {
    const auto* set = zone_.Find(owner, LDNS_RR_TYPE_CNAME);
    if (set == nullptr) return std::nullopt;
    reply_->Add(LDNS_SECTION_ANSWER, *set, &name);
    return Name::From(ldns_rr_rdf(set->records.front().get(), 0));
  }

  std::optional<Name> Redirection(const Name& name) {
    for (int labels = name.labels() - 1; labels >= zone_.name().labels(); --labels) {
      const Name owner = name.Last(labels);
      const auto* set = zone_.Find(owner, LDNS_RR_TYPE_DNAME);
      if (set == nullptr) continue;
      reply_->Add(LDNS_SECTION_ANSWER, *set);
      const auto target =
          name.Substituted(owner, *Name::From(ldns_rr_rdf(set->records.front().get(), 0)));
      reply_->AddAlias(name, *target);
      return target;
    }
    return std::nullopt;
  }

  std::optional<Name> Wildcard(const Name& name) {
    const Name encloser = Encloser(name);
    const Name wildcard = *encloser.Wildcard();
    if (!zone_.Has(wildcard)) {
      reply_->SetRcode(LDNS_RCODE_NXDOMAIN);
      AddSoa();
      Deny(name);
      Deny(wildcard);
      return std::nullopt;
    }
    const auto* set = zone_.Find(wildcard, type_);
    auto target = set == nullptr ? Alias(wildcard, name) : std::nullopt;
    if (set != nullptr || target) {
      if (set != nullptr) reply_->Add(LDNS_SECTION_ANSWER, *set, &name);
      AddDenial(zone_.nsec3() ? name.Last(encloser.labels() + 1) : name, true);
      return target;
    }
    AddSoa();
    Deny(name);
    Deny(wildcard);
    return std::nullopt;
  }

  void NoData(const Name& name) {
    AddSoa();
    Deny(name);
  }

  void AddSoa() {
    if (const auto* soa = zone_.Find(zone_.name(), LDNS_RR_TYPE_SOA)) {
      reply_->Add(LDNS_SECTION_AUTHORITY, *soa);
    }
  }

  Name Encloser(const Name& name) const {
    Name encloser = name.Parent();
    while (!zone_.Has(encloser)) encloser = encloser.Parent();
    return encloser;
  }

  /// What matches or covers the name; with NSEC3, the proof of its closest encloser (RFC 5155,
  /// 7.2.1).
  void Deny(const Name& name) {
    if (AddDenial(name, !zone_.nsec3()) || !zone_.nsec3()) return;
    for (Name next = name; next != zone_.name(); next = next.Parent()) {
      if (!AddDenial(next.Parent(), false)) continue;
      AddDenial(next, true);
      return;
    }
  }

  /// Whether the name is matched; what covers it is added when that is wanted.
  bool AddDenial(const Name& name, bool also_covering) {
    const Name* owner = nullptr;
    bool matches = false;
    const auto* set = zone_.Denial(name, &owner, &matches);
    if (set == nullptr) return false;
    if (matches || also_covering) reply_->Add(LDNS_SECTION_AUTHORITY, *set);
    return matches;
  }

  const SignedZone& zone_;
  const std::uint16_t type_;
  Reply* reply_;
};

}  // namespace

const SignedZone* ZoneAuthority::ZoneOf(const Name& name, std::uint16_t type) const {
  const SignedZone* closest = nullptr;
  for (const SignedZone* zone : zones_) {
    const bool is_home = type == LDNS_RR_TYPE_DS && !name.is_root() ? name.IsBelow(zone->name())
                                                                    : name.IsWithin(zone->name());
    if (is_home && (closest == nullptr || zone->name().IsBelow(closest->name()))) closest = zone;
  }
  return closest;
}

std::string ZoneAuthority::Answer(const std::string& name, std::uint16_t type) const {
  std::optional<Name> next = NameOf(name);
  Reply reply(*next, type);
  for (int aliases = 0; next && aliases < 20; ++aliases) {
    const SignedZone* zone = ZoneOf(*next, type);
    if (zone == nullptr) {
      if (aliases == 0) reply.SetRcode(LDNS_RCODE_REFUSED);
      break;
    }
    next = Lookup(*zone, type, &reply).Run(*next);
  }
  return reply.Wire();
}

}  // namespace gaikei::support
