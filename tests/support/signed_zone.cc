#include "tests/support/signed_zone.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <stdexcept>

namespace gaikei::support {
namespace {

using io::dnssec::Name;

template <typename T>
std::shared_ptr<T> Own(T* thing, void (*release)(T*)) {
  if (thing == nullptr) throw std::runtime_error("ldns made nothing");
  return std::shared_ptr<T>(thing, release);
}

std::shared_ptr<ldns_rr> Parse(const std::string& text) {
  ldns_rr* record = nullptr;
  const ldns_status status = ldns_rr_new_frm_str(&record, text.c_str(), 3600, nullptr, nullptr);
  if (status != LDNS_STATUS_OK) {
    throw std::runtime_error(text + ": " + ldns_get_errorstr_by_id(status));
  }
  return Own(record, ldns_rr_free);
}

std::string Text(const ldns_rr* record) {
  const std::unique_ptr<char, void (*)(void*)> text(ldns_rr2str(record), std::free);
  return std::string(text.get()).substr(0, std::string(text.get()).find('\n'));
}

std::uint32_t Seconds32(WallTime time) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

Name NameOf(const std::string& text) {
  const auto name = Name::Parse(text);
  if (!name) throw std::runtime_error("no name: " + text);
  return *name;
}

}  // namespace

SignedZone::SignedZone(SignedZoneOptions options)
    : options_(std::move(options)), name_(NameOf(options_.name)) {
  const auto zone = Own(
      ldns_zone_new(), +[](ldns_zone* made) { ldns_zone_deep_free(made); });
  ldns_zone_set_soa(zone.get(), ldns_rr_clone(Parse(options_.name + " SOA ns.invalid. " +
                                                    "admin.invalid. 1 3600 600 86400 300")
                                                  .get()));
  options_.records.push_back(options_.name + " NS ns.invalid.");
  const auto key =
      ldns_key_new_frm_algorithm(static_cast<ldns_signing_algorithm>(options_.algorithm),
                                 static_cast<std::uint16_t>(options_.key_bits));
  keys_ = Own(ldns_key_list_new(), ldns_key_list_free);
  ldns_key_set_pubkey_owner(key, ldns_dname_new_frm_str(options_.name.c_str()));
  ldns_key_set_flags(key, LDNS_KEY_ZONE_KEY | LDNS_KEY_SEP_KEY);
  ldns_key_set_origttl(key, 3600);
  ldns_key_list_push_key(keys_.get(), key);
  key_ = Own(ldns_key2rr(key), ldns_rr_free);
  ldns_key_set_keytag(key, ldns_calc_keytag(key_.get()));
  SetTimes(options_.inception, options_.expiration);
  if (options_.is_signed) options_.records.push_back(Key());
  for (const std::string& record : options_.records) {
    ldns_zone_push_rr(zone.get(), ldns_rr_clone(Parse(record).get()));
  }
  std::shared_ptr<ldns_zone> finished = zone;
  if (options_.is_signed) {
    std::uint8_t salt[] = {0xab, 0xcd};
    ldns_zone* made = options_.nsec3 ? ldns_zone_sign_nsec3(zone.get(), keys_.get(), LDNS_SHA1,
                                                            options_.opt_out ? 1 : 0,
                                                            options_.iterations, sizeof salt, salt)
                                     : ldns_zone_sign(zone.get(), keys_.get());
    finished = Own(
        made, +[](ldns_zone* held) { ldns_zone_deep_free(held); });
  }
  Keep(ldns_zone_soa(finished.get()));
  const ldns_rr_list* all = ldns_zone_rrs(finished.get());
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(all); ++i) Keep(ldns_rr_list_rr(all, i));
}

void SignedZone::SetTimes(WallTime inception, WallTime expiration) {
  ldns_key* key = ldns_key_list_key(keys_.get(), 0);
  ldns_key_set_inception(key, Seconds32(inception));
  ldns_key_set_expiration(key, Seconds32(expiration));
}

