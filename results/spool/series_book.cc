#include "results/spool/series_book.h"

#include <algorithm>

#include "results/spool/spool_fields.h"

namespace gaikei {
namespace {

/// Identities are remembered by their address up to so many times the number of series: every
/// reload of the configuration brings new addresses.
constexpr std::size_t kAddressesASeries = 2;
constexpr std::size_t kAddressesAtLeast = 1024;

std::string IdentityKey(const CheckIdentity& check, const std::string& region) {
  FieldWriter key;
  key.PutText(check.name);
  key.PutText(region);
  key.PutText(check.kind);
  key.PutText(check.target);
  key.PutText(EncodeLabels(check));
  return key.bytes();
}

}  // namespace

KnownSeries& SeriesBook::Insert(SeriesRow row) {
  auto& known = by_id_[row.series->id];
  known = std::make_unique<KnownSeries>();
  known->series = std::move(row.series);
  const SampleSeries& series = *known->series;
  by_identity_[IdentityKey(*series.check, series.region)] = known.get();
  by_place_[{series.check->name, series.region}].push_back(known.get());
  known->departed = row.departed;
  if (row.departed != 0) departed_[row.departed] = series.id;
  RaiseNextId(series.id + 1);
  return *known;
}

void SeriesBook::Add(SeriesRow row) {
  if (!by_id_.contains(row.series->id)) Insert(std::move(row));
}

KnownSeries* SeriesBook::Find(std::int64_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second.get();
}

KnownSeries* SeriesBook::Find(const std::shared_ptr<const CheckIdentity>& check,
                              const std::string& region) {
  if (const auto found = by_address_.find(check.get()); found != by_address_.end()) {
    for (const auto& [name, known] : found->second.by_region) {
      if (name == region) return known;
    }
  }
  const auto found = by_identity_.find(IdentityKey(*check, region));
  if (found == by_identity_.end()) return nullptr;
  Remember(check, *found->second);
  return found->second;
}

void SeriesBook::Remember(const std::shared_ptr<const CheckIdentity>& check, KnownSeries& known) {
  if (by_address_.size() > kAddressesAtLeast + kAddressesASeries * by_id_.size()) {
    for (const auto& [id, each] : by_id_) each->addresses.clear();
    by_address_.clear();
  }
  known.addresses.push_back(check.get());
  Remembered& remembered = by_address_[check.get()];
  remembered.check = check;
  remembered.by_region.emplace_back(known.series->region, &known);
}

KnownSeries& SeriesBook::Begin(const std::shared_ptr<const CheckIdentity>& check,
                               const std::string& region) {
  auto series = std::make_shared<SampleSeries>();
  series->id = next_id_;
  series->check = check;
  series->region = region;
  KnownSeries& known = Insert({std::move(series), 0});
  Change(known);
  Remember(check, known);
  return known;
}

std::vector<KnownSeries*> SeriesBook::In(const std::string& check,
                                         const std::string& region) const {
  const auto found = by_place_.find({check, region});
  return found == by_place_.end() ? std::vector<KnownSeries*>() : found->second;
}

std::vector<std::pair<std::string, std::string>> SeriesBook::Present() const {
  std::vector<Place> present;
  for (const auto& [place, all] : by_place_) {
    const auto is_present = [](const KnownSeries* known) { return known->departed == 0; };
    if (std::ranges::any_of(all, is_present)) present.push_back(place);
  }
  return present;
}

void SeriesBook::SetDeparted(KnownSeries& known, Sequence departed) {
  if (known.departed == departed) return;
  departed_.erase(known.departed);
  known.departed = departed;
  if (departed != 0) departed_[departed] = known.series->id;
  Change(known);
}

std::vector<KnownSeries*> SeriesBook::Departed(Sequence from, Sequence until,
                                               std::size_t limit) const {
  std::vector<KnownSeries*> found;
  for (auto row = departed_.lower_bound(from); row != departed_.end(); ++row) {
    if (row->first >= until || found.size() >= limit) break;
    if (KnownSeries* known = Find(row->second)) found.push_back(known);
  }
  return found;
}

void SeriesBook::Forget(std::int64_t id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  KnownSeries* const known = found->second.get();
  const SampleSeries& series = *known->series;
  const auto identity = by_identity_.find(IdentityKey(*series.check, series.region));
  if (identity != by_identity_.end() && identity->second == known) by_identity_.erase(identity);
  const Place place{series.check->name, series.region};
  std::erase(by_place_[place], known);
  if (by_place_[place].empty()) by_place_.erase(place);
  for (const CheckIdentity* address : known->addresses) {
    const auto remembered = by_address_.find(address);
    if (remembered == by_address_.end()) continue;
    std::erase_if(remembered->second.by_region,
                  [&](const auto& row) { return row.second == known; });
  }
  departed_.erase(known->departed);
  std::erase(changed_, id);
  by_id_.erase(found);
}

void SeriesBook::Change(KnownSeries& known) {
  if (known.is_changed) return;
  known.is_changed = true;
  changed_.push_back(known.series->id);
}

void SeriesBook::Written() {
  for (const std::int64_t id : changed_) {
    if (KnownSeries* known = Find(id)) known->is_changed = false;
  }
  changed_.clear();
}

void SeriesBook::ChangeAll() {
  for (const auto& [id, known] : by_id_) Change(*known);
}

void SeriesBook::RaiseNextId(std::int64_t id) { next_id_ = std::max(next_id_, id); }

}  // namespace gaikei
