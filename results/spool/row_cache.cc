#include "results/spool/row_cache.h"

#include <variant>

namespace gaikei {
namespace {

/// A node of a bucket map, about.
constexpr std::size_t kBucketBytes = 48;

std::size_t BytesOfSample(const Sample& sample) {
  std::size_t bytes = sample.json.size() + sample.message.size() + sample.trace_id.size();
  if (const auto* tls = sample.latest.tls.get()) {
    bytes += sizeof(*tls) + tls->subject.size() + tls->issuer.size() + tls->san.size();
  }
  if (const auto* steps = sample.latest.steps.get()) bytes += steps->size() * sizeof(Latest::Step);
  return bytes;
}

std::size_t BytesOfRollup(const Rollup& rollup) {
  std::size_t buckets = rollup.exponential.duration.buckets.size() + rollup.tally.outcomes.size();
  for (const auto& phase : rollup.exponential.phases) buckets += phase.spans.buckets.size() + 2;
  return buckets * kBucketBytes + rollup.tally.phases.size() * sizeof(Tally::PhaseSpans);
}

}  // namespace

std::size_t RowCache::BytesOf(const SpoolItem& item) {
  std::size_t bytes = sizeof(SpoolItem);
  if (const auto* sample = std::get_if<Sample>(&item.content)) bytes += BytesOfSample(*sample);
  if (const auto* rollup = std::get_if<Rollup>(&item.content)) bytes += BytesOfRollup(*rollup);
  return bytes;
}

std::shared_ptr<const DecodedRow> RowCache::Find(Key key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return nullptr;
  order_.splice(order_.begin(), order_, found->second.place);
  return found->second.row;
}

void RowCache::Put(Key key, std::shared_ptr<const DecodedRow> row) {
  Erase(key);
  Entry entry;
  for (const SpoolItem& item : row->items) entry.bytes += BytesOf(item);
  entry.row = std::move(row);
  order_.push_front(key);
  entry.place = order_.begin();
  bytes_ += entry.bytes;
  entries_.emplace(key, std::move(entry));
  // The latest stays, however large it is.
  while (bytes_ > max_bytes_ && order_.size() > 1) Erase(Key(order_.back()));
}

void RowCache::Erase(Key key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  bytes_ -= found->second.bytes;
  order_.erase(found->second.place);
  entries_.erase(found);
}

void RowCache::Clear() {
  entries_.clear();
  order_.clear();
  bytes_ = 0;
}

}  // namespace gaikei