void SignedZone::Keep(const ldns_rr* record) {
  const auto owner = Name::From(ldns_rr_owner(record));
  auto copy = Own(ldns_rr_clone(record), ldns_rr_free);
  const ldns_rr_type type = ldns_rr_get_type(record);
  if (type == LDNS_RR_TYPE_RRSIG) {
    const auto covered = ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(record));
    sets_[{*owner, static_cast<std::uint16_t>(covered)}].signatures.push_back(std::move(copy));
  } else {
    sets_[{*owner, static_cast<std::uint16_t>(type)}].records.push_back(std::move(copy));
  }
}

std::string SignedZone::Ds() const {
  return Text(Own(ldns_key_rr2ds(key_.get(), LDNS_SHA256), ldns_rr_free).get());
}

std::string SignedZone::Key() const { return Text(key_.get()); }

SignedSet& SignedZone::Set(const std::string& owner, std::uint16_t type) {
  return sets_.at({NameOf(owner), type});
}

const SignedSet* SignedZone::Find(const Name& owner, std::uint16_t type) const {
  const auto found = sets_.find({owner, type});
  return found == sets_.end() || found->second.records.empty() ? nullptr : &found->second;
}

bool SignedZone::Has(const Name& name) const {
  for (const auto& [key, set] : sets_) {
    if (key.second != LDNS_RR_TYPE_NSEC3 && key.first.IsWithin(name)) return true;
  }
  return false;
}

const SignedSet* SignedZone::Denial(const Name& name, const Name** owner, bool* matches) const {
  const auto type =
      static_cast<std::uint16_t>(options_.nsec3 ? LDNS_RR_TYPE_NSEC3 : LDNS_RR_TYPE_NSEC);
  Name wanted = name;
  const SignedSet* found = nullptr;
  for (const bool wraps : {false, true}) {
    for (const auto& [key, set] : sets_) {
      if (key.second != type || set.records.empty()) continue;
      if (options_.nsec3 && found == nullptr && !wraps) {
        const auto text = Own(ldns_dname_new_frm_str(name.Text().c_str()), ldns_rdf_deep_free);
        const auto hashed =
            Own(ldns_nsec3_hash_name_frm_nsec3(set.records.front().get(), text.get()),
                ldns_rdf_deep_free);
        const auto zone = Own(ldns_dname_new_frm_str(options_.name.c_str()), ldns_rdf_deep_free);
        const auto whole = Own(ldns_dname_cat_clone(hashed.get(), zone.get()), ldns_rdf_deep_free);
        wanted = *Name::From(whole.get());
      }
      // The last that is not behind the name; when all are, the very last.
      if (wraps || key.first <= wanted) {
        found = &set;
        *owner = &key.first;
      }
    }
    if (found != nullptr) break;
  }
  *matches = found != nullptr && **owner == wanted;
  return found;
}

void SignedZone::Add(const std::string& record) { Keep(Parse(record).get()); }

void SignedZone::Drop(const std::string& owner, std::uint16_t type) {
  sets_.erase({NameOf(owner), type});
}

void SignedZone::Sign(const std::string& owner, std::uint16_t type, WallTime inception,
                      WallTime expiration) {
  SignedSet& set = Set(owner, type);
  SetTimes(inception, expiration);
  const auto list = Own(ldns_rr_list_new(), ldns_rr_list_deep_free);
  for (const auto& record : set.records) {
    ldns_rr_list_push_rr(list.get(), ldns_rr_clone(record.get()));
  }
  const auto made = Own(ldns_sign_public(list.get(), keys_.get()), ldns_rr_list_deep_free);
  set.signatures.clear();
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(made.get()); ++i) {
    set.signatures.push_back(Own(ldns_rr_clone(ldns_rr_list_rr(made.get(), i)), ldns_rr_free));
  }
}

}  // namespace gaikei::support
