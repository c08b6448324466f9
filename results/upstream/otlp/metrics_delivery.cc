#include "results/upstream/otlp/metrics_delivery.h"

#include <algorithm>
#include <chrono>
#include <variant>

#include "results/upstream/otlp/attributes.h"
#include "results/upstream/otlp/metrics_size.h"

namespace gaikei::otlp {
namespace {

std::shared_ptr<const Attributes> SharedAttributes(const SampleSeries& series,
                                                   const LabelMapping& mapping) {
  AttributeList list(mapping);
  for (const char* own : {"gaikei.status", "error.type", "gaikei.phase"}) list.Reserve(own);
  PutSeries(series, mapping, list);
  return std::make_shared<const Attributes>(list.Take());
}

Told ToldBy(const SeriesCounters& counters) {
  Told told;
  told.at = counters.last_at;
  told.outcomes = counters.tally.outcomes;
  told.has_duration =
      counters.exponential.duration.Total() > 0 || counters.tally.duration.Total() > 0;
  for (const auto& row : counters.exponential.phases) {
    told.phases[static_cast<std::size_t>(row.phase)] = true;
  }
  for (const auto& row : counters.tally.phases) {
    told.phases[static_cast<std::size_t>(row.phase)] = true;
  }
  return told;
}

void Look(const Sample& sample, PendingSeries& pending) {
  pending.latest = &sample;
  if (sample.trace_id.empty()) return;
  const auto same =
      std::find_if(pending.traced.begin(), pending.traced.end(), [&sample](const Sample* other) {
        return other->latest.status == sample.latest.status && other->reason == sample.reason;
      });
  if (same != pending.traced.end()) {
    *same = &sample;
  } else {
    pending.traced.push_back(&sample);
  }
  if (!Tally::HasDuration(sample.latest.status, sample.reason)) return;
  const Sample* slowest = pending.slowest_traced;
  if (slowest == nullptr || sample.latest.duration >= slowest->latest.duration) {
    pending.slowest_traced = &sample;
  }
}

}  // namespace

std::size_t MetricsDelivery::Take(std::span<const SpoolItem* const> items,
                                  const Sink::Limits& limits) {
  std::size_t taken = 0;
  while (taken < items.size() && taken < limits.items && TakeOne(*items[taken], limits)) {
    samples_ += items[taken]->samples();
    ++taken;
  }
  return taken;
}

PendingSeries* MetricsDelivery::Find(std::int64_t series) {
  const auto found = index_.find(series);
  return found == index_.end() ? nullptr : &series_[found->second];
}

std::int64_t MetricsDelivery::WindowOf(WallTime at) const {
  const Span every = std::max(spec_.every, Span(std::chrono::milliseconds(1)));
  const Span since = at.time_since_epoch();
  return since / every - (since % every < Span(0) ? 1 : 0);
}

/// Null where the delivery has no room for another series.
PendingSeries* MetricsDelivery::Begin(const SpoolItem& item, const Sink::Limits& limits) {
  const SampleSeries& series = item.series();
  const SeriesCounters* known = book_.Find(series.id);
  auto attributes = SharedAttributes(series, spec_.mapping);
  const std::size_t size = EstimatedSize(spec_, *series.check, *attributes, known);
  if (!series_.empty() && bytes_ + size > limits.bytes) return nullptr;
  bytes_ += size;
  index_.emplace(series.id, series_.size());
  PendingSeries& pending = series_.emplace_back();
  pending.series = &series;
  pending.attributes = std::move(attributes);
  pending.counters = known;
  if (known != nullptr) pending.told = ToldBy(*known);
  return &pending;
}

bool MetricsDelivery::TakeOne(const SpoolItem& item, const Sink::Limits& limits) {
  if (std::holds_alternative<Departure>(item.content)) return TakeDeparture(item, limits);
  const std::int64_t id = item.series().id;
  const std::int64_t window = WindowOf(item.at());
  PendingSeries* pending = Find(id);
  if (pending != nullptr) {
    if (pending->departed_at || window > pending->window) return false;
  } else {
    pending = Begin(item, limits);
    if (pending == nullptr) return false;
    pending->window = window;
  }
  SeriesCounters& counters = book_.Add(item);
  added_[id] = &counters;
  pending->counters = &counters;
  pending->has_items = true;
  if (const auto* sample = std::get_if<Sample>(&item.content)) Look(*sample, *pending);
  return true;
}

bool MetricsDelivery::TakeDeparture(const SpoolItem& item, const Sink::Limits& limits) {
  PendingSeries* pending = Find(item.series().id);
  if (pending == nullptr) {
    // Nothing was ever said of it, so nothing ends.
    if (book_.Find(item.series().id) == nullptr) return true;
    pending = Begin(item, limits);
    if (pending == nullptr) return false;
  }
  if (pending->departed_at) return true;
  pending->departed_at =
      std::max(item.at(), pending->counters->last_at + std::chrono::milliseconds(1));
  return true;
}

void MetricsDelivery::Conclude() {
  for (const PendingSeries& pending : series_) {
    if (pending.departed_at) {
      book_.Forget(pending.series->id);
      continue;
    }
    if (spec_.otlp.temporality != OtlpSpec::Temporality::kDelta) continue;
    SeriesCounters& counters = *added_.at(pending.series->id);
    counters.start = counters.last_at;
    counters.tally = {};
    counters.exponential = {};
  }
}

}  // namespace gaikei::otlp
