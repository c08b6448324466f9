#include "results/upstream/remote_write/delivery.h"

#include <algorithm>
#include <chrono>
#include <variant>

namespace gaikei::remote_write {
namespace {

/// Gauges of one check, about.
constexpr std::size_t kGauges = 24;

/// Number of the window that a time lies in.
std::int64_t WindowOf(WallTime at, Span every) {
  const Span width = std::max<Span>(every, std::chrono::milliseconds(1));
  return at.time_since_epoch() / width;
}

}  // namespace

std::size_t LinesOf(const SeriesCounters& counters) {
  constexpr std::size_t kLinesOfHistogram = kBoundCount + 3;  // +Inf, _sum, _count
  return counters.tally.outcomes.size() + (counters.tally.phases.size() + 1) * kLinesOfHistogram;
}

std::size_t Delivery::Take(std::span<const SpoolItem* const> items, const Sink::Limits& limits,
                           std::size_t bytes_per_line) {
  bytes_per_line_ = bytes_per_line;
  for (const SpoolItem* item : items) {
    if (items_ >= limits.items || !TakeOne(*item, limits)) break;
    samples_ += item->samples();
    ++items_;
  }
  return items_;
}

bool Delivery::IsFull(const Sink::Limits& limits) const {
  return !series_.empty() && bytes_ >= limits.bytes;
}

void Delivery::Begin(const SpoolItem& item) {
  const std::int64_t id = item.series().id;
  index_.emplace(id, series_.size());
  PendingSeries& pending = series_.emplace_back();
  pending.series = &item.series();
  pending.before = book_.Find(id);
  pending.window = WindowOf(item.at(), spec_.every);
}

bool Delivery::TakeOne(const SpoolItem& item, const Sink::Limits& limits) {
  const bool is_departure = std::holds_alternative<Departure>(item.content);
  const auto found = index_.find(item.series().id);
  if (found == index_.end()) {
    if (IsFull(limits)) return false;
    // Nobody has heard of it: nothing is to be said.
    if (is_departure && book_.Find(item.series().id) == nullptr) return true;
    Begin(item);
  } else {
    const PendingSeries& pending = series_[found->second];
    if (pending.has_departed) return false;
    if (!is_departure && WindowOf(item.at(), spec_.every) > pending.window) return false;
  }
  PendingSeries& pending = series_[index_.at(item.series().id)];
  const bool is_first = pending.after == nullptr;
  if (is_departure) {
    pending.has_departed = true;
    if (is_first) pending.after = pending.before;
  } else {
    pending.after = &book_.Add(item);
    pending.has_items = true;
    if (const auto* sample = std::get_if<Sample>(&item.content)) pending.latest = sample;
  }
  if (is_first) bytes_ += (LinesOf(*pending.after) + kGauges) * bytes_per_line_;
  return true;
}

void Delivery::Conclude() {
  for (const PendingSeries& pending : series_) {
    if (pending.has_departed) book_.Forget(pending.series->id);
  }
}

}  // namespace gaikei::remote_write
