#include "results/upstream/points/point_gatherer.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace gaikei {
namespace {

constexpr Span kStep = std::chrono::milliseconds(1);
/// Items of a point within `every` from which on what it is made of comes often.
constexpr std::size_t kOften = 8;

const std::shared_ptr<const SampleSeries>& SeriesOf(const SpoolItem& item) {
  return std::visit(
      [](const auto& content) -> const auto& { return content.series; }, item.content);
}

void Look(const Sample& sample, SeriesPoint& point) {
  if (sample.trace_id.empty()) return;
  const Status status = sample.latest.status;
  auto same = std::ranges::find_if(point.traced, [&](const TracedAttempt& other) {
    return other.status == status && other.reason == sample.reason;
  });
  if (same == point.traced.end())
    same = point.traced.insert(same, {.status = status, .reason = sample.reason, .trace_id = {}});
  same->at = sample.at;
  same->duration = sample.latest.duration;
  same->trace_id = sample.trace_id;
  if (!Tally::HasDuration(status, sample.reason)) return;
  if (!point.slowest_traced || sample.latest.duration >= point.slowest_traced->duration) {
    point.slowest_traced = *same;
  }
}

}  // namespace

std::size_t PointGatherer::Take(std::span<const SpoolItem* const> items) {
  std::size_t taken = 0;
  while (taken < items.size() && TakeOne(*items[taken])) ++taken;
  for (const std::int64_t id : touched_) {
    Open& open = open_.at(id);
    if (open.latest == nullptr) continue;
    points_[open.point].latest = *open.latest;
    open.latest = nullptr;
  }
  touched_.clear();
  return taken;
}

bool PointGatherer::IsOver(const Open& open, WallTime at) const {
  const Span most = options_.every + (open.items >= kOften ? options_.every / 4 : Span::zero());
  const SeriesPoint& point = points_[open.point];
  return point.has_items && at >= point.from + most;
}

bool PointGatherer::HasRoom(std::int64_t series) const {
  if (points_.size() >= options_.max_points) return false;
  return !open_.contains(series) || later_points_ < options_.max_later_points;
}

PointGatherer::Open* PointGatherer::Begin(const std::shared_ptr<const SampleSeries>& series) {
  if (!HasRoom(series->id)) return nullptr;
  const auto [found, is_first] = open_.try_emplace(series->id);
  Open& open = found->second;
  SeriesPoint point;
  point.series = series;
  if (is_first) {
    point.before = book_.Find(series->id);
  } else {
    ++later_points_;
    Freeze(open);
    const SeriesPoint& last = points_[open.point];
    point.round = last.round + 1;
    if (!last.departed_at) point.before = last.after;
  }
  open = {.point = points_.size()};
  points_.push_back(std::move(point));
  return &open;
}

void PointGatherer::Freeze(Open& open) {
  SeriesPoint& point = points_[open.point];
  if (open.latest != nullptr) point.latest = *std::exchange(open.latest, nullptr);
  if (open.counters == nullptr) return;
  point.own = std::make_unique<const SeriesCounters>(*open.counters);
  point.after = point.own.get();
  if (options_.is_delta) open.counters->BeginAnew();
  open.counters = nullptr;
}

void PointGatherer::Count(Open& open, const SpoolItem& item) {
  SeriesPoint& point = points_[open.point];
  if (open.counters == nullptr) {
    open.counters = &book_.Open(item);
    point.from = item.at();
    point.scheduled_at = item.at();
    if (const auto* sample = std::get_if<Sample>(&item.content)) {
      point.scheduled_at = sample->scheduled_at;
    }
    point.after = open.counters;
    point.has_items = true;
  }
  ++open.items;
  open.counters->Add(item, book_.form());
  point.samples += item.samples();
  if (const auto* sample = std::get_if<Sample>(&item.content)) {
    if (open.latest == nullptr) touched_.push_back(point.series->id);
    open.latest = &sample->latest;
    Look(*sample, point);
  }
}

bool PointGatherer::TakeOne(const SpoolItem& item) {
  if (const auto* departure = std::get_if<Departure>(&item.content)) {
    return TakeDeparture(*departure);
  }
  const auto found = open_.find(item.series().id);
  Open* open = found != open_.end() ? &found->second : nullptr;
  if (open != nullptr) {
    if (points_[open->point].departed_at || IsOver(*open, item.at())) open = nullptr;
  }
  if (open == nullptr) open = Begin(SeriesOf(item));
  if (open == nullptr) return false;
  Count(*open, item);
  return true;
}

bool PointGatherer::TakeDeparture(const Departure& departure) {
  const std::int64_t id = departure.series->id;
  const auto found = open_.find(id);
  Open* open = found != open_.end() ? &found->second : nullptr;
  if (open == nullptr) {
    const SeriesCounters* known = book_.Find(id);
    // Nothing was ever said of it, so nothing ends.
    if (known == nullptr) return true;
    open = Begin(departure.series);
    if (open == nullptr) return false;
    points_[open->point].after = known;
  }
  SeriesPoint& point = points_[open->point];
  if (point.departed_at) return true;
  Freeze(*open);
  point.departed_at = std::max(departure.at, point.after->last_at + kStep);
  book_.Forget(*departure.series, *point.departed_at);
  return true;
}

std::vector<SeriesPoint> PointGatherer::Close() {
  if (options_.is_delta) {
    for (auto& [id, open] : open_) Freeze(open);
  }
  open_.clear();
  std::ranges::stable_sort(points_, {}, &SeriesPoint::round);
  return std::move(points_);
}

}  // namespace gaikei
