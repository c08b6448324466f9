#include "checks/io/dns/dnssec_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace gaikei::io::dnssec {
namespace {

/// How many fields a record must have to be read as what it says it is: the reader of the message
/// lets records pass that end early.
std::size_t FieldsNeeded(std::uint16_t type) {
  switch (type) {
    case LDNS_RR_TYPE_RRSIG:
      return 9;
    case LDNS_RR_TYPE_DS:
    case LDNS_RR_TYPE_DNSKEY:
      return 4;
    case LDNS_RR_TYPE_NSEC:
      return 1;
    case LDNS_RR_TYPE_NSEC3:
      return 5;
    case LDNS_RR_TYPE_CNAME:
    case LDNS_RR_TYPE_DNAME:
      return 1;
    default:
      return 0;
  }
}

bool IsWhole(const ldns_rr* record) {
  if (ldns_rr_get_class(record) != LDNS_RR_CLASS_IN) return false;
  const std::size_t needed = FieldsNeeded(static_cast<std::uint16_t>(ldns_rr_get_type(record)));
  if (ldns_rr_rd_count(record) < needed) return false;
  for (std::size_t i = 0; i < needed; ++i) {
    if (ldns_rr_rdf(record, i) == nullptr) return false;
  }
  return true;
}

std::vector<RrSet> Group(const ldns_rr_list* section) {
  std::vector<RrSet> sets;
  std::map<std::pair<std::string, std::uint16_t>, std::size_t> places;
  const auto set_of = [&](const Name& owner, std::uint16_t type) -> RrSet& {
    const auto [place, is_new] = places.try_emplace({owner.wire(), type}, sets.size());
    if (is_new) sets.push_back({.owner = owner, .type = type, .records = {}, .signatures = {}});
    return sets[place->second];
  };
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(section); ++i) {
    const ldns_rr* record = ldns_rr_list_rr(section, i);
    const auto owner = Name::From(ldns_rr_owner(record));
    if (!owner || !IsWhole(record)) continue;
    const auto type = static_cast<std::uint16_t>(ldns_rr_get_type(record));
    if (type == LDNS_RR_TYPE_RRSIG) {
      const auto covered =
          static_cast<std::uint16_t>(ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(record)));
      set_of(*owner, covered).signatures.push_back(record);
    } else {
      set_of(*owner, type).records.push_back(record);
    }
  }
  // Signatures without what they cover prove nothing.
  std::erase_if(sets, [](const RrSet& set) { return set.records.empty(); });
  return sets;
}

bool AnySigned(const std::vector<RrSet>& sets) {
  return std::any_of(sets.begin(), sets.end(),
                     [](const RrSet& set) { return !set.signatures.empty(); });
}

}  // namespace

std::string RrSet::Text() const { return owner.Text() + " " + TypeText(type); }

std::shared_ptr<const Message> Message::Read(std::string_view bytes) {
  ldns_pkt* packet = nullptr;
  if (ldns_wire2pkt(&packet, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) !=
      LDNS_STATUS_OK) {
    return nullptr;
  }
  std::shared_ptr<Message> message(new Message);
  message->packet_.reset(packet);
  message->rcode_ = ldns_pkt_get_rcode(packet);
  message->is_truncated_ = ldns_pkt_tc(packet);
  message->is_authoritative_ = ldns_pkt_aa(packet);
  message->answer_ = Group(ldns_pkt_answer(packet));
  message->authority_ = Group(ldns_pkt_authority(packet));
  return message;
}

const RrSet* Message::FindAnswer(const Name& owner, std::uint16_t type) const {
  for (const RrSet& set : answer_) {
    if (set.type == type && set.owner == owner) return &set;
  }
  return nullptr;
}

bool Message::HasAuthority(std::uint16_t type) const {
  return std::any_of(authority_.begin(), authority_.end(),
                     [&](const RrSet& set) { return set.type == type; });
}

bool Message::HasSignatures() const { return AnySigned(answer_) || AnySigned(authority_); }

bool HasTypeBit(const ldns_rdf* bitmap, std::uint16_t type) {
  if (bitmap == nullptr) return false;
  const std::uint8_t* bytes = ldns_rdf_data(bitmap);
  const std::size_t size = ldns_rdf_size(bitmap);
  for (std::size_t at = 0; at + 2 <= size;) {
    const std::size_t length = bytes[at + 1];
    if (at + 2 + length > size) return false;
    if (bytes[at] == type / 256) {
      const std::size_t place = type % 256 / 8;
      return place < length && (bytes[at + 2 + place] & (0x80 >> type % 8)) != 0;
    }
    at += 2 + length;
  }
  return false;
}

std::string TypeText(std::uint16_t type) {
  const ldns_rr_descriptor* known = ldns_rr_descript(type);
  if (known == nullptr || known->_name == nullptr) return fmt::format("TYPE{}", type);
  return known->_name;
}

}  // namespace gaikei::io::dnssec
